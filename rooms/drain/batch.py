"""Drain one batch of reports, in one transaction: nothing is lost by a death, nothing doubled."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final

from django.db import DataError, IntegrityError, OperationalError
from psycopg.errors import LockNotAvailable

from access import audit, residency
from rooms.drain import inventory
from rooms.drain.claim import Taken, take
from rooms.drain.judging import Days, minutes_out_of_order
from rooms.drain.keeping import keep_days, keep_rooms, run
from rooms.drain.known import Key, Known, known_devices, policies
from rooms.drain.line import Line, unnested, working
from rooms.drain.load import load_rooms
from rooms.drain.moving import hear
from rooms.drain.telling import Told, Unreadable, tell_all
from rooms.signals.catalogue import DeviceType
from rooms.states import DeviceState

logger = logging.getLogger(__name__)

BATCH: Final = 500
# Whose meeting app says whether the room is in use.
MEETS: Final = frozenset({DeviceType.WINDOWS, DeviceType.VIDEO_BAR})

DEVICE: Final = {
    "tenant_id": "uuid", "id": "uuid", "os_name": "text", "os_build": "text",
    "last_seen_at": "timestamptz", "last_observed_at": "timestamptz", "last_digest": "bytea",
}  # fmt: skip
UPDATE_DEVICES: Final = (
    "update rooms_device d set "  # noqa: S608 - ours, as below
    + ", ".join(f"{name} = v.{name}" for name in DEVICE if name not in ("tenant_id", "id"))
    + f" from {unnested(DEVICE)} where d.tenant_id = v.tenant_id and d.id = v.id"
)
# Rooms whose reports said nothing new. No index holds these columns, so the rows stay in place.
FRESH: Final = {
    "tenant_id": "uuid", "room_id": "uuid", "seen": "timestamptz", "in_use": "bool",
}  # fmt: skip
FRESHEN: Final = f"""
    update rooms_roomhealth h set last_seen_at = greatest(h.last_seen_at, v.seen),
        last_evaluated_at = greatest(h.last_evaluated_at, v.seen),
        in_use = coalesce(v.in_use, h.in_use)
    from {unnested(FRESH)} where h.tenant_id = v.tenant_id and h.room_id = v.room_id
"""  # noqa: S608
HISTORY: Final = {
    "tenant_id": "uuid", "device_id": "uuid", "report_id": "uuid", "received_at": "timestamptz",
    "observed_at": "timestamptz", "digest": "bytea", "body": "text",
}  # fmt: skip
ADD_HISTORY: Final = f"""
    insert into rooms_devicereport ({", ".join(HISTORY)})
    select v.tenant_id, v.device_id, v.report_id, v.received_at, v.observed_at, v.digest,
           v.body::jsonb
    from {unnested(HISTORY)}
    on conflict do nothing
"""  # noqa: S608


@dataclass
class Drained:
    """What became of the reports of a batch."""

    taken: int = 0
    judged: int = 0  # changed something, or might have
    unchanged: int = 0
    late: int = 0  # older than one that was drained before: history only
    dropped: int = 0  # of a device that is unenrolled, gone, or of a tenant that left
    set_aside: int = 0  # could not be evaluated
    busy: bool = False  # another process drains this shard

    def plus(self, other: Drained) -> Drained:
        """Both together; busy as the last one was."""
        names = [one.name for one in fields(self) if one.name != "busy"]
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        return Drained(**sums, busy=other.busy)


def drain_batch(region: str, *, shard: int = 0, shards: int = 1, most: int = BATCH) -> Drained:
    """Drain up to `most` reports of a shard.

    What the database refuses to store fails its whole batch; then they are drained one by one, so
    that only the one that is at fault is set aside.
    """
    try:
        return _drain(region, shard, shards, most)
    except (DataError, IntegrityError) as refused:  # its words may repeat what was to be stored
        logger.error("A batch is not stored (%s); trying one by one", type(refused).__name__)
    except OperationalError as late:
        if not isinstance(late.__cause__, LockNotAvailable):
            raise
        return Drained(busy=True)  # somebody works on one of its rooms; the next wake-up drains it
    total = Drained()
    for _ in range(most):
        try:
            one = _drain(region, shard, shards, 1)
        except (DataError, IntegrityError) as refused:
            one = _drain(region, shard, shards, 1, refused=type(refused).__name__)
        total = total.plus(one)
        if not one.taken:
            break
    return total


def _drain(region: str, shard: int, shards: int, most: int, refused: str = "") -> Drained:
    with residency.region(region), working(region) as line:
        taken = take(line, shard, shards, most)
        if taken is None:
            return Drained(busy=True)
        done = Drained(taken=len(taken))
        if taken:
            known = known_devices(line, {(one.tenant_id, one.device_id) for one in taken})
            batch = _pair(taken, known, done)
            if refused:
                set_aside(line, [Unreadable(*pair, refused) for pair in batch], done)
                keep_devices(line, (device for _, device in batch))
            elif batch:
                _judge(line, batch, done)
        return done


def _pair(
    taken: Sequence[Taken], known: dict[Key, Known], done: Drained
) -> list[tuple[Taken, Known]]:
    """Reports with their devices, each device's in the order of time; others are dropped."""
    batch = []
    for one in sorted(taken, key=lambda one: (one.at, one.id)):
        device = known.get((one.tenant_id, one.device_id))
        if device is None or device.state == DeviceState.UNENROLLED:
            done.dropped += 1
        else:
            batch.append((one, device))
    return batch


def _judge(line: Line, batch: list[tuple[Taken, Known]], done: Drained) -> None:
    """Read all, pass over what says nothing new, and judge the rooms of the rest."""
    told, unreadable = tell_all(batch, policies(line, (one.tenant_id for one, _ in batch)))
    news = sort_out(told)
    done.late, done.unchanged, done.judged = len(news.late), len(news.same), len(news.new)
    keep_judged(line, news)
    keep_same(line, news)
    inventory.keep_inventory(line, inventory.newest_of(news.new))
    set_aside(line, unreadable, done)
    keep_devices(line, (known for _, known in batch))
    run(line, ADD_HISTORY, [history_row(one, one.taken.id in news.bodies) for one in told])


@dataclass
class News:
    """The reports of a batch by what is to be done with them, each in the order of time."""

    new: list[Told] = field(default_factory=list)
    same: list[Told] = field(default_factory=list)
    late: list[Told] = field(default_factory=list)
    bodies: set[int] = field(default_factory=set)  # which to keep whole in the history


def sort_out(told: Iterable[Told]) -> News:
    """Late ones change nothing; one that says the same as the last is passed over."""
    news = News()
    judged: set[Key] = set()
    for one in told:
        known, at = one.known, one.taken.at
        known.last_seen_at = max(known.last_seen_at or one.taken.received_at, one.taken.received_at)
        if known.digest != one.digest:
            news.bodies.add(one.taken.id)
        if known.last_observed_at is not None and at <= known.last_observed_at:
            news.late.append(one)
            continue
        known.last_observed_at = at
        if known.digest == one.digest and known.key not in judged:
            news.same.append(one)
        else:
            judged.add(known.key)
            news.new.append(one)
        known.digest = one.digest
    return news


def keep_judged(line: Line, news: News) -> None:
    """Judge rooms by the reports that say something new."""
    rooms = load_rooms(line, (one.known.room for one in news.new))
    for one in news.same:  # another device of such a room
        if room := rooms.get(one.known.room):
            device = room.devices[one.known.device_id]
            device.seen, device.heard = one.known.last_seen_at, True
    for one in news.new:
        room, known = rooms[one.known.room], one.known
        if known.type in MEETS and one.report.app.in_use is not None:
            room.in_use = one.report.app.in_use
        if not hear(room, room.devices[known.device_id], one):
            known.digest = None  # look again, even if the next one says the same
        known.os_name = one.report.system.os_name
        known.os_build = one.report.system.os_build[:40]
    keep_rooms(line, list(rooms.values()), line.now())


def keep_same(line: Line, news: News) -> None:
    """The rooms were heard and are as they were, for so much longer."""
    judged = {one.known.room for one in news.new}
    last: dict[Key, Told] = {}
    in_use: dict[Key, bool] = {}
    for one in news.same:
        room, app = one.known.room, one.report.app
        if room in judged:
            continue
        last[room] = one
        if one.known.type in MEETS and app.in_use is not None:
            in_use[room] = app.in_use
    rows = [(*room, one.taken.received_at, in_use.get(room)) for room, one in last.items()]
    run(line, FRESHEN, rows)
    keep_days(line, ((room, still_out_of_order(one)) for room, one in last.items()))


def still_out_of_order(told: Told) -> Days:
    """The minutes by which a room that was unhealthy stays so."""
    known = told.known
    return minutes_out_of_order(
        known.status, known.evaluated_at, told.taken.received_at, known.time_zone
    )


def keep_devices(line: Line, devices: Iterable[Known]) -> None:
    """When they were heard, what they run, and what their last report said, as a digest."""
    rows = {
        known.key: (
            *known.key, known.os_name, known.os_build, known.last_seen_at,
            known.last_observed_at, known.digest,
        )
        for known in devices
    }  # fmt: skip
    run(line, UPDATE_DEVICES, list(rows.values()))


def history_row(told: Told, whole: bool) -> tuple[Any, ...]:
    """As HISTORY."""
    taken = told.taken
    return (
        taken.tenant_id, taken.device_id, taken.report_id, taken.received_at, taken.observed_at,
        told.digest, taken.body if whole else None,
    )  # fmt: skip


def set_aside(line: Line, unreadable: Sequence[Unreadable], done: Drained) -> None:
    """Keep what cannot be evaluated where it stops nothing, and raise the alarm in the record.

    It was accepted, so it stands in the history, as text. The device was heard all the same.
    """
    done.set_aside += len(unreadable)
    rows, events = [], []
    for taken, known, why in unreadable:
        known.last_seen_at = max(known.last_seen_at or taken.received_at, taken.received_at)
        logger.error("A report of %s is set aside: %s", known.reference, why)
        body = json.dumps({"set_aside": why, "text": taken.body})
        digest = hashlib.sha256(taken.body.encode()).digest()
        rows.append((
            taken.tenant_id, taken.device_id, taken.report_id, taken.received_at,
            taken.observed_at, digest, body,
        ))  # fmt: skip
        events.append(
            audit.SystemEvent(
                "report.set_aside",
                (known.tenant_id, known.tenant_reference),
                ("device", known.reference),
                {"why": why, "report": str(taken.report_id)},
            )
        )
    run(line, ADD_HISTORY, rows)
    audit.record_many_system(events, region=line.region)
