"""Rolling a wave back: what was not sent is called back, and what ran gets what it ran before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, NamedTuple

from django.db.models import Q

from diagnostics.models import Remediation, Wave
from diagnostics.remediation.catalogue import PUBLIC
from diagnostics.remediation.catalogue.parameters import Parameters, ToVersion, canonical, plain
from diagnostics.remediation.queue.waves import holding
from diagnostics.remediation.queue.waves.candidates import Place
from diagnostics.remediation.queue.waves.moves import BATCH, look_again, move_wave, record_wave
from diagnostics.remediation.queue.waves.orders import order_of
from diagnostics.remediation.queue.waves.rows import (
    Common,
    NewItem,
    insert_exclusions,
    insert_items,
)
from diagnostics.remediation.states import ENDED, ItemState, WaveState
from diagnostics.remediation.tenant_rules import TenantRules
from diagnostics.remediation.waves import (
    Excluded,
    NotRolledBack,
    RollBackStep,
    Touched,
    plan_roll_back,
)
from diagnostics.remediation.windows import Interval
from rooms.drain.line import Line

LEFT: Final = "not_rolled_back"
NO_WINDOW: Final = "There is no window in which it could go back."
# What ran, has ended, and goes back: once. A device at other work of the kind waits for its end.
RAN: Final = """
    select r.reference, r.device_id, r.room_id, r.device_reference, r.room_reference, d.platform,
        r.ring, r.place, r.state, r.was::text, r.zone,
        exists (
          select from diagnostics_remediation o
          where o.tenant_id = r.tenant_id and o.device_id = r.device_id and o.kind = r.kind
            and o.state <> all(%s::text[]))
    from diagnostics_remediation r
    join rooms_device d on d.tenant_id = r.tenant_id and d.id = r.device_id
        and d.room_id = r.room_id
    where r.tenant_id = %s and r.wave_id = %s and r.undoes = '' and r.sent_at is not null
      and r.state = any(%s::text[])
      and not exists (
          select from diagnostics_remediation u
          where u.tenant_id = r.tenant_id and u.wave_id = r.wave_id and u.undoes = r.reference)
      and not exists (
          select from diagnostics_waveexclusion x
          where x.tenant_id = r.tenant_id and x.wave_id = r.wave_id and x.code = %s
            and x.device_reference = r.device_reference)
    order by r.place, r.id
"""


class Ran(NamedTuple):
    """An item that was sent and has ended; `busy`: the device is at other work of the kind."""

    reference: str
    at: Place
    device: str
    room: str
    platform: str
    ring: str
    place: int
    state: str
    was: tuple[str, ...]
    zone: str
    busy: bool


def roll_back(line: Line, wave: Wave, rules: TenantRules) -> bool:
    """One look at a wave that is rolled back; killed anywhere, the next look goes on.

    Whether there is more to do at once.
    """
    called_back = holding.call_back(line, wave, "The wave is rolled back.", Q(undoes=""))
    ran = _ran(line, wave)
    begun, left = _undo(line, wave, rules, {name: one for name, one in ran.items() if not one.busy})
    if called_back or begun or left:
        detail = {"called_back": called_back, "going_back": begun, "left": left}
        record_wave(line, wave, "roll_back_planned", detail)
    let_go = holding.let_go(line, wave, rules, ~Q(undoes=""))
    items = Remediation.objects.filter(tenant_id=wave.tenant_id, wave_id=wave.pk)
    if items.open().exists() or any(one.busy for one in ran.values()):
        look_again(line, wave)
        return max(called_back, let_go) >= BATCH
    undone = items.exclude(undoes="")
    detail = {
        "rolled_back": undone.count(),
        "succeeded": undone.filter(state=ItemState.SUCCEEDED).count(),
    }
    move_wave(line, wave, WaveState.DONE, detail=detail)
    return False


def _ran(line: Line, wave: Wave) -> dict[str, Ran]:
    """By the device's reference."""
    ended = [str(state) for state in sorted(ENDED)]
    rows = line.rows(RAN, ended, wave.tenant_id, wave.pk, ended, LEFT)
    found = {}
    for row in rows:
        was = tuple(json.loads(row[9]))
        found[row[3]] = Ran._make(
            (row[0], Place(row[1], row[2]), *row[3:9], was, *row[10:]),
        )
    return found


def _undo(line: Line, wave: Wave, rules: TenantRules, ran: Mapping[str, Ran]) -> tuple[int, int]:
    """Order the way back for each; how many go, and how many cannot."""
    if not ran:
        return 0, 0
    now = line.now()
    told = order_of(wave, rules, now).parameters
    touched = [
        Touched(one.device, one.platform, one.place, ItemState(one.state), True, one.was)
        for one in ran.values()
    ]
    plan = plan_roll_back(told, touched, PUBLIC)
    back = [ran[step.device] for step in plan.steps]
    places = [(one.device, one.room, one.zone) for one in back]
    windows = holding.windows_for(line, wave, rules, places)
    items = [
        _way_back(ran[step.device], step, told, windows[step.device])
        for step in plan.steps
        if step.device in windows
    ]
    common = Common.of(wave, rules, now, f"Rolls {wave.reference} back. {wave.reason}")
    insert_items(line, common, items)
    late = [NotRolledBack(one.device, NO_WINDOW) for one in back if one.device not in windows]
    left = [*plan.left, *late]
    insert_exclusions(
        line,
        wave,
        [
            Excluded(one.device, ran[one.device].room, ran[one.device].ring, LEFT, one.reason, "")
            for one in left
        ],
    )
    return len(items), len(left)


def _way_back(one: Ran, step: RollBackStep, told: Parameters, window: Interval) -> NewItem:
    """The item that brings back what a device ran."""
    return NewItem(
        device=one.device,
        room=one.room,
        at=one.at,
        parameters=json.dumps(plain(step.parameters)),
        exact=canonical(step.parameters),
        ring=one.ring,
        place=one.place,
        pilot=False,
        was=[told.version] if isinstance(told, ToVersion) else [],
        zone=one.zone,
        window=window,
        undoes=one.reference,
    )
