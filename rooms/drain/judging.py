"""What a room shows, from the incidents that are active; and its minutes out of order, by day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from rooms.drain.world import RECORDED, Room, Trouble
from rooms.health.day import Spell, minutes_by_day, zone_of
from rooms.health.room import NEVER_DECIDES, Standing, judge_room
from rooms.signals.silence import SILENT
from rooms.states import DECIDING, IncidentState, RoomStatus


class Minutes(NamedTuple):
    """Whole minutes of one local day."""

    unhealthy: int = 0
    working: int = 0
    unmonitored: int = 0

    def plus(self, other: Minutes) -> Minutes:
        """Both together."""
        return Minutes(*(one + more for one, more in zip(self, other, strict=True)))


Days = dict[date, Minutes]


def minutes_out_of_order(status: str, begun: datetime | None, ended: datetime, zone: str) -> Days:
    """The minutes from one evaluation to the next, under the status that was shown meanwhile.

    Both ends count from the full minute, so that many short spans add up to the long one.
    """
    if begun is None or status not in (RoomStatus.UNHEALTHY, RoomStatus.UNMONITORED):
        return {}
    begun, ended = (at.replace(second=0, microsecond=0) for at in (begun, ended))
    found = minutes_by_day([Spell(begun, ended)], zone_of(zone), ended)
    if status == RoomStatus.UNMONITORED:
        return {day: Minutes(0, 0, one.unhealthy) for day, one in found.items()}
    return {day: Minutes(one.unhealthy, one.working, 0) for day, one in found.items()}


def judge(room: Room, at: datetime) -> None:
    """Decide what the room shows from this moment on, and count what it showed until then."""
    if room.evaluated is not None and at <= room.evaluated:
        at = room.evaluated
    for day, more in minutes_out_of_order(room.status, room.evaluated, at, room.zone).items():
        room.days[day] = room.days.get(day, Minutes()).plus(more)
    verdict = judge_room(
        list(standings(room, at)),
        [device.state for device in room.devices.values()],
        at,
        suppressed=room.suppressed_until(at) is not None,
        before=(room.status, room.since),
    )
    room.status, room.since, room.evaluated = verdict.status, verdict.since, at
    room.verdict = verdict
    if room.history_from is None and room.status != RoomStatus.ONBOARDING:
        room.history_from = at.astimezone(zone_of(room.zone)).date()


def standings(room: Room, at: datetime) -> Iterator[Standing]:
    """Signals of monitored devices that have an active incident, silence, and what is recorded."""
    quiet = {spell.code for spell in room.spells if spell.lasts(at)}
    for device, key, signal in room.signals():
        active = signal.memory.incident == IncidentState.ACTIVE
        if device.monitored and (active or key[0] in SILENT):
            trouble = room.troubles.get((device.id, *key))
            yield Standing(
                str(device.id), key[0], signal.severity, signal.memory.incident,
                trouble.activated_at if trouble else None, key[0] in quiet,
            )  # fmt: skip
    # What a person recorded is no alert, so nothing keeps it quiet.
    for trouble in room.troubles.values():
        if trouble.code == RECORDED:
            yield Standing("", RECORDED, trouble.severity, trouble.state, trouble.activated_at)


def in_triage(room: Room, at: datetime) -> dict[str, bool]:
    """Whether each incident of the room, by its reference, belongs on the triage list.

    Those that decide the health of the room do, while they are active and nobody keeps them quiet.
    """
    quiet = {spell.code for spell in room.spells if spell.lasts(at)}
    return {
        one.reference: one.state == IncidentState.ACTIVE
        and (one.code == RECORDED or (_decides(room, one) and not quiet & {"", one.code}))
        for one in room.troubles.values()
    }


def _decides(room: Room, trouble: Trouble) -> bool:
    """Whether it can make the room unhealthy."""
    device = room.devices.get(trouble.device_id) if trouble.device_id else None
    weighs = trouble.severity in DECIDING and trouble.code not in NEVER_DECIDES
    return weighs and device is not None and device.monitored
