"""How a wave stands, counted in the database: each ring, its pilot, and the wave as a whole."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from diagnostics.models import Wave
from diagnostics.remediation.guardrails import Tally
from diagnostics.remediation.states import ENDED
from diagnostics.remediation.waves import RingProgress
from rooms.drain.line import Line
from rooms.drain.world import RECORDED

# What opens later than this is more often something else: a long wave would stop by itself from
# what breaks anyway. What is recorded, by hand or after a failure, is no harm that a device shows.
HARM_HOURS: Final = 24

# A first attempt that the reports do not show counts as failed while it waits for its second: a bad
# version would reach a night's devices more otherwise. What a device refused has failed as well.
COUNT: Final = """
    with i as (
        select r.ring, r.pilot, r.state, r.state_at, r.sent_at is not null as sent,
            r.state = 'succeeded' as good,
            r.state = 'failed' or (r.state = 'refused' and r.sent_at is not null)
                or (r.state <> all(%s::text[])
                    and (r.attempt > 1 or r.reason_code = 'retry_in_next_window')) as bad,
            r.sent_at is not null and exists (
                select from rooms_incident t
                where t.tenant_id = r.tenant_id and t.room_id = r.room_id
                  and t.device_id = r.device_id and t.code <> %s and t.opened_at > r.sent_at
                  and t.opened_at <= r.sent_at + %s::int * interval '1 hour') as harmed,
            r.state = any(%s::text[]) as ended
        from diagnostics_remediation r
        where r.tenant_id = %s and r.wave_id = %s and r.undoes = '' and r.requested_at >= %s),
    last as (select max(state_at) as good_at from i where good)
    select ring, pilot, count(*), count(*) filter (where sent), count(*) filter (where good),
        count(*) filter (where bad), count(*) filter (where harmed),
        count(*) filter (where ended), max(state_at) filter (where ended),
        count(*) filter (where state = 'proposed'),
        count(*) filter (where bad and state_at > coalesce(good_at, '-infinity'))
    from i cross join last group by ring, pilot
"""


@dataclass(frozen=True)
class Standing:
    """How some items of a wave stand; `proposed` are those that were not let go yet."""

    tally: Tally = field(default_factory=lambda: Tally(0, 0, 0, 0, 0))
    ended: int = 0
    last_ended_at: datetime | None = None
    proposed: int = 0

    @property
    def progress(self) -> RingProgress:
        """As the gate asks for it."""
        return RingProgress(self.tally, self.ended, self.last_ended_at)

    @property
    def over(self) -> bool:
        """Whether all of them have ended."""
        return self.ended == self.tally.planned

    def plus(self, other: Standing) -> Standing:
        """Both together."""
        one, two = self.tally, other.tally
        at = [moment for moment in (self.last_ended_at, other.last_ended_at) if moment is not None]
        return Standing(
            Tally(
                one.planned + two.planned,
                one.sent + two.sent,
                one.succeeded + two.succeeded,
                one.failed + two.failed,
                one.harmed + two.harmed,
                one.failed_in_a_row + two.failed_in_a_row,
            ),
            self.ended + other.ended,
            max(at, default=None),
            self.proposed + other.proposed,
        )


@dataclass(frozen=True)
class WaveStanding:
    """A wave: by ring the pilot and all of it, and everything together."""

    pilots: dict[str, Standing]
    rings: dict[str, Standing]
    whole: Standing

    @property
    def counts(self) -> dict[str, int]:
        """For the record."""
        tally = self.whole.tally
        return {
            "planned": tally.planned,
            "sent": tally.sent,
            "succeeded": tally.succeeded,
            "failed": tally.failed,
            "harmed": tally.harmed,
        }


def standing_of(line: Line, wave: Wave) -> WaveStanding:
    """How the wave stands now, in one statement; what rolls it back is not counted."""
    ended = [str(state) for state in sorted(ENDED)]
    given = (ended, RECORDED, HARM_HOURS, ended, wave.tenant_id, wave.pk, wave.planned_at)
    pilots: dict[str, Standing] = defaultdict(Standing)
    rings: dict[str, Standing] = defaultdict(Standing)
    whole = Standing()
    for row in line.rows(COUNT, *given):
        ring, pilot, planned, sent, good, bad, harmed, over, last, proposed, in_a_row = row
        one = Standing(Tally(planned, sent, good, bad, harmed, in_a_row), over, last, proposed)
        rings[ring] = rings[ring].plus(one)
        whole = whole.plus(one)
        if pilot:
            pilots[ring] = one
    # The run of failures is the wave's: one ring follows the other.
    run = whole.tally.failed_in_a_row
    return WaveStanding(_with_run(pilots, run), _with_run(rings, run), whole)


def _with_run(standings: dict[str, Standing], run: int) -> dict[str, Standing]:
    return {
        name: replace(one, tally=replace(one.tally, failed_in_a_row=run))
        for name, one in standings.items()
    }
