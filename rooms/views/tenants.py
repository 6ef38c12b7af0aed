"""The tenants one has to do with, and the page of one tenant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from access.gate import requires, signed_in
from access.held import HeldGrant
from access.listing import (
    Column,
    Listing,
    ListSpec,
    ListState,
    Order,
    choice_filter,
    counted,
    page_of,
    text_filter,
)
from access.models import Tenant
from access.models.directory import TenantState
from access.pages.answers import version_of
from access.residency import Region
from access.scopes import Relation, Scope
from rooms.models import Room, Site, TenantProfile
from rooms.pages.incidents_list import incident_counts
from rooms.pages.live import openness, polled_answer, progress
from rooms.pages.looks import SHOWN
from rooms.pages.rooms_list import HEALTH, INVENTORY, status_counts
from rooms.pages.tenant_names import names_under_grants

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest
    from access.relations import Relations


def with_reference(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Tenants whose reference begins with the text."""
    return rows.filter(reference__startswith=text.upper())


SPEC = ListSpec(
    name="tenants",
    things="tenants",
    columns=(
        Column("reference", "Tenant", sort="reference"),
        Column("name", "Name", scope=Scope.INVENTORY_VIEW),
        Column("region", "Region", sort="region"),
        Column("part", "Your part"),
        Column("open", "Access"),
    ),
    orders=(
        Order("reference", "reference", ("reference", "id"), "A to Z", "Z to A"),
        Order("region", "region", ("region", "reference", "id"), "A to Z", "Z to A"),
    ),
    filters=(
        choice_filter("region", "Region", "region", Region.choices),
        text_filter("q", "Reference", with_reference),
    ),
)


@dataclass(frozen=True)
class TenantRow:
    """One line: what the control plane knows, and the name where a grant in use opens it."""

    reference: str
    region: str
    part: str
    grants: list[HeldGrant]
    ask_url: str
    name: str = ""
    name_grant: HeldGrant | None = None


@signed_in(reason="references of tenants one has a part in; a name is read under its own grant")
@require_safe
def tenants(request: HttpRequest) -> HttpResponse:
    """The tenants that the person has anything to do with."""
    state = ListState.read(SPEC, request.GET)
    rows = Tenant.objects.filter(
        pk__in=list(request.relations.tenants), region__in=Region.values
    ).exclude(state=TenantState.GONE)
    for known in SPEC.filters:
        if known.key in state.filters:
            rows = known.narrow(rows, state.filters[known.key])
    listing = Listing(state, page_of(rows, state, str(request.user.pk)), counted(rows))
    names = names_under_grants(request, listing.rows)
    lines = [tenant_row(request, tenant, names) for tenant in listing.rows]
    return render(request, "rooms/tenants.html", {"listing": listing, "rows": lines})


def tenant_row(
    request: HttpRequest, tenant: Tenant, names: dict[Any, tuple[str, HeldGrant]]
) -> TenantRow:
    """One line of the list."""
    name, grant = names.get(tenant.pk, ("", None))
    ask = reverse("access:request_new", args=[tenant.reference])
    scopes = urlencode([("scope", INVENTORY.value), ("scope", HEALTH.value)])
    asks = request.relations.has(Relation.MAY_ASK, tenant.pk)
    return TenantRow(
        reference=tenant.reference,
        region=tenant.get_region_display(),
        part=part_words(request.relations, tenant),
        grants=[held for held in request.held_grants if held.tenant_reference == tenant.reference],
        ask_url=f"{ask}?{scopes}" if asks else "",
        name=name,
        name_grant=grant,
    )


def part_words(relations: Relations, tenant: Tenant) -> str:
    """What the person may do about the tenant: `ask, decide`."""
    return ", ".join(
        relation.label.removeprefix("may ")
        for relation in Relation
        if relations.has(relation, tenant.pk)
    )


@requires(Scope.INVENTORY_VIEW, Scope.HEALTH_VIEW)
@require_safe
def tenant(request: HttpRequest, access: Access) -> HttpResponse:
    """One tenant: who it is, where its sites are, how its rooms are."""
    missing = [scope for scope in (INVENTORY, HEALTH) if not access.opens(scope)]
    what = {INVENTORY: "The profile of this tenant", HEALTH: "The health of this tenant"}
    title = "This tenant" if len(missing) == 2 else what[missing[0]] if missing else ""
    cards = [access.closed(*missing, what=title)] if missing else []
    counts = status_counts() if access.opens(HEALTH) else {}
    ill = incident_counts(access) if access.opens(HEALTH) else []
    version = f"{openness(access, INVENTORY, HEALTH)}." + version_of(
        counts, ill, *(progress(card) for card in cards)
    )
    answer = polled_answer(request, request.GET.get("seen", ""), version)
    if answer:
        return answer
    shown = {"cards": cards, "version": version, "incident_counts": ill}
    shown |= tenant_facts(access, counts)
    fragment = request.htmx and request.htmx.target == "tenant-body"
    return render(request, "rooms/_tenant_body.html" if fragment else "rooms/tenant.html", shown)


def tenant_facts(access: Access, counts: dict[str, int]) -> dict[str, Any]:
    """What the page shows, as far as it is open."""
    reference = access.tenant.reference
    rooms_url = reverse("rooms:rooms", args=[reference])
    shown: dict[str, Any] = {
        "tenant": access.tenant,
        "region": access.tenant.get_region_display(),
        "part": part_words(access.relations, access.tenant),
        "may_audit": access.relations.has(Relation.MAY_AUDIT, access.tenant.pk),
        "inventory": access.under(INVENTORY),
        "health_grant": access.under(HEALTH),
        "rooms_url": rooms_url,
        "crumbs": [("Tenants", reverse("rooms:tenants")), (reference, "")],
        "segments": [
            {"label": label, "count": counts[key], "tone": tone, "url": f"{rooms_url}?status={key}"}
            for key, (label, _, tone) in SHOWN.items()
            if counts.get(key)
        ],
    }
    if access.opens(INVENTORY):
        shown |= profile_facts() | {"sites": site_lines(rooms_url)}
    return shown


def profile_facts() -> dict[str, Any]:
    """Name, contact and settings."""
    profile = TenantProfile.objects.first()
    if profile is None:
        return {"profile": None, "facts": []}
    settings = [
        (key.replace("_", " ").capitalize(), text) for key, text in profile.settings.items()
    ]
    return {
        "profile": profile,
        "facts": [
            ("Name", profile.name),
            ("Contact", profile.contact_name),
            ("E-mail", profile.contact_email),
            *sorted(settings),
        ],
    }


def site_lines(rooms_url: str) -> list[dict[str, Any]]:
    """Each site with how many rooms of it are open to the reader."""
    rooms = dict(Room.objects.order_by().values_list("site_id").annotate(Count("id")))
    return [
        {"site": site, "rooms": rooms.get(site.pk, 0), "url": f"{rooms_url}?site={site.pk}"}
        for site in Site.objects.order_by("name")
    ]
