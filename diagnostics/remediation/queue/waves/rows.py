"""Rows of a wave as they are stored: its items, and the devices that its plan leaves out."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from access.references import new_reference
from diagnostics.models import Wave
from diagnostics.remediation.catalogue import ACTIONS, ActionCode, Channel
from diagnostics.remediation.guardrails import Ordered
from diagnostics.remediation.queue.moves import US
from diagnostics.remediation.queue.waves.candidates import Place
from diagnostics.remediation.tenant_rules import TenantRules
from diagnostics.remediation.waves import Excluded
from diagnostics.remediation.windows import Interval
from rooms.drain.line import Line, columns_of, unnested

# What no clock brings about: a person does, or the wave.
NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)

# The same for all items of a wave, and what differs.
SHARED: Final = {
    "tenant_id": "uuid", "tenant_reference": "text", "action": "text", "kind": "text",
    "scope": "text", "channel": "text", "covered_by": "text", "reason": "text", "purpose": "text",
    "requested_by_id": "uuid", "requested_by_person": "uuid", "requested_by_label": "text",
    "grant_reference": "text", "wave_id": "uuid", "requested_at": "timestamptz",
    "state_at": "timestamptz", "next_at": "timestamptz", "moved_by_label": "text",
}  # fmt: skip
OWN: Final = {
    "id": "uuid", "reference": "text", "device_id": "uuid", "room_id": "uuid",
    "device_reference": "text", "room_reference": "text", "parameters": "text", "ring": "text",
    "place": "int", "pilot": "boolean", "was": "text", "zone": "text",
    "window_begins_at": "timestamptz", "window_ends_at": "timestamptz", "digest": "text",
    "undoes": "text",
}  # fmt: skip
AS_JSON: Final = frozenset({"parameters", "was"})
INSERT: Final = f"""
    insert into diagnostics_remediation ({", ".join((*SHARED, *OWN))}, signal, urgent, retry_of,
        approved_digest, state, reason_code, mover, told, attempt, operation, outcome, detail_code)
    select {", ".join(f"%s::{kind}" for kind in SHARED.values())},
        {", ".join(f"v.{name}::jsonb" if name in AS_JSON else f"v.{name}" for name in OWN)},
        '', false, '', '', 'proposed', 'asked', 'system', '', 1, '', '', ''
    from {unnested(OWN)}
"""  # noqa: S608 - ours, as below
EXCLUDED: Final = {
    "device_reference": "text", "room_reference": "text", "ring": "text", "code": "text",
    "reason": "text", "remedy": "text",
}  # fmt: skip
EXCLUDE: Final = f"""
    insert into diagnostics_waveexclusion (tenant_id, wave_id, {", ".join(EXCLUDED)})
    select %s::uuid, %s::uuid, {", ".join(f"v.{name}" for name in EXCLUDED)}
    from {unnested(EXCLUDED)}
"""  # noqa: S608


class NewItem(NamedTuple):
    """One item to be: the device, what it is told, and when; references are the public ones.

    `parameters` is JSON as it is stored, `exact` its one spelling with all defaults.
    """

    device: str
    room: str
    at: Place
    parameters: str
    exact: bytes
    ring: str
    place: int
    pilot: bool
    was: Sequence[str]
    zone: str
    window: Interval
    undoes: str = ""


@dataclass(frozen=True)
class Common:
    """What all new items of a wave share."""

    wave: Wave
    channel: Channel
    reason: str
    at: datetime

    @classmethod
    def of(cls, wave: Wave, rules: TenantRules, at: datetime, reason: str = "") -> Common:
        """By the tenant's channel, as far as the action can go that way."""
        reached = ACTIONS[ActionCode(wave.action)].channels
        channel = rules.channel if rules.channel in reached else Channel.AGENT
        return cls(wave, channel, (reason or wave.reason)[:300], at)

    @property
    def values(self) -> list[Any]:
        """As SHARED."""
        wave = self.wave
        return [
            wave.tenant_id, wave.tenant_reference, wave.action,
            str(ACTIONS[ActionCode(wave.action)].kind), wave.scope, str(self.channel),
            wave.covered_by, self.reason, wave.purpose, wave.requested_by_id,
            wave.requested_by_person, wave.requested_by_label, wave.grant_reference, wave.pk,
            self.at, self.at, NEVER, US,
        ]  # fmt: skip


def insert_items(line: Line, common: Common, items: Sequence[NewItem]) -> None:
    """Store them as proposed. IntegrityError when a device has an open operation of the kind."""
    if items:
        line.run(INSERT, *common.values, *columns_of(_row(common.wave, one) for one in items))


def _row(wave: Wave, one: NewItem) -> tuple[Any, ...]:
    """As OWN."""
    ordered = Ordered(
        wave.tenant_reference, one.room, one.device, wave.action, one.exact, one.window
    )
    return (
        uuid.uuid4(), new_reference("RJ"), one.at.device_id, one.at.room_id, one.device, one.room,
        one.parameters, one.ring, one.place, one.pilot, json.dumps(list(one.was)), one.zone,
        one.window.begin, one.window.end, ordered.digest, one.undoes,
    )  # fmt: skip


def insert_exclusions(line: Line, wave: Wave, excluded: Iterable[Excluded]) -> None:
    """Store who is left out, and why."""
    rows = [
        (one.device, one.room, one.ring[:40], one.code[:40], one.reason[:300], one.remedy[:300])
        for one in excluded
    ]
    if rows:
        line.run(EXCLUDE, wave.tenant_id, wave.pk, *columns_of(rows))
