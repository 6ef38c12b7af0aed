"""What became of remediations, written into the incidents that they were for.

Success and failure are lines of an incident's timeline. A failure without an incident opens one.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from access import audit
from access.references import new_reference
from diagnostics.models import Remediation
from diagnostics.remediation.catalogue import ACTIONS, ActionCode
from diagnostics.remediation.queue.moves import US, Moves
from diagnostics.remediation.states import ItemState
from rooms.drain.line import columns_of, unnested
from rooms.drain.world import RECORDED
from rooms.signals import SIGNALS, DeviceType
from rooms.states import SEVERITY_ORDER, EntryKind, Severity

# An incident of the item's own, or the open one of its signal on its device.
OF_ITEMS: Final = """
    select i.id, coalesce(n.id, o.id)
    from unnest(%s::uuid[], %s::uuid[]) as g(tenant_id, id)
    join diagnostics_remediation i on i.tenant_id = g.tenant_id and i.id = g.id
    left join rooms_incident n on n.tenant_id = i.tenant_id and n.id = i.incident_id
    left join lateral (
        select p.id from rooms_incident p
        where p.tenant_id = i.tenant_id and p.room_id = i.room_id and p.device_id = i.device_id
          and p.code = i.signal and p.state <> 'closed' and i.signal <> ''
        order by p.opened_at desc, p.id limit 1) o on true
"""
ENTRY: Final = {
    "tenant_id": "uuid", "incident_id": "uuid", "room_id": "uuid", "kind": "text", "text": "text",
}  # fmt: skip
ADD_ENTRIES: Final = f"""
    insert into rooms_incidententry (id, at, by_label, {", ".join(ENTRY)})
    select gen_random_uuid(), lock.now(), '', {", ".join(ENTRY)} from {unnested(ENTRY)}
"""  # noqa: S608 - ours, as below
INCIDENT: Final = {
    "id": "uuid", "tenant_id": "uuid", "reference": "text", "room_id": "uuid",
    "device_id": "uuid", "code": "text", "instance": "text", "category": "text",
    "severity": "text", "severity_rank": "int", "sentence": "text", "recorded_by_label": "text",
}  # fmt: skip
ADD_INCIDENTS: Final = f"""
    insert into rooms_incident ({", ".join(INCIDENT)}, state, assignment, assignee_label,
        high_impact, high_impact_reason, opened_at, activated_at, activations, cause, updated_at)
    select {", ".join(INCIDENT)}, 'active', 'pending', '', false, '', lock.now(), lock.now(), 1, '',
        lock.now()
    from {unnested(INCIDENT)}
"""  # noqa: S608
# In the order in which everybody locks rooms.
SOON: Final = """
    update rooms_roomhealth h set next_evaluation_at = lock.now()
    from (select l.tenant_id, l.room_id
          from unnest(%s::uuid[], %s::uuid[]) as g(tenant_id, room_id)
          join rooms_roomhealth l on l.tenant_id = g.tenant_id and l.room_id = g.room_id
          order by l.tenant_id, l.room_id for no key update of l) s
    where h.tenant_id = s.tenant_id and h.room_id = s.room_id
"""
LONGEST: Final = 300


def tell_outcomes(moves: Moves, items: Sequence[Remediation]) -> None:
    """Write how these stand now into their incidents: a line each, where there is one."""
    _tell(moves, items, opening=False)


def tell_failures(moves: Moves, items: Sequence[Remediation]) -> None:
    """The same of what the reports do not show; an incident is opened where there is none."""
    _tell(moves, items, opening=True)


def _tell(moves: Moves, items: Sequence[Remediation], *, opening: bool) -> None:
    if not items:
        return
    keys = columns_of((item.tenant_id, item.pk) for item in items)
    of = dict(moves.line.rows(OF_ITEMS, *keys))
    entries: list[tuple[Any, ...]] = []
    without: list[Remediation] = []
    for item in items:
        if of.get(item.pk) is None:
            without.append(item)
        else:
            entries.append(_entry(item, of[item.pk], EntryKind.AUTOMATIC))
    if opening and without:
        entries += _open(moves, without)
    if entries:
        moves.line.run(ADD_ENTRIES, *columns_of(entries))


def _entry(item: Remediation, incident: uuid.UUID, kind: EntryKind) -> tuple[Any, ...]:
    return (item.tenant_id, incident, item.room_id, kind.value, words_of(item))


def words_of(item: Remediation) -> str:
    """What became of an item, in a sentence that names it."""
    known = item.action in ACTIONS
    title = ACTIONS[ActionCode(item.action)].title if known else item.action
    state = str(ItemState(item.state).label).lower()
    words = f"{title} ({item.reference}) {state}."
    if item.policy_id:
        words = f"By policy, version {item.policy_version}: {words}"
    return f"{words} {item.told}".strip()[:LONGEST]


def _open(moves: Moves, items: Sequence[Remediation]) -> list[tuple[Any, ...]]:
    """One recorded incident for each; the lines that open them."""
    signal = SIGNALS[RECORDED]
    severity = Severity(signal.on[DeviceType.WINDOWS].severity)
    rows, entries, events = [], [], []
    for item in items:
        key, reference = uuid.uuid4(), new_reference("INC")
        rows.append((
            key, item.tenant_id, reference, item.room_id, item.device_id, signal.code, reference,
            signal.category, severity.value, SEVERITY_ORDER[severity.value], words_of(item), US,
        ))  # fmt: skip
        entries.append(_entry(item, key, EntryKind.OPENED))
        events.append(
            audit.SystemEvent(
                "incident.opened",
                (item.tenant_id, item.tenant_reference),
                ("incident", reference),
                {"signal": signal.code, "severity": severity.value, "remediation": item.reference},
            )
        )
    moves.line.run(ADD_INCIDENTS, *columns_of(rows))
    audit.record_many_system(events, region=moves.line.region)
    rooms = dict.fromkeys((item.tenant_id, item.room_id) for item in items)
    moves.line.run(SOON, *columns_of(rooms))
    return entries
