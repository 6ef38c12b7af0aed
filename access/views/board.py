"""The board of active grants: who has what open now, for those who decide or audit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_GET

from access import clock, rules
from access.entrance import planes_of
from access.gate import signed_in
from access.models import Grant
from access.pages.across import each_region
from access.pages.answers import tell_time, unchanged, version_of, wants_fragment
from access.pages.lines import GrantLine
from access.residency import place_name
from access.scopes import Relation
from access.states import GrantState

if TYPE_CHECKING:
    from django.http import HttpResponse

    from access.http import HttpRequest


@dataclass
class Board:
    """The grants in use of one region."""

    region: str
    at: datetime
    lines: list[GrantLine]
    endable: set[str]

    @property
    def name(self) -> str:
        """The region's name."""
        return place_name(self.region)


@signed_in(reason="those who decide or audit for a tenant see who has it open; it opens no data")
@require_GET
def grants(request: HttpRequest) -> HttpResponse:
    """Grants in use of the tenants that this person decides or audits, by region."""
    regions = each_region(
        request,
        _reader(request),
        Relation.MAY_DECIDE,
        Relation.MAY_AUDIT,
        planes=planes_of(request.relations),
    )
    boards = list(regions.answers.values())
    lines = [line for board in boards for line in board.lines]
    version = version_of(regions.down, [line.facts for line in lines])
    if wants_fragment(request) and (same := unchanged(request, version)):
        return same
    tell_time(request, [board.at for board in boards])
    page = {
        "regions": regions,
        "boards": boards,
        "version": version,
        "total": len(lines),
        "people": len({line.grant.holder_person_id for line in lines}),
        "tenants": len({line.grant.tenant_id for line in lines}),
        "has_part": bool(request.relations.decide or request.relations.audit),
    }
    template = "access/_grants.html" if wants_fragment(request) else "access/grants.html"
    return render(request, template, page)


def _reader(request: HttpRequest) -> Callable[[str], Board]:
    """What to read in each region."""
    relations = request.relations
    ids = {tenant.pk for tenant in (*relations.decide, *relations.audit)}

    def read(region: str) -> Board:
        at = clock.now(region)
        found = Grant.objects.filter(
            tenant_id__in=ids, state=GrantState.ACTIVE, starts_at__lte=at, ends_at__gt=at
        ).order_by("ends_at")
        lines = [GrantLine(grant, GrantState.ACTIVE, region) for grant in found]
        endable = {
            line.reference
            for line in lines
            if rules.may_revoke(request.user, relations, line.grant)
        }
        return Board(region, at, lines, endable)

    return read
