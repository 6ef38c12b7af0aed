"""What stands open on devices, what was sent lately, what is stopped, and what rights live."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from diagnostics.models import Remediation
from diagnostics.remediation.catalogue import ACTIONS, ActionCode, OperationKind
from diagnostics.remediation.guardrails import Counts, OpenOperation
from diagnostics.remediation.guardrails.stops import Stop, StopLevel
from diagnostics.remediation.queue.facts.devices import GIVEN, Key
from diagnostics.remediation.states import ENDED, NOT_SENT
from diagnostics.states import OPEN_STATES
from rooms.drain.line import Line, columns_of

DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)

OPEN: Final = f"""
    select i.tenant_id, i.device_id, i.id, i.kind, i.reference, i.action, i.state
    from {GIVEN}
    join diagnostics_remediation i on i.tenant_id = g.tenant_id and i.device_id = g.id
    where i.state <> all(%s)
"""  # noqa: S608
COLLECTING: Final = f"""
    select c.tenant_id, c.device_id, c.reference
    from {GIVEN}
    join diagnostics_collection c on c.tenant_id = g.tenant_id and c.device_id = g.id
    where c.state = any(%s)
"""  # noqa: S608
# An item that was sent twice counts twice, both times by the later one: never too few.
TIMES: Final = "case when i.state = any(%s) then i.attempt - 1 else i.attempt end"
RAN: Final = f"""
    select i.tenant_id, i.device_id, i.action, i.sent_at, {TIMES}
    from {GIVEN}
    join diagnostics_remediation i on i.tenant_id = g.tenant_id and i.device_id = g.id
    where i.sent_at > %s and i.action = any(%s)
"""  # noqa: S608
SENT_TO: Final = f"""
    select i.tenant_id, i.device_id, sum({TIMES})
    from {GIVEN}
    join diagnostics_remediation i on i.tenant_id = g.tenant_id and i.device_id = g.id
    where i.sent_at > %s group by 1, 2
"""  # noqa: S608
SENT_IN: Final = f"""
    select i.tenant_id, i.room_id, sum({TIMES})
    from diagnostics_remediation i where i.sent_at > %s group by 1, 2
"""  # noqa: S608
STOPS: Final = """
    select level, case level when 'everything' then '' else target end, reference
    from diagnostics_emergencystop where released_at is null
"""
# Also what the emergency stop of all access holds.
STOPPED: Final = "select t from unnest(%s::uuid[]) t where diagnostics.is_stopped(t, '')"
RIGHTS: Final = f"""
    select i.id, c.covered, c.covered or case when i.requested_by_id is null then false else
               diagnostics.grant_lives(i.tenant_id, i.room_id, i.requested_by_id, i.scope) end
    from {GIVEN}
    join diagnostics_remediation i on i.tenant_id = g.tenant_id and i.id = g.id
    cross join lateral (select diagnostics.is_covered(i) as covered offset 0) c
"""  # noqa: S608
WHOLE: Final = "the lock-out of the tenant"


class OpenItem(NamedTuple):
    """An operation that has not ended on a device; no id: a collection that is no item."""

    id: uuid.UUID | None
    operation: OpenOperation
    state: str


def open_operations(line: Line, keys: Iterable[Key]) -> dict[Key, list[OpenItem]]:
    """What has not ended on these devices, collections included, in two statements."""
    wanted = list(dict.fromkeys(keys))
    found: dict[Key, list[OpenItem]] = defaultdict(list)
    if not wanted:
        return found
    columns = columns_of(wanted)
    ended = [state.value for state in ENDED]
    for tenant, device, item, kind, reference, action, state in line.rows(OPEN, *columns, ended):
        title = ACTIONS[ActionCode(action)].title if action in ACTIONS else action
        one = OpenOperation(OperationKind(kind), reference, title)
        found[tenant, device].append(OpenItem(item, one, state))
    collecting = [state.value for state in OPEN_STATES]
    for tenant, device, reference in line.rows(COLLECTING, *columns, collecting):
        one = OpenOperation(OperationKind.LOGS, reference, "Collect logs")
        found[tenant, device].append(OpenItem(None, one, ""))
    return found


@dataclass
class Sent:
    """What was sent lately, and what the batch in hand adds to it."""

    device_day: Counter[Key] = field(default_factory=Counter)
    room_hour: Counter[Key] = field(default_factory=Counter)
    tenant_hour: Counter[uuid.UUID] = field(default_factory=Counter)
    region_hour: int = 0

    def counts(self, item: Remediation) -> Counts:
        """As the caps ask for them."""
        return Counts(
            self.device_day[item.tenant_id, item.device_id],
            self.room_hour[item.tenant_id, item.room_id],
            self.tenant_hour[item.tenant_id],
            self.region_hour,
        )

    def add(self, item: Remediation) -> None:
        """One more."""
        self.device_day[item.tenant_id, item.device_id] += 1
        self.room_hour[item.tenant_id, item.room_id] += 1
        self.tenant_hour[item.tenant_id] += 1
        self.region_hour += 1


def sent_lately(line: Line, devices: Iterable[Key], now: datetime) -> Sent:
    """The counts of the last hour, and of these devices' last day, in two statements."""
    sent = Sent()
    unsent = [state.value for state in NOT_SENT]
    columns = columns_of(dict.fromkeys(devices)) or [[], []]
    for tenant, device, times in line.rows(SENT_TO, unsent, *columns, now - DAY):
        sent.device_day[tenant, device] = int(times)
    for tenant, room, times in line.rows(SENT_IN, unsent, now - HOUR):
        sent.room_hour[tenant, room] = int(times)
        sent.tenant_hour[tenant] += int(times)
        sent.region_hour += int(times)
    return sent


Ran = dict[tuple[Key, str], tuple[datetime, ...]]


def ran_lately(line: Line, devices: Iterable[Key], actions: Collection[str], now: datetime) -> Ran:
    """When each of these actions was sent to each of these devices, as far as repeats ask."""
    known = [ACTIONS[ActionCode(code)] for code in actions if code in ACTIONS]
    columns = columns_of(dict.fromkeys(devices))
    if not known or not columns:
        return {}
    since = now - max(action.repeat.within for action in known)
    unsent = [state.value for state in NOT_SENT]
    found: dict[tuple[Key, str], list[datetime]] = defaultdict(list)
    rows = line.rows(RAN, unsent, *columns, since, [action.code.value for action in known])
    for tenant, device, action, at, times in rows:
        found[(tenant, device), action] += [at] * int(times)
    return {key: tuple(sorted(times)) for key, times in found.items()}


def stops_in_force(line: Line, tenants: Iterable[tuple[uuid.UUID, str]]) -> tuple[Stop, ...]:
    """Every stop of the queue, and for these tenants (id, reference) the one of all access."""
    found = [Stop(StopLevel(level), target, name) for level, target, name in line.rows(STOPS)]
    named = dict(tenants)
    held = {one.target for one in found if one.level is StopLevel.TENANT}
    if any(one.level is StopLevel.EVERYTHING for one in found) or not named:
        return tuple(found)
    for (tenant,) in line.rows(STOPPED, list(named)):
        if named[tenant] not in held:
            found.append(Stop(StopLevel.TENANT, named[tenant], WHOLE))
    return tuple(found)


class Rights(NamedTuple):
    """What the database says of an item's right to be sent.

    `grant_lives`: also where something else keeps it from being covered now.
    """

    covered: bool
    grant_lives: bool


def rights_of(line: Line, items: Sequence[Remediation]) -> dict[uuid.UUID, Rights]:
    """Of stored items, in one statement. For the worker only."""
    if not items:
        return {}
    keys = columns_of((item.tenant_id, item.pk) for item in items)
    return {row[0]: Rights(bool(row[1]), bool(row[2])) for row in line.rows(RIGHTS, *keys)}
