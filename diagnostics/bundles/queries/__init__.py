"""What Windows answered to the agent's queries: a closed schema for each kind.

Only what finding a cause needs: no command lines, no names of networks, no users.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from diagnostics.bundles.entries import KeptOut
from diagnostics.bundles.queries.network import Network
from diagnostics.bundles.queries.power import PowerState
from diagnostics.bundles.queries.processes import Processes
from diagnostics.bundles.queries.time_service import TimeService
from diagnostics.bundles.queries.updates import Updates
from diagnostics.bundles.queries.usb import UsbTree
from diagnostics.kinds import PartKind

Query = UsbTree | PowerState | Network | Processes | Updates | TimeService

SCHEMAS: Final[dict[PartKind, TypeAdapter[Any]]] = {
    PartKind.QUERY_USB: TypeAdapter(UsbTree),
    PartKind.QUERY_POWER: TypeAdapter(PowerState),
    PartKind.QUERY_NETWORK: TypeAdapter(Network),
    PartKind.QUERY_PROCESSES: TypeAdapter(Processes),
    PartKind.QUERY_UPDATES: TypeAdapter(Updates),
    PartKind.QUERY_TIME: TypeAdapter(TimeService),
}


def read(raw: bytes, path: str, kind: PartKind) -> Query | KeptOut:
    """The answer in these bytes, or that it does not follow its schema."""
    try:
        told: Query = SCHEMAS[kind].validate_json(raw.removeprefix(b"\xef\xbb\xbf"), strict=True)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_context=False, include_input=False)[0]
        return KeptOut(path, f"It does not follow its schema: {first['type']}.")
    return told
