"""The Microsoft Graph channel: teamwork devices (beta), for tenants that choose it.

Microsoft ends its support of these calls in November 2025, so a tenant's channel can be the agent
only; the shape here is that of its documentation. Nothing here waits or tries again by itself:
the queue does that, from what the errors say.
"""

from diagnostics.remediation.graph.channel import Dispatched, GraphChannel
from diagnostics.remediation.graph.client import GraphClient
from diagnostics.remediation.graph.connection import GraphConnection, open_http
from diagnostics.remediation.graph.operations import (
    Operation,
    OperationStatus,
    OperationType,
    Work,
    item_state,
    work_of,
)
from diagnostics.remediation.graph.outcomes import after_error
from diagnostics.remediation.graph.problems import (
    Away,
    Conflict,
    GraphError,
    NotThere,
    Odd,
    Refused,
    Throttled,
    Unsure,
)
from diagnostics.remediation.graph.tokens import Tokens

__all__ = [
    "Away",
    "Conflict",
    "Dispatched",
    "GraphChannel",
    "GraphClient",
    "GraphConnection",
    "GraphError",
    "NotThere",
    "Odd",
    "Operation",
    "OperationStatus",
    "OperationType",
    "Refused",
    "Throttled",
    "Tokens",
    "Unsure",
    "Work",
    "after_error",
    "item_state",
    "open_http",
    "work_of",
]
