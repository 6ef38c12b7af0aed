"""The emergency stops of the queue: those in force, gathered over the regions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from access.pages.across import Regions, each_region
from access.pages.answers import version_of
from access.residency import place_name
from access.verdict import Denied, Verdict
from diagnostics.models import EmergencyStop
from diagnostics.remediation.catalogue import ActionCode
from diagnostics.remediation.guardrails import Stop, StopLevel
from diagnostics.rules.stops import may_release

if TYPE_CHECKING:
    from access.http import HttpRequest

LATEST: Final = 20


def in_force() -> list[EmergencyStop]:
    """Those that hold in the open region; a handful at most."""
    return list(EmergencyStop.objects.filter(released_at__isnull=True).order_by("placed_at", "id"))


def as_stops(rows: Iterable[EmergencyStop]) -> tuple[Stop, ...]:
    """The same as the guardrails ask for them."""
    return tuple(Stop(StopLevel(row.level), row.target, row.reference) for row in rows)


def target_words(level: str, target: str) -> str:
    """What a stop holds, in words."""
    if level == StopLevel.EVERYTHING:
        return "All remediation"
    if level == StopLevel.ACTION:
        return ActionCode(target).label if target in ActionCode.values else target
    return target


def holding(rows: Iterable[EmergencyStop], tenant: str, action: str = "") -> list[EmergencyStop]:
    """Those that hold an action in a tenant, for the bar of its pages; without one, any action."""
    found = []
    for row in rows:
        if row.level == StopLevel.ACTION:
            held = not action or row.target == action
        else:
            held = row.level == StopLevel.EVERYTHING or row.target == tenant
        if held:
            found.append(row)
    return found


def bar_of(rows: Iterable[EmergencyStop], tenant: str, action: str = "") -> list[dict[str, Any]]:
    """The lines of the bar: what each stop holds, since when, and why."""
    return [
        {"one": row, "what": target_words(row.level, row.target)}
        for row in holding(rows, tenant, action)
    ]


@dataclass
class StandingStop:
    """One thing that is stopped: a row in each region where it stands."""

    level: str
    target: str
    rows: list[tuple[str, EmergencyStop]] = field(default_factory=list)
    verdict: Verdict = field(default_factory=lambda: Denied(""))

    @property
    def label(self) -> str:
        """What is stopped."""
        return target_words(self.level, self.target)

    @property
    def first(self) -> EmergencyStop:
        """The row that was written first; its reference is the address of the whole."""
        return min((row for _, row in self.rows), key=lambda row: (row.placed_at, row.reference))

    @property
    def regions(self) -> list[str]:
        """Where it stands."""
        return sorted({region for region, _ in self.rows})

    @property
    def regions_text(self) -> str:
        """The same in words."""
        return ", ".join(place_name(region) for region in self.regions)

    @property
    def placed(self) -> list[EmergencyStop]:
        """Who placed it and why, each once."""
        seen = {(row.placed_by_person, row.reason): row for _, row in reversed(self.rows)}
        return sorted(seen.values(), key=lambda row: (row.placed_at, row.reference))

    @property
    def asked(self) -> EmergencyStop | None:
        """A row of which the release is asked for, if there is one."""
        return next((row for _, row in self.rows if row.release_asked_at), None)

    @property
    def version(self) -> str:
        """A name for what its reader saw: a release is of that, and of nothing placed since."""
        return version_of(sorted((str(row.pk), row.release_asked_by_label) for _, row in self.rows))


@dataclass
class StopsPage:
    """The stops in force, those that were released lately, and which regions answered."""

    standing: list[StandingStop]
    released: list[EmergencyStop]
    regions: Regions[list[EmergencyStop]]

    @property
    def version(self) -> str:
        """What the page shows."""
        return version_of(self.regions.down, [one.version for one in self.standing])


def read_stops(request: HttpRequest) -> StopsPage:
    """From every region; one that is down is named."""
    regions = each_region(request, lambda region: [*in_force(), *_released()])
    standing: dict[tuple[str, str], StandingStop] = {}
    released: dict[tuple[str, str, datetime | None], EmergencyStop] = {}
    for region, rows in regions.answers.items():
        for row in rows:
            if row.released_at is not None:
                # A stop of several regions is released in them one after the other.
                minute = row.released_at.replace(second=0, microsecond=0)
                released.setdefault((row.level, row.target, minute), row)
                continue
            key = row.level, row.target
            standing.setdefault(key, StandingStop(*key)).rows.append((region, row))
    for stop in standing.values():
        verdicts = [may_release(request.user, request.relations, row) for _, row in stop.rows]
        stop.verdict = next((one for one in verdicts if one), verdicts[0])
    newest = sorted(standing.values(), key=lambda stop: stop.first.placed_at, reverse=True)
    latest = sorted(
        released.values(), key=lambda row: row.released_at or row.placed_at, reverse=True
    )
    return StopsPage(newest, latest[:LATEST], regions)


def _released() -> list[EmergencyStop]:
    rows = EmergencyStop.objects.filter(released_at__isnull=False)
    return list(rows.order_by("-released_at", "id")[:LATEST])
