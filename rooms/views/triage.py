"""The triage list: open incidents of the tenants one may ask for, by reference only."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import OperationalError
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from access import entrance
from access.gate import signed_in
from access.listing import (
    Column,
    Count,
    Filter,
    Listing,
    ListSpec,
    ListState,
    Order,
    choice_filter,
    counted,
    merged,
    page_from,
)
from access.pages.answers import version_of
from access.residency import Region
from access.scopes import Relation
from rooms.models import TriageItem
from rooms.pages.live import polled_answer
from rooms.pages.looks import signal_title
from rooms.signals import SIGNALS
from rooms.states import Severity

if TYPE_CHECKING:
    from access.http import HttpRequest


def any_region(rows: QuerySet[Any], values: object) -> QuerySet[Any]:
    """The region of a row is the database it stands in: the list reads fewer of them instead."""
    return rows


SPEC = ListSpec(
    name="triage",
    things="open incidents",
    thing="open incident",
    columns=(
        Column("reference", "Incident"),
        Column("signal", "Signal"),
        Column("severity", "Severity", sort="severity"),
        Column("age", "Opened", sort="age"),
        Column("region", "Region"),
        Column("tenant", "Tenant"),
    ),
    orders=(
        Order(
            "severity",
            "severity",
            ("severity_rank", "opened_at", "id"),
            "gravest and oldest first",
            "lightest and newest first",
        ),
        Order("age", "age", ("opened_at", "id"), "oldest first", "newest first"),
    ),
    filters=(
        choice_filter("severity", "Severity", "severity", Severity.choices),
        Filter("region", "Region", any_region, tuple(Region.choices)),
        choice_filter(
            "signal",
            "Signal",
            "signal",
            sorted(((code, signal.title) for code, signal in SIGNALS.items()), key=lambda p: p[1]),
        ),
    ),
)


@dataclass(frozen=True)
class TriageRow:
    """One line of the list."""

    reference: str
    title: str
    severity: str
    opened_at: datetime
    region: str
    tenant: str
    url: str
    ask_url: str


@signed_in(reason="incidents by reference, of tenants one may ask for; the list lies open to them")
@require_safe
def triage(request: HttpRequest) -> HttpResponse:
    """What is broken where, without saying in which room."""
    state = ListState.read(SPEC, request.GET)
    listing, silent = read_incidents(request, state)
    version = version_of(*(item.pk for item in listing.rows), listing.total, *silent)
    answer = polled_answer(request, state.seen, version)
    if answer:
        return answer
    if request.htmx and request.htmx.target == "list-news":
        return render(request, "rooms/_list_news.html", {"url": state.url, "news": True})
    return render(
        request,
        "rooms/triage.html",
        {
            "listing": listing,
            "rows": [
                triage_row(item, request.relations.tenants[item.tenant_id].region)
                for item in listing.rows
            ],
            "silent": silent,
            "version": version,
            "poll_url": f"{state.url}&seen={version}",
            "asks_for": len(request.relations.ask),
        },
    )


def read_incidents(request: HttpRequest, state: ListState) -> tuple[Listing, list[str]]:
    """One page merged from the regions in question, and the regions that do not answer."""
    tenants = tenants_by_region(request)
    wanted = state.filters.get("region", tuple(tenants))
    silent: list[str] = []
    total: list[Count] = []

    def fetch(condition: Q, fields: tuple[str, ...], most: int) -> list[TriageItem]:
        parts = []
        silent.clear()
        total.clear()
        for region in (alias for alias in tenants if alias in wanted):
            try:
                with entrance.entered_region(request, region, Relation.MAY_ASK):
                    rows = narrowed(TriageItem.objects.filter(tenant_id__in=tenants[region]), state)
                    total.append(counted(rows))
                    part = list(rows.filter(condition).order_by(*fields)[:most])
            except OperationalError:
                silent.append(str(Region(region).label))
                continue
            parts.append(part)
        return merged(parts, fields, most)

    page = page_from(fetch, state, reach=str(request.user.pk))
    return Listing(state, page, sum(total, Count(0))), list(silent)


def tenants_by_region(request: HttpRequest) -> dict[str, list[uuid.UUID]]:
    """The tenants that the person may ask for, by the region that holds them."""
    found: dict[str, list[uuid.UUID]] = defaultdict(list)
    for tenant in request.relations.ask:
        if tenant.region in settings.PORTAL_REGIONS:
            found[tenant.region].append(tenant.pk)
    return {region: found[region] for region in settings.PORTAL_REGIONS if region in found}


def narrowed(rows: QuerySet[Any], state: ListState) -> QuerySet[Any]:
    """The rows that the filters leave."""
    for known in state.spec.filters:
        if known.key in state.filters:
            rows = known.narrow(rows, state.filters[known.key])
    return rows


def triage_row(item: TriageItem, region: str) -> TriageRow:
    """One line; the way to ask carries the incident along, so that nothing is typed twice."""
    ask = [
        ("scope", "health.view"),
        ("scope", "inventory.view"),
        ("incident", item.reference),
    ]
    return TriageRow(
        reference=item.reference,
        title=signal_title(item.signal),
        severity=item.severity,
        opened_at=item.opened_at,
        region=str(Region(region).label),
        tenant=item.tenant_reference,
        url=reverse("rooms:incident", args=[item.tenant_reference, item.reference]),
        ask_url=f"{reverse('access:request_new', args=[item.tenant_reference])}?{urlencode(ask)}",
    )
