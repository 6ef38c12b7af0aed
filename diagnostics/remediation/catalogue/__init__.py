"""The closed catalogue of remediations: what can be done to a device, as data.

`offered.ACTIONS` is the table; what is not in it cannot be asked for. `releases` knows which
versions exist, `preconditions` when an action makes sense, `verification` whether it helped.
"""

from diagnostics.remediation.catalogue.action import (
    Action,
    ActionCode,
    BlastRadius,
    Channel,
    OperationKind,
    RepeatLimit,
    TimeOuts,
)
from diagnostics.remediation.catalogue.offered import ACTIONS, UnknownAction, action_of
from diagnostics.remediation.catalogue.parameters import BadParameters, canonical, read_parameters
from diagnostics.remediation.catalogue.releases import PUBLIC, Component, KnownReleases, Release
from diagnostics.remediation.catalogue.suggestions import Suggestion, mends, suggest

__all__ = [
    "ACTIONS",
    "PUBLIC",
    "Action",
    "ActionCode",
    "BadParameters",
    "BlastRadius",
    "Channel",
    "Component",
    "KnownReleases",
    "OperationKind",
    "Release",
    "RepeatLimit",
    "Suggestion",
    "TimeOuts",
    "UnknownAction",
    "action_of",
    "canonical",
    "mends",
    "read_parameters",
    "suggest",
]
