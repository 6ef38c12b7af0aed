"""How far a wave is: its rings with their devices counted by state, and when they run locally.

Counted in the database, so a wave of ten thousand devices costs the same statements as one of ten.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db.models import BooleanField, Count, ExpressionWrapper, Max, Min, Q

from diagnostics.models import Remediation, Wave, WaveExclusion, WaveRing
from diagnostics.pages.ring_picture import HEIGHT, WIDTH, Band, bands_of
from diagnostics.remediation.states import ENDED, NOT_SENT, ItemState
from diagnostics.remediation.windows import zone_of


@dataclass(frozen=True)
class Part:
    """What states are counted together, as a reader thinks of them."""

    key: str
    label: str
    tone: str


DONE: Final = Part("done", "Seen to have worked", "ok")
FAILED: Final = Part("failed", "Failed", "bad")
RUNNING: Final = Part("running", "Under way", "brand")
WAITING: Final = Part("waiting", "Waiting", "none")
NOT_RUN: Final = Part("not_run", "Did not run", "off")
# What is not open to this reader: sent or ended, and only that is known.
CLOSED: Final = Part("closed", "Sent or ended, closed to you", "off")
PARTS: Final = (DONE, FAILED, RUNNING, WAITING, NOT_RUN, CLOSED)


def part_of(state: str) -> Part:
    """Where an item's state is counted."""
    known = ItemState(state)
    if known == ItemState.SUCCEEDED:
        return DONE
    if known == ItemState.FAILED:
        return FAILED
    if known in NOT_SENT:
        return WAITING
    return NOT_RUN if known in ENDED else RUNNING


@dataclass
class ZoneLine:
    """The devices of a ring in one time zone, with their first and last beginning there."""

    zone: str
    devices: int
    first: datetime
    last: datetime

    @property
    def words(self) -> str:
        """Both in the zone's own time, such as "25 Nov 02:00 to 26 Nov 03:00"."""
        rules = zone_of(self.zone)
        first, last = (moment.astimezone(rules) for moment in (self.first, self.last))
        begin, end = (f"{moment:%d %b %H:%M}" for moment in (first, last))
        if begin == end:
            return begin
        return f"{begin} to {end[-5:] if first.date() == last.date() else end}"


@dataclass
class RingLine:
    """One ring of the page."""

    ring: WaveRing
    counts: dict[str, int]
    undone: int = 0
    zones: list[ZoneLine] = field(default_factory=list)

    @property
    def parts(self) -> list[tuple[Part, int]]:
        """What there is any of."""
        return [(part, self.counts[part.key]) for part in PARTS if self.counts.get(part.key)]

    @property
    def words(self) -> str:
        """The ring and how much of it has worked, such as "Staging 3 of 4"."""
        return f"{self.ring.name} {self.counts.get(DONE.key, 0):,} of {self.ring.devices:,}"

    @property
    def stands(self) -> tuple[str, str]:
        """Tone and words for where the ring itself is."""
        if self.ring.passed_at is not None:
            return "ok", "Passed"
        if self.ring.begun_at is not None:
            return "brand", "Under way"
        return "off", "Not begun"


def ring_lines(wave: Wave) -> list[RingLine]:
    """The rings of a wave in their order; three statements, whatever its size."""
    rings = WaveRing.objects.filter(tenant_id=wave.tenant_id, wave=wave).order_by("number")
    items = Remediation.objects.filter(tenant_id=wave.tenant_id, wave=wave).order_by()
    back = ExpressionWrapper(~Q(undoes=""), output_field=BooleanField())
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    undone: Counter[str] = Counter()
    rows = items.annotate(back=back).values_list("ring", "state", "back").annotate(Count("id"))
    for name, state, is_back, number in rows:
        if is_back:
            undone[name] += number
        else:
            counts[name][part_of(state).key] += number
    zones: dict[str, list[ZoneLine]] = defaultdict(list)
    spans = items.filter(undoes="").values_list("ring", "zone")
    for name, zone, *span in spans.annotate(
        Count("id"), Min("window_begins_at"), Max("window_begins_at")
    ):
        zones[name].append(ZoneLine(zone, *span))
    lines = []
    for ring in rings:
        seen = dict(counts[ring.name])
        if hidden := ring.devices - sum(seen.values()):
            seen[CLOSED.key] = max(0, hidden)
        found = sorted(zones[ring.name], key=lambda line: (line.first, line.zone))
        lines.append(RingLine(ring, seen, undone[ring.name], found))
    return lines


@dataclass(frozen=True)
class Picture:
    """What the template draws."""

    bands: list[Band]
    label: str
    legend: list[Part]
    width: int = WIDTH
    height: int = HEIGHT


def picture_of(lines: Iterable[RingLine]) -> Picture:
    """The rings as a picture, and what it says in words."""
    known = list(lines)
    bands = bands_of(
        [(line.words, [(part.tone, number) for part, number in line.parts]) for line in known]
    )
    words = "; ".join(
        f"{line.ring.name}: "
        + (", ".join(f"{number:,} {part.label.lower()}" for part, number in line.parts) or "empty")
        for line in known
    )
    shown = [part for part in PARTS if any(line.counts.get(part.key) for line in known)]
    return Picture(bands, f"Rings from the inside out. {words}", shown)


def excluded_counts(wave: Wave) -> list[tuple[str, int]]:
    """How many devices are left out, by the sentence that says why; the most first."""
    rows = WaveExclusion.objects.filter(tenant_id=wave.tenant_id, wave=wave).order_by()
    counted: Counter[str] = Counter()
    for code, reason, number in rows.values_list("code").annotate(Min("reason"), Count("id")):
        counted[reason or code] += number
    return counted.most_common()
