"""What a wave does to its items that have not run: let go, hold, take up again, call back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from django.db.models import Q

from diagnostics.models import Remediation, Wave
from diagnostics.remediation.queue.stops import void
from diagnostics.remediation.queue.waves.moves import claim_items, move_items
from diagnostics.remediation.queue.waves.orders import order_of
from diagnostics.remediation.reasons import Reason
from diagnostics.remediation.sending import Step
from diagnostics.remediation.states import ENDED, NOT_SENT, ItemState
from diagnostics.remediation.tenant_rules import TenantRules
from diagnostics.remediation.waves import Candidate, find_windows
from diagnostics.remediation.windows import Interval
from rooms.drain.line import Line
from rooms.kinds import Platform
from rooms.states import DeviceState

UNSENT: Final = Q(state__in=NOT_SENT)
PROPOSED: Final = Q(state=ItemState.PROPOSED)
WAITING: Final = Q(state__in=[ItemState.SCHEDULED, ItemState.WAITING_FOR_GRANT])
HELD: Final = Q(state=ItemState.PAUSED, reason_code=Reason.WAVE_PAUSED)
UNDER_WAY: Final = Q(state=ItemState.DISPATCHED)
HOUR: Final = timedelta(hours=1)
TAKEN: Final = """
    select date_trunc('hour', r.window_begins_at, 'UTC'), count(*)
    from diagnostics_remediation r
    where r.tenant_id = %s and r.wave_id = %s and r.state <> 'proposed'
      and r.state <> all(%s::text[]) and r.window_begins_at > %s
    group by 1
"""


def let_go(line: Line, wave: Wave, rules: TenantRules, fits: Q) -> int:
    """Approve the proposed items that fit, each in its planned window or, late, in the next."""
    items = claim_items(wave, PROPOSED, fits)
    windows = new_windows(line, wave, rules, items)
    return move_items(line, items, Step(ItemState.APPROVED, Reason.AGREED), windows=windows)


def hold(line: Line, wave: Wave) -> int:
    """Pause what waits to be sent; what is approved follows once it is scheduled."""
    return move_items(line, claim_items(wave, WAITING), Step(ItemState.PAUSED, Reason.WAVE_PAUSED))


def take_up(line: Line, wave: Wave, rules: TenantRules) -> int:
    """Go on with what the wave's own pause holds, and with nothing that others have paused."""
    items = claim_items(wave, HELD)
    windows = new_windows(line, wave, rules, items)
    return move_items(line, items, Step(ItemState.SCHEDULED, Reason.SCHEDULED), windows=windows)


def call_back(line: Line, wave: Wave, told: str = "", fits: Q | None = None) -> int:
    """Cancel what was not sent, and what was sent but not fetched; how many, of a batch of each."""
    which = fits or Q()
    stopped = Step(ItemState.CANCELLED, Reason.WAVE_STOPPED, told)
    unsent = move_items(line, claim_items(wave, UNSENT, which), stopped)
    sent = void(line, claim_items(wave, UNDER_WAY, which))
    return unsent + move_items(line, sent, stopped)


def new_windows(
    line: Line, wave: Wave, rules: TenantRules, items: Sequence[Remediation]
) -> dict[uuid.UUID, Interval]:
    """The next windows of those whose own is over, within the pace; on time ones keep theirs."""
    if not items:
        return {}
    now = line.now()
    needs = order_of(wave, rules, now).action.needs
    late = [one for one in items if one.window_ends_at < now + needs]
    places = [(one.device_reference, one.room_reference, one.zone) for one in late]
    found = windows_for(line, wave, rules, places)
    return {one.pk: found[one.device_reference] for one in late if one.device_reference in found}


def windows_for(
    line: Line, wave: Wave, rules: TenantRules, places: Sequence[tuple[str, str, str]]
) -> dict[str, Interval]:
    """The next windows of these (device, room, zone), by device; without those that have none.

    The pace is the wave's: what it has let go already keeps its hour.
    """
    if not places:
        return {}
    now = line.now()
    order = replace(order_of(wave, rules, now), not_before=now)
    ended = [str(state) for state in sorted(ENDED)]
    taken = line.rows(TAKEN, wave.tenant_id, wave.pk, ended, now - HOUR)
    return find_windows(order, [_in_service(wave, *place) for place in places], dict(taken))


def _in_service(wave: Wave, device: str, room: str, zone: str) -> Candidate:
    """A device that takes part already: all that matters of it now is its clock."""
    tenant, state = wave.tenant_reference, DeviceState.MONITORED
    return Candidate(device, tenant, room, Platform.WINDOWS, state, True, zone, "")
