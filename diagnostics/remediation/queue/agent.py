"""The agent channel: one signed command for each item that leaves, under an id made of the item
and its attempt, so that no second one can ever be made for the same attempt.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings

from access.references import new_reference
from diagnostics.models import Remediation
from diagnostics.remediation.catalogue import Action, ActionCode
from diagnostics.remediation.catalogue.parameters import CollectLog, Parameters, plain
from diagnostics.uploads.schema import CHUNK_BYTES
from rooms.commands import KeyRing, sign_command
from rooms.drain.line import Line, columns_of, unnested
from rooms.drain.moving import minute

SHORTEST: Final = timedelta(minutes=1)

COMMAND: Final = {
    "tenant_id": "uuid", "id": "uuid", "device_id": "uuid", "room_id": "uuid", "kind": "text",
    "parameters": "text", "signed": "text", "made_at": "timestamptz", "expires_at": "timestamptz",
}  # fmt: skip
# One that stands already is this attempt's own: it is left as it is.
ADD_COMMANDS: Final = f"""
    insert into rooms_devicecommand (tenant_id, id, device_id, room_id, kind, parameters, signed,
        made_at, expires_at, outcome, detail_code)
    select v.tenant_id, v.id, v.device_id, v.room_id, v.kind, v.parameters::jsonb,
           v.signed::jsonb, v.made_at, v.expires_at, '', ''
    from {unnested(COMMAND)}
    on conflict do nothing
"""  # noqa: S608 - ours, as below
COLLECTION: Final = {
    "tenant_id": "uuid", "id": "uuid", "reference": "text", "tenant_reference": "text",
    "room_id": "uuid", "room_reference": "text", "device_id": "uuid", "device_reference": "text",
    "incident_id": "uuid", "begins_at": "timestamptz", "ends_at": "timestamptz",
    "purpose": "text", "reason": "text", "grant_reference": "text", "ordered_by_id": "uuid",
    "ordered_by_label": "text", "ordered_at": "timestamptz", "deadline_at": "timestamptz",
}  # fmt: skip
ADD_COLLECTIONS: Final = f"""
    insert into diagnostics_collection ({", ".join(COLLECTION)}, state, state_at, percent, why_code,
        why, bundle_bytes, entries, cuts, masks, files_kept_out, checks)
    select {", ".join(COLLECTION)}, 'ordered', ordered_at, 0, '', '', 0, 0, 0, 0, 0, 0
    from {unnested(COLLECTION)}
"""  # noqa: S608
PART: Final = {
    "tenant_id": "uuid", "collection_id": "uuid", "room_id": "uuid", "kind": "text",
    "channel": "text",
}  # fmt: skip
ADD_PARTS: Final = f"""
    insert into diagnostics_collectionpart (id, {", ".join(PART)}, state, entries, why)
    select gen_random_uuid(), {", ".join(PART)}, 'ordered', 0, '' from {unnested(PART)}
"""  # noqa: S608
NAME_COMMANDS: Final = """
    update diagnostics_collection c set command_id = v.command_id
    from unnest(%s::uuid[], %s::uuid[], %s::uuid[]) as v(tenant_id, id, command_id)
    where c.tenant_id = v.tenant_id and c.id = v.id
"""


def command_id_of(item: Remediation) -> uuid.UUID:
    """The id of the present attempt's command: the same however often it is asked for."""
    return uuid.uuid5(item.pk, f"attempt {item.attempt}")


@dataclass(frozen=True)
class Leaving:
    """An item that leaves now, with what the device is told."""

    item: Remediation
    command: tuple[Any, ...]
    collection: tuple[Any, ...] | None = None
    parts: tuple[tuple[Any, ...], ...] = ()


def expiry_of(item: Remediation, action: Action, at: datetime) -> datetime:
    """When a command that nobody took is void: after the time-out, or when it would outrun the
    window of the room."""
    ends_at = at + action.time_outs.scaled(minute()).deliver
    if action.window.whole_day or (item.urgent and not action.window.fixed):
        return ends_at
    return max(min(ends_at, item.window_ends_at - action.needs), at + SHORTEST)


def leave(
    ring: KeyRing, item: Remediation, action: Action, told: Parameters, at: datetime
) -> Leaving:
    """The signed command of an item. Raises BadKeys without a valid key, Malformed for what does
    not fit into a command."""
    item.command_id = command_id_of(item)
    expires_at = expiry_of(item, action, at)
    parameters = plain(told)
    collection: tuple[Any, ...] | None = None
    parts: tuple[tuple[Any, ...], ...] = ()
    if action.code is ActionCode.COLLECT_LOG and isinstance(told, CollectLog):
        collection, parts, parameters = _collection(item, action, told, at)
    signed = sign_command(
        ring,
        command_id=item.command_id,
        device=item.device_reference,
        kind=action.command,
        parameters=parameters,
        issued_at=at,
        expires_at=expires_at,
    )
    command = (
        item.tenant_id, item.command_id, item.device_id, item.room_id, action.command,
        json.dumps(parameters), json.dumps(signed), at, expires_at,
    )  # fmt: skip
    return Leaving(item, command, collection, parts)


def _collection(
    item: Remediation, action: Action, told: CollectLog, at: datetime
) -> tuple[tuple[Any, ...], tuple[tuple[Any, ...], ...], dict[str, Any]]:
    """The collection that the item becomes, its parts, and what the device is told of it.

    It is the requester's own, under the grant or approval of the item, and ends with the item.
    """
    outs = action.time_outs.scaled(minute())
    key, reference = uuid.uuid4(), new_reference("COL")
    item.operation = reference
    begins_at = at - timedelta(hours=told.hours)
    row = (
        item.tenant_id, key, reference, item.tenant_reference, item.room_id, item.room_reference,
        item.device_id, item.device_reference, item.incident_id, begins_at, at, item.purpose,
        item.reason, item.grant_reference, item.requested_by_id, item.requested_by_label, at,
        at + outs.deliver + outs.answer + outs.verify,
    )  # fmt: skip
    parts = sorted({(str(part.kind), part.channel) for part in told.parts})
    parameters = {
        "collection": reference,
        "parts": [
            {"kind": kind, "channel": channel} if channel else {"kind": kind}
            for kind, channel in parts
        ],
        "from": begins_at.isoformat(),
        "to": at.isoformat(),
        "upload": {
            "bytes_most": settings.DIAGNOSTICS_BUNDLE_MOST_BYTES,
            "chunk_bytes": CHUNK_BYTES,
        },
    }
    rows = tuple((item.tenant_id, key, item.room_id, *part) for part in parts)
    return row, rows, parameters


def hand_over(line: Line, leaving: Sequence[Leaving]) -> None:
    """Put the commands where the device surface finds them, with the collections they order."""
    if not leaving:
        return
    ordered = [one for one in leaving if one.collection is not None]
    if ordered:
        line.run(ADD_COLLECTIONS, *columns_of(one.collection or () for one in ordered))
        line.run(ADD_PARTS, *columns_of(part for one in ordered for part in one.parts))
    line.run(ADD_COMMANDS, *columns_of(one.command for one in leaving))
    if ordered:
        named = [(*(one.collection or ())[:2], one.item.command_id) for one in ordered]
        line.run(NAME_COMMANDS, *columns_of(named))
