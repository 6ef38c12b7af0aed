"""Operations on teamwork devices: what can be asked for, and how one stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from diagnostics.remediation.catalogue.action import ActionCode
from diagnostics.remediation.catalogue.parameters import Parameters, ToVersion
from diagnostics.remediation.graph.problems import Odd
from diagnostics.remediation.states import ItemState


class OperationType(StrEnum):
    """The published types, as far as we ask for them; the others are nobody's conflict."""

    RESTART = "deviceRestart"
    DIAGNOSTICS = "deviceDiagnostics"
    UPDATE = "softwareUpdate"


class OperationStatus(StrEnum):
    """The published states. Documentation spells some otherwise, in examples and in words."""

    QUEUED = "queued"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "inprogress"
    SUCCESSFUL = "successful"
    CANCELLED = "cancelled"
    FAILED = "failed"
    UNKNOWN = "unknown"


SPELLINGS: Final = {
    **{status.value: status for status in OperationStatus},
    "succeeded": OperationStatus.SUCCESSFUL,
    "canceled": OperationStatus.CANCELLED,
}
# What no state of the list is counts as open: a second operation would be the greater harm.
FINAL: Final = frozenset(
    {OperationStatus.SUCCESSFUL, OperationStatus.CANCELLED, OperationStatus.FAILED}
)


@dataclass(frozen=True)
class Operation:
    """One operation as Graph tells it. `by` is the id of the application, or "" when not told."""

    id: str
    type: str
    status: OperationStatus
    by: str
    by_somebody: bool
    error_code: str

    @property
    def is_open(self) -> bool:
        """Whether it may still run."""
        return self.status not in FINAL

    def may_be_ours(self, client_id: str) -> bool:
        """Ours, or of nobody that is told; only what is surely somebody else's is not."""
        return self.by == client_id or not self.by_somebody


def read_operation(told: object) -> Operation:
    """An operation from JSON. Raises Odd."""
    if not isinstance(told, Mapping) or not isinstance(told.get("id"), str) or not told["id"]:
        raise Odd("An operation has no id.")
    status = str(told.get("status") or "").replace(" ", "").casefold()
    created = told.get("createdBy")
    created = created if isinstance(created, Mapping) else {}
    named = {
        kind: identity["id"]
        for kind in ("application", "user", "device")
        if isinstance(identity := created.get(kind), Mapping) and identity.get("id")
    }
    error = told.get("error")
    code = error.get("code") if isinstance(error, Mapping) else None
    return Operation(
        id=told["id"],
        type=str(told.get("operationType") or ""),
        status=SPELLINGS.get(status, OperationStatus.UNKNOWN),
        by=str(named.get("application", "")),
        by_somebody=bool(named),
        error_code=str(code or "")[:40],
    )


@dataclass(frozen=True)
class Work:
    """What is asked of a device: the call's last word, its type, and its body if it has one."""

    verb: str
    type: OperationType
    body: Mapping[str, Any] | None = None


RESTART: Final = Work("restart", OperationType.RESTART)
DIAGNOSTICS: Final = Work("runDiagnostics", OperationType.DIAGNOSTICS)
SOFTWARE: Final = {
    ActionCode.UPDATE_APP: "teamsClient",
    ActionCode.UPDATE_OS: "operatingSystem",
    ActionCode.UPDATE_FIRMWARE: "firmware",
    ActionCode.UPDATE_AGENT: "adminAgent",
}


def work_of(code: ActionCode, parameters: Parameters) -> Work | None:
    """The call for an action of the catalogue, or None when Graph has none for it."""
    if code == ActionCode.RESTART_DEVICE:
        return RESTART
    if code == ActionCode.COLLECT_LOG:
        return DIAGNOSTICS
    if code in SOFTWARE and isinstance(parameters, ToVersion):
        body = {"softwareType": SOFTWARE[code], "softwareVersion": parameters.version}
        return Work("updateSoftware", OperationType.UPDATE, body)
    return None


_STATES: Final = {
    OperationStatus.QUEUED: ItemState.DISPATCHED,
    OperationStatus.SCHEDULED: ItemState.ACKNOWLEDGED,
    OperationStatus.IN_PROGRESS: ItemState.RUNNING,
    OperationStatus.SUCCESSFUL: ItemState.VERIFYING,
    OperationStatus.CANCELLED: ItemState.FAILED,
    OperationStatus.FAILED: ItemState.FAILED,
}


def item_state(operation: Operation) -> ItemState | None:
    """The state of the item that an operation stands for; None: unknown, so nothing moves.

    A success of Graph is a claim: it leads to verifying, as the agent's does.
    """
    return _STATES.get(operation.status)
