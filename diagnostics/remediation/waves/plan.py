"""The plan of a wave: whom it touches, when on their own clocks, and whom it leaves out and why."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple

from access.verdict import Denied
from diagnostics.remediation.catalogue.parameters import canonical
from diagnostics.remediation.guardrails.pace import votes_needed
from diagnostics.remediation.waves.exclusions import reason_to_exclude
from diagnostics.remediation.waves.order import WEDNESDAY, Candidate, UnfitWave, WaveOrder
from diagnostics.remediation.waves.rings import MOST_DAYS, Ring, in_order
from diagnostics.remediation.windows.clock import zone_of
from diagnostics.remediation.windows.intervals import Interval
from diagnostics.remediation.windows.opening import Opening, next_window
from diagnostics.remediation.windows.rules import UPDATES

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
_REMEDY: Final = "Give its ring more days, or clear the calendar."


class Planned(NamedTuple):
    """One device of the plan. `place` counts from 0 over the whole wave; `was` is what it ran."""

    place: int
    ring: str
    pilot: bool
    device: str
    room: str
    zone: str
    window: Interval
    was: tuple[str, ...]

    @property
    def local_begin(self) -> datetime:
        """When its window begins, on the room's own clock."""
        return self.window.begin.astimezone(zone_of(self.zone))


class Excluded(NamedTuple):
    """One device that the wave leaves out, and what would bring it in."""

    device: str
    room: str
    ring: str
    code: str
    reason: str
    remedy: str


class PlannedRing(NamedTuple):
    """One ring: when it may begin, when its last device begins, and when it can be judged."""

    name: str
    begins: datetime
    last_begins: datetime | None
    judged_from: datetime
    devices: int


@dataclass(frozen=True)
class WavePlan:
    """What is shown before the start and agreed on; `digest` names exactly this plan."""

    rings: tuple[PlannedRing, ...]
    items: tuple[Planned, ...]
    excluded: tuple[Excluded, ...]
    votes: int
    digest: str

    @property
    def excluded_by(self) -> dict[str, int]:
        """How many are left out for which reason."""
        return dict(sorted(Counter(one.code for one in self.excluded).items()))


class _Hours:
    """How full each hour is, and from when on it is worth looking in each zone."""

    def __init__(self, order: WaveOrder) -> None:
        self.order = order
        self.begun: Counter[datetime] = Counter()
        self.in_room: Counter[tuple[str, datetime]] = Counter()
        self.full_until: dict[tuple[str, datetime], datetime] = {}
        self.empty_rooms: dict[tuple[str, datetime], Opening] = {}

    def find(self, one: Candidate, after: datetime, before: datetime) -> Interval | Denied:
        """The first window in an hour that is not full, or why there is none before `before`."""
        at = self._not_full_before(one.zone, after)
        # what nobody would notice need not wait for meetings
        busy = one.busy if self.order.action.interrupts else ()
        while True:
            opening = self._search(one.zone, at, busy) if busy else self._empty(one.zone, at)
            if opening.interval is None:
                return Denied(opening.reason, _REMEDY, "no_window")
            if opening.interval.begin >= before:
                return Denied("There is no window in its ring's time.", _REMEDY, "no_window")
            hour = _hour_of(opening.interval)
            room = (one.room, hour)
            if (
                self.begun[hour] < self.order.pace
                and self.in_room[room] < self.order.limits.room_per_hour
            ):
                self.begun[hour] += 1
                self.in_room[room] += 1
                return opening.interval
            at = hour + HOUR

    def _not_full_before(self, zone: str, after: datetime) -> datetime:
        """From when on to look in a zone. Hours only fill up, so what was full stays so."""
        mark = (zone, after)
        at = self.full_until.get(mark, after)
        while (empty := self._empty(zone, at)).interval is not None:
            hour = _hour_of(empty.interval)
            if self.begun[hour] < self.order.pace:
                break
            at = hour + HOUR
        self.full_until[mark] = at
        return at

    def _empty(self, zone: str, at: datetime) -> Opening:
        """The next window of a room without meetings, worked out once for all of a zone."""
        mark = (zone, at)
        if mark not in self.empty_rooms:
            self.empty_rooms[mark] = self._search(zone, at)
        return self.empty_rooms[mark]

    def _search(self, zone: str, at: datetime, busy: tuple[Interval, ...] = ()) -> Opening:
        action, calendar = self.order.action, self.order.calendar
        return next_window(zone, action.window, at, busy, calendar, needs=action.needs)


def _hour_of(interval: Interval) -> datetime:
    return interval.begin.replace(minute=0, second=0, microsecond=0)


def plan_wave(order: WaveOrder, candidates: Iterable[Candidate]) -> WavePlan:
    """The plan; nothing is sent by it. Candidates may come in any order.

    Raises UnfitWave for a device that comes twice: it would get the action twice.
    """
    rings = in_order(order.rings)
    by_ring: dict[str, list[Candidate]] = defaultdict(list)
    excluded: list[Excluded] = []
    names = frozenset(ring.name for ring in rings)
    chosen: set[str] = set()
    for one in candidates:
        if one.device in chosen:
            raise UnfitWave(f"{one.device} was chosen twice.")
        chosen.add(one.device)
        denied = reason_to_exclude(order, one, names)
        if denied is None:
            by_ring[one.ring].append(one)
        else:
            excluded.append(_left_out(one, denied))
    hours, items, planned_rings = _Hours(order), [], []
    begins = _first_day(order)
    over = order.not_before + MOST_DAYS * DAY
    for ring in rings:
        begins += ring.deferment
        planned, out = _plan_ring(order, ring, by_ring[ring.name], hours, begins, over)
        last = max((one.window.begin for one in planned), default=None)
        judged = begins if last is None else last + order.watched + ring.test
        planned_rings.append(PlannedRing(ring.name, begins, last, judged, len(planned)))
        items.extend(planned)
        excluded.extend(out)
        begins = judged
    placed = tuple(one._replace(place=place) for place, one in enumerate(items))
    left_out = tuple(sorted(excluded))
    votes = votes_needed(order.action, len(placed), order.limits)
    return WavePlan(tuple(planned_rings), placed, left_out, votes, _digest(order, placed))


def find_windows(
    order: WaveOrder, devices: Iterable[Candidate], taken: Mapping[datetime, int]
) -> dict[str, Interval]:
    """The next windows of devices that take part already, from `not_before` on, within the pace.

    For those whose planned window went by before their turn came; without those that have none.
    `taken` is how many others begin in which full hour (UTC).
    """
    if order.pace == 0:
        return {}
    hours = _Hours(order)
    hours.begun.update(taken)
    over = order.not_before + MOST_DAYS * DAY
    found = ((one.device, hours.find(one, order.not_before, over)) for one in devices)
    return {device: window for device, window in found if isinstance(window, Interval)}


def _left_out(one: Candidate, denied: Denied) -> Excluded:
    return Excluded(one.device, one.room, one.ring, denied.code, denied.reason, denied.remedy)


def _first_day(order: WaveOrder) -> datetime:
    """When the first ring may begin: updates wait for the next Wednesday, in UTC."""
    begins = order.not_before.astimezone(UTC)
    if order.critical or order.action.window is not UPDATES:
        return begins
    days = (WEDNESDAY - begins.weekday()) % 7
    if days == 0:
        return begins
    return (begins + days * DAY).replace(hour=0, minute=0, second=0, microsecond=0)


def _plan_ring(
    order: WaveOrder,
    ring: Ring,
    members: list[Candidate],
    hours: _Hours,
    begins: datetime,
    over: datetime,
) -> tuple[list[Planned], list[Excluded]]:
    """The devices of one ring: the pilot, then the others once the pilot can be judged."""
    if ring.rollout_days:
        over = min(over, begins + ring.rollout_days * DAY)
    planned: list[Planned] = []
    excluded: list[Excluded] = []
    after = begins
    for number, one in enumerate(_spread(members)):
        if ring.most is not None and len(planned) >= ring.most:
            denied = Denied("The ring is full.", "Take more of it.", "ring_full")
            excluded.append(_left_out(one, denied))
            continue
        pilot = len(planned) < order.pilot
        if not pilot and order.pilot and after == begins and planned:
            after = max(item.window.begin for item in planned) + order.watched
        found = hours.find(one, after, over)
        if isinstance(found, Denied):
            excluded.append(_left_out(one, found))
            continue
        planned.append(
            Planned(number, ring.name, pilot, one.device, one.room, one.zone, found, one.installed)
        )
    # the pilot first, then by the clock; by name where that says nothing
    planned.sort(key=lambda item: (not item.pilot, item.window.begin, item.device))
    return planned, excluded


def _spread(members: list[Candidate]) -> list[Candidate]:
    """In an order that has nothing to do with rooms or floors, and is the same every time."""
    return sorted(members, key=lambda one: sha256(one.device.encode()).digest())


def _digest(order: WaveOrder, items: tuple[Planned, ...]) -> str:
    """A name for exactly this: the action, its parameters, and each device with its window."""
    told = [
        order.tenant,
        str(order.action.code),
        canonical(order.parameters).decode(),
        [
            [one.device, one.room, one.window.begin.isoformat(), one.window.end.isoformat()]
            for one in items
        ],
    ]
    return sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()
