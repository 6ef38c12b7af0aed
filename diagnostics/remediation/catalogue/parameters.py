"""What each action must be told: closed schemas, and the one spelling that an approval covers.

Unknown names are refused, text is one short line, and nothing is guessed from another type.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Self

import rfc8785
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from diagnostics.kinds import CHANNELS, PartKind
from diagnostics.remediation.catalogue.releases import Component

MOST_PARTS: Final = 8
MOST_HOURS: Final = 7 * 24  # the longest stretch of logs that one collection brings

# One line of printable characters, as makers print names and versions; no "@" belongs there.
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f@]+$")
]
Version = Annotated[
    str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f@]+$")
]
DriverName = Annotated[
    str, StringConstraints(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f@]+$")
]
Place = Annotated[
    str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f@]+$")
]


class BadParameters(ValueError):
    """Parameters outside the schema; the words say which, and what is wrong with each."""


class Parameters(BaseModel):
    """The parameters of an action: what is not listed is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Nothing(Parameters):
    """The action needs to be told nothing."""


class ClearCache(Parameters):
    """Restart with an emptied cache of the app; `teams_cache` empties that of Teams as well."""

    teams_cache: bool


class UsbTarget(StrEnum):
    """What is reset."""

    PORT = "port"
    HUB = "hub"


class ResetUsb(Parameters):
    """One port, as printed at the socket, or one hub, by its instance."""

    target: Annotated[UsbTarget, Field(strict=False)]
    at: Place


class ToVersion(Parameters):
    """The version to go to, as its maker writes it: compared as text, never as a number."""

    component: ClassVar[Component]

    version: Version

    def model_on(self, platform: str) -> str:
        """What the version is a release of: the platform, or a thing with a name of its own."""
        return str(platform)


class AppVersion(ToVersion):
    """A release of the meeting app."""

    component = Component.APP


class OsVersion(ToVersion):
    """A build of Windows."""

    component = Component.OS


class AgentVersion(ToVersion):
    """A release of the agent."""

    component = Component.AGENT


class DriverVersion(ToVersion):
    """A driver, by the name of the component as reports have it."""

    component = Component.DRIVER

    driver: DriverName

    def model_on(self, platform: str) -> str:
        return self.driver


class FirmwareVersion(ToVersion):
    """The firmware of a peripheral's model: of all of that model at the device, for makers update
    them together."""

    component = Component.FIRMWARE

    model: Name

    def model_on(self, platform: str) -> str:
        return self.model


class LogPart(Parameters):
    """One log of a collection. Logs of what people did are ordered with their own reason."""

    kind: Annotated[PartKind, Field(strict=False)]
    channel: str = ""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.kind == PartKind.ACTIVITY:
            raise ValueError("the activity log is ordered as a collection of its own")
        if (self.kind == PartKind.EVENT_LOG) != bool(self.channel):
            raise ValueError("an event log names its channel, and nothing else does")
        if self.channel and self.channel not in CHANNELS:
            raise ValueError("the channel is not one of the agent's list")
        return self


class CollectLog(Parameters):
    """Which logs, of how many hours back from when it runs."""

    parts: Annotated[tuple[LogPart, ...], Field(min_length=1, max_length=MOST_PARTS, strict=False)]
    hours: Annotated[int, Field(ge=1, le=MOST_HOURS)]

    @model_validator(mode="after")
    def _no_repeats(self) -> Self:
        if len(set(self.parts)) != len(self.parts):
            raise ValueError("each log is asked for once")
        return self


def read_parameters(schema: type[Parameters], told: object) -> Parameters:
    """The parameters that were told, checked. Raises BadParameters."""
    try:
        return schema.model_validate(told)
    except ValidationError as error:
        raise BadParameters(
            "; ".join(
                f"{'.'.join(str(step) for step in fault['loc']) or 'parameters'}: {fault['msg']}"
                for fault in error.errors(include_url=False, include_input=False)
            )
        ) from error


def plain(parameters: Parameters) -> dict[str, Any]:
    """The parameters as JSON values, with every default written out."""
    return parameters.model_dump(mode="json")


def canonical(parameters: Parameters | Mapping[str, Any]) -> bytes:
    """The one spelling of parameters (RFC 8785): equal bytes are equal parameters.

    Raises BadParameters for what JSON cannot say exactly, such as a number beyond 2**53.
    """
    values = plain(parameters) if isinstance(parameters, Parameters) else dict(parameters)
    try:
        return rfc8785.dumps(values)
    except rfc8785.CanonicalizationError as error:
        raise BadParameters(str(error)) from error


def from_canonical(schema: type[Parameters], text: bytes | str) -> Parameters:
    """Parameters from their stored spelling. Raises BadParameters."""
    try:
        told = json.loads(text)
    except ValueError as error:
        raise BadParameters("The parameters are no JSON.") from error
    return read_parameters(schema, told)
