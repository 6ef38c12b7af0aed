"""Search by reference: from what was typed to the page of that thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.urls import reverse

from access.entrance import planes_of
from access.models import AccessRequest, Grant
from access.pages.across import each_region
from access.references import PATTERN
from access.scopes import Relation, Scope
from diagnostics.models import Remediation, Wave
from diagnostics.remediation.queue.notices import path_of
from rooms.models import TriageItem

if TYPE_CHECKING:
    from access.http import HttpRequest

LONGEST: Final = 80


@dataclass(frozen=True)
class Hit:
    """One page that fits."""

    reference: str
    detail: str
    url: str


def find(request: HttpRequest, text: str) -> list[Hit]:
    """The pages that the references lead to. Knows nothing of a tenant's data."""
    words = text.upper().split()
    if not words or not all(PATTERN.match(word) for word in words):
        return []
    tenants = [word for word in words if word.startswith("TN-")]
    rooms = [word for word in words if word.startswith("RM-")]
    incidents = [word for word in words if word.startswith("INC-")]
    others = [word for word in words if word.startswith(("AR-", "GR-"))]
    queued = [word for word in words if word.startswith(("RJ-", "RW-"))]
    if others:
        return _requests_and_grants(request, others)
    if queued:
        return _queued(request, queued, tenants)
    if incidents:
        return _incidents(request, incidents, tenants)
    if rooms:
        return _rooms(request, rooms, tenants)
    return [
        Hit(
            tenant.reference,
            f"tenant, {tenant.get_region_display()}",
            _tenant_url(tenant.reference),
        )
        for tenant in request.relations.tenants.values()
        if tenant.reference in tenants
    ]


def _rooms(request: HttpRequest, rooms: list[str], tenants: list[str]) -> list[Hit]:
    """Rooms of the tenants named; of those that a grant in use reaches, when none is named.

    Whether such a room exists is not looked up here: its page says so, under its own record.
    """
    known = {tenant.reference for tenant in request.relations.tenants.values()}
    hits = []
    for room in rooms:
        candidates = set(tenants) & known
        if not tenants:
            candidates = {
                grant.tenant_reference
                for grant in request.held_grants
                if grant.reaches(grant.tenant_reference, room)
            }
        hits += [
            Hit(room, f"room of {tenant}", reverse("rooms:room", args=[tenant, room]))
            for tenant in sorted(candidates)
        ]
    return hits


def _incidents(request: HttpRequest, incidents: list[str], tenants: list[str]) -> list[Hit]:
    """Incidents of the tenants named; else as the triage list shows them; else of tenants whose
    health a grant in use opens, where the page says whether there is such an incident.
    """
    known = {tenant.reference for tenant in request.relations.tenants.values()}
    found: set[tuple[str, str]] = set()
    if tenants:
        found = {(one, tenant) for one in incidents for tenant in set(tenants) & known}
    else:
        regions = each_region(request, _triaged(incidents), Relation.MAY_ASK)
        found = {pair for pairs in regions.answers.values() for pair in pairs if pair[1] in known}
        rest = set(incidents) - {reference for reference, _ in found}
        found |= {(one, tenant) for one in rest for tenant in _health_open(request) & known}
    return [
        Hit(one, f"incident of {tenant}", reverse("rooms:incident", args=[tenant, one]))
        for one, tenant in sorted(found)
    ]


def _triaged(incidents: list[str]) -> Callable[[str], list[tuple[str, str]]]:
    """The open ones among them, each with its tenant, of tenants the person may ask for."""

    def read(region: str) -> list[tuple[str, str]]:
        rows = TriageItem.objects.filter(reference__in=incidents)
        return list(rows.values_list("reference", "tenant_reference"))

    return read


def _queued(request: HttpRequest, references: list[str], tenants: list[str]) -> list[Hit]:
    """Items and waves of the tenants named; else one's own and those that one may decide on; else
    of tenants whose health a grant in use opens, where the page says whether there is such a one.
    """
    known = {tenant.reference for tenant in request.relations.tenants.values()}
    if tenants:
        found = {(one, tenant) for one in references for tenant in set(tenants) & known}
    else:
        reader = _queue_reader(request, references)
        regions = each_region(request, reader, Relation.MAY_ASK, Relation.MAY_DECIDE)
        found = {pair for pairs in regions.answers.values() for pair in pairs}
        rest = set(references) - {reference for reference, _ in found}
        found |= {(one, tenant) for one in rest for tenant in _health_open(request) & known}
    words = {"RJ": "remediation", "RW": "wave"}
    return [
        Hit(one, f"{words[one[:2]]} of {tenant}", path_of(tenant, one))
        for one, tenant in sorted(found)
    ]


def _queue_reader(
    request: HttpRequest, references: list[str]
) -> Callable[[str], list[tuple[str, str]]]:
    """Each with its tenant. Asked by requester and by tenant, for so the indexes stand."""
    deciding = [tenant.pk for tenant in request.relations.decide]

    def read(region: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for model in (Remediation, Wave):
            rows = model.objects.filter(reference__in=references)
            for part in (
                rows.filter(requested_by_id=request.user.pk),
                rows.filter(tenant_id__in=deciding),
            ):
                found += part.values_list("reference", "tenant_reference")
        return found

    return read


def _health_open(request: HttpRequest) -> set[str]:
    """The tenants whose health a grant in use opens."""
    return {
        grant.tenant_reference
        for grant in request.held_grants
        if Scope.HEALTH_VIEW.value in grant.scopes
    }


def _requests_and_grants(request: HttpRequest, references: list[str]) -> list[Hit]:
    """Requests and grants that are one's own, or of tenants one decides or audits."""
    regions = each_region(
        request,
        _reader(request, references),
        Relation.MAY_DECIDE,
        Relation.MAY_AUDIT,
        planes=planes_of(request.relations),
    )
    return [hit for hits in regions.answers.values() for hit in hits]


def _reader(request: HttpRequest, references: list[str]) -> Callable[[str], list[Hit]]:
    relations = request.relations
    ids = [tenant.pk for tenant in (*relations.decide, *relations.audit)]

    def read(region: str) -> list[Hit]:
        asked = AccessRequest.objects.visible_to(request.user, deciding=ids)
        hits = [
            Hit(r.reference, f"request of {r.requester_label}", _url("access:request", r))
            for r in asked.filter(reference__in=references)
        ]
        # The database shows only one's own grants and those of the tenants claimed.
        return hits + [
            Hit(g.reference, f"grant of {g.holder_label}", _url("access:grant", g))
            for g in Grant.objects.filter(reference__in=references)
        ]

    return read


def _url(name: str, thing: AccessRequest | Grant) -> str:
    return reverse(name, args=[thing.tenant_reference, thing.reference])


def _tenant_url(reference: str) -> str:
    return reverse("rooms:tenant", args=[reference])
