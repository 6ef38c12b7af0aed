"""System queries of a tenant: the newest of each device, one to read, and two to compare."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from django.db.models import F, QuerySet
from django.http import Http404
from django.urls import reverse

from access.listing import Column, Listing, ListSpec, ListState, Order, choice_filter, counted
from access.listing.pages import page_of
from diagnostics.explorer.filters import ReferenceFilter, of_device
from diagnostics.explorer.queries import differences, flat, usb_nodes
from diagnostics.kinds import QUERIES, PartKind
from diagnostics.models import CollectionFile, SystemQuery
from diagnostics.pages.collections import VIEW
from diagnostics.vault.keys import Destroyed, Ring, opening
from diagnostics.vault.sealing import CannotOpen

if TYPE_CHECKING:
    from django.http import QueryDict

    from access.gate import Access

EARLIER: Final = 12
SPEC: Final = ListSpec(
    "queries",
    "queries",
    (
        Column("query", "Query", scope=VIEW),
        Column("device", "Device", scope=VIEW),
        Column("at", "Asked", sort="newest", scope=VIEW),
    ),
    (Order("newest", "time", ("-at", "-id"), "newest first", "oldest first"),),
    (
        choice_filter(
            "kind",
            "Query",
            "kind",
            [(one.value, str(one.label)) for one in PartKind if one in QUERIES],
        ),
        ReferenceFilter("device", "Device", of_device, hint="DV-…", prefix="DV"),
    ),
    thing="query",
)


def read_queries(access: Access, query: QueryDict) -> tuple[Listing, list[dict[str, Any]]]:
    """One page of the list; each line with its device and its address."""
    state = ListState.read(SPEC, query)
    rows: QuerySet[SystemQuery] = SystemQuery.objects.all()
    for known in SPEC.filters:
        if known.key in state.filters:
            rows = known.narrow(rows, state.filters[known.key])
    tenant = access.tenant.reference
    listing = Listing(state, page_of(rows, state, tenant), counted(rows))
    files = CollectionFile.objects.in_bulk([one.file_id for one in listing.rows])
    lines = [
        {
            "one": one,
            "file": files.get(one.file_id),
            "url": reverse("diagnostics:query", args=[tenant, one.reference]),
        }
        for one in listing.rows
    ]
    return listing, lines


def query_facts(access: Access, reference: str, other: str) -> dict[str, Any]:
    """One query to read, and how it differs from the other one, where one is named."""
    found = _find(reference)
    earlier = SystemQuery.objects.filter(device_id=found.device_id, kind=found.kind)
    earlier = earlier.exclude(pk=found.pk).order_by("-at", "-id")
    compared = _find(other) if other else None
    if compared and (compared.device_id, compared.kind) != (found.device_id, found.kind):
        raise Http404("Another device's query, or another kind.")
    with opening() as ring:
        document, trouble = _document(ring, found)
        before, _ = _document(ring, compared) if compared else (None, "")
    return {
        "query": found,
        "file": CollectionFile.objects.get(pk=found.file_id),
        "trouble": trouble,
        "rows": list(flat(document).items()) if document is not None else [],
        "nodes": usb_nodes(document) if document and found.kind == PartKind.QUERY_USB else [],
        "compared": compared,
        "changes": differences(before, document) if compared and document is not None else [],
        "earlier": list(earlier.annotate(when=F("at")).values("reference", "when")[:EARLIER]),
        "here": reverse("diagnostics:query", args=[access.tenant.reference, found.reference]),
    }


def _find(reference: str) -> SystemQuery:
    found = SystemQuery.objects.filter(reference=reference).first()
    if found is None:
        raise Http404("No such query.")
    return found


def _document(ring: Ring, query: SystemQuery) -> tuple[Any, str]:
    """The answer, or why there is none to read."""
    try:
        return json.loads(ring.open(query, "content")), ""
    except (Destroyed, CannotOpen) as closed:
        return None, str(closed)
