"""The stops that stand, gathered over the regions, and what can be stopped."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings

from access import entrance, rules
from access.models import AccessRequest, Grant, Lockout
from access.pages.across import Regions, each_region
from access.pages.answers import version_of
from access.residency import CONTROL, place_name
from access.scopes import Relation
from access.verdict import Denied, Verdict

if TYPE_CHECKING:
    from access.http import HttpRequest
    from access.models import Staff


@dataclass
class StandingStop:
    """One person or tenant that is stopped: by one row a region, or more if pressed twice."""

    kind: str
    target_id: uuid.UUID
    label: str
    rows: list[tuple[str, Lockout]] = field(default_factory=list)
    verdict: Verdict = field(default_factory=lambda: Denied(""))

    @property
    def first(self) -> Lockout:
        """The row that was written first; its id is the address of the whole."""
        return min((row for _, row in self.rows), key=lambda row: (row.pressed_at, row.pk))

    @property
    def regions(self) -> list[str]:
        """Where it stands."""
        return sorted({region for region, _ in self.rows})

    @property
    def regions_text(self) -> str:
        """The same in words."""
        return ", ".join(place_name(region) for region in self.regions)

    @property
    def presses(self) -> list[Lockout]:
        """Who pressed and why, each press once."""
        seen = {(row.pressed_by_person_id, row.reason): row for _, row in reversed(self.rows)}
        return sorted(seen.values(), key=lambda row: row.pressed_at)

    @property
    def release_asked_by(self) -> str:
        """Who asked for the release, if somebody has."""
        return next((r.release_asked_by_label for _, r in self.rows if r.release_asked_at), "")

    @property
    def version(self) -> str:
        """A name for what its reader saw: a release is of that, and of nothing pressed since."""
        return version_of(sorted((str(row.pk), row.release_asked_by_label) for _, row in self.rows))


def everywhere() -> tuple[str, ...]:
    """Where a stop on a person is written: each region, and the control plane."""
    return (*settings.PORTAL_REGIONS, CONTROL)


def standing_stops(request: HttpRequest) -> tuple[list[StandingStop], Regions[list[Lockout]]]:
    """The stops in force: all of them for approvers, else those that concern the reader."""
    regions = each_region(
        request,
        lambda region: list(Lockout.objects.filter(released_at__isnull=True)),
        planes=everywhere(),
    )
    stops: dict[tuple[str, uuid.UUID], StandingStop] = {}
    for region, rows in regions.answers.items():
        for row in rows:
            key = row.kind, row.target_id
            stop = stops.setdefault(key, StandingStop(*key, row.target_label))
            stop.rows.append((region, row))
    shown = [stop for stop in stops.values() if _concerns(request, stop)]
    for stop in shown:
        stop.verdict = release_verdict(request, [row for _, row in stop.rows])
    return sorted(shown, key=lambda stop: stop.first.pressed_at, reverse=True), regions


def release_verdict(request: HttpRequest, rows: list[Lockout]) -> Verdict:
    """Whether any of the rows can be taken a step nearer to its release by this person."""
    verdicts = [rules.may_release(request.user, request.relations, row) for row in rows]
    return next((verdict for verdict in verdicts if verdict), verdicts[0])


def _concerns(request: HttpRequest, stop: StandingStop) -> bool:
    mine = stop.target_id == request.user.person_id or request.relations.any_to(stop.target_id)
    return bool(request.relations.decide) or mine


def people_to_stop(request: HttpRequest) -> list[tuple[uuid.UUID, str]]:
    """The people who hold or asked for something in the tenants that this person decides."""
    ids = [tenant.pk for tenant in request.relations.decide]
    regions = each_region(
        request,
        _people_reader(request.user, ids),
        Relation.MAY_DECIDE,
        planes=entrance.planes_of(request.relations),
    )
    names: dict[uuid.UUID, str] = {}
    for found in regions.answers.values():
        names |= found
    return sorted(names.items(), key=lambda entry: entry[1].casefold())


def _people_reader(
    person: Staff, tenant_ids: list[uuid.UUID]
) -> Callable[[str], dict[uuid.UUID, str]]:
    def read(region: str) -> dict[uuid.UUID, str]:
        held = Grant.objects.filter(tenant_id__in=tenant_ids).values_list(
            "holder_person_id", "holder_label"
        )
        asked = AccessRequest.objects.visible_to(person, deciding=tenant_ids).values_list(
            "requester_person_id", "requester_label"
        )
        found: dict[uuid.UUID, str] = dict(held.distinct())
        return {**dict(asked.distinct()), **found}

    return read
