"""The record of a tenant as a list: its columns, its lines in words, and saved views of it.

Read from the database under a grant for audit.view, like any other data of the tenant.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from access.listing import Column, Listing, ListSpec, ListState, Order, counted, page_of
from access.listing.counts import MOST
from access.models import AuditEvent, SavedView
from access.pages.audit_filters import FILTERS
from access.pages.audit_span import Stretch, stretch_of
from access.pages.audit_words import DECISIONS, RESULTS, VIEWS, WORDS

if TYPE_CHECKING:
    from django.http import QueryDict

    from access.models import Staff, Tenant

# Events of a kind lie far apart in a large record: to count ten thousand takes half a second.
MOST_OF_A_KIND: Final = 1_000
SPEC: Final = ListSpec(
    name="audit",
    things="events",
    columns=(
        Column("time", "Time (UTC)"),
        Column("person", "Person"),
        Column("what", "What"),
        Column("subject", "On what"),
        Column("grant", "Grant"),
        Column("result", "Result"),
    ),
    orders=(Order("time", "time", ("-recorded_at", "-id"), "newest first", "oldest first"),),
    filters=FILTERS,
    extra=("event",),
)


@dataclass(frozen=True)
class EventLine:
    """One event of the record, in words."""

    event: AuditEvent
    url: str = ""
    current: bool = False

    @property
    def recorded_at(self) -> object:
        """When, by the database's clock."""
        return self.event.recorded_at

    @property
    def what(self) -> str:
        """What happened, as a verb."""
        kind, _, name = self.event.type.partition(".")
        if kind == "view":
            return VIEWS.get(name, f"looked at {name.replace('_', ' ')}")
        if self.event.type == "vote.cast":
            return DECISIONS.get(self.event.detail.get("decision", ""), "voted")
        return WORDS.get(self.event.type, self.event.type)

    @property
    def result(self) -> str:
        """How it went."""
        if self.event.detail.get("found") is False:
            return "nothing there"
        return dict(RESULTS).get(self.event.outcome, self.event.outcome)

    @property
    def tone(self) -> str:
        """Purple for what was opened, red for what was refused."""
        return {"opened": "acc", "refused": "bad"}.get(self.event.outcome, "off")

    @property
    def subject(self) -> str:
        """What it is about."""
        return self.event.subject_reference or self.event.subject_type


def read_list(query: QueryDict, tenant: Tenant) -> tuple[Listing, list[EventLine], Stretch | None]:
    """The page of the record that the URL asks for, and the stretch that it was looked for in."""
    state = ListState.read(SPEC, query)
    stretch = stretch_of(state)
    rows = AuditEvent.objects.all()
    if stretch is not None:
        rows = rows.filter(recorded_at__gte=stretch.since)
    for known in SPEC.filters:
        if known.key in state.filters:
            rows = known.narrow(rows, state.filters[known.key])
    most = MOST_OF_A_KIND if "type" in state.filters else MOST
    listing = Listing(state, page_of(rows, state, tenant.reference), counted(rows, most))
    chosen = state.extra.get("event", "")
    link = linker(query)
    lines = [EventLine(e, link(str(e.pk)), str(e.pk) == chosen) for e in listing.rows]
    return listing, lines, stretch


def linker(query: QueryDict) -> Callable[[str], str]:
    """The address of this very page with one event opened beside it, or none."""

    def link(event_id: str) -> str:
        changed = query.copy()
        changed.pop("seen", None)
        changed.pop("event", None)
        if event_id:
            changed["event"] = event_id
        return f"?{changed.urlencode()}" + ("#event" if event_id else "")

    return link


def query_of(query: QueryDict) -> str:
    """The filters and the order of a list in one spelling, without its place and its event."""
    pairs = ListState.read(SPEC, query).first_page.pairs()
    kept = [pair for pair in pairs if pair[0] not in SPEC.extra]
    return urlencode(kept, quote_via=quote, safe=",:-")


def filter_fields(state: ListState) -> list[dict[str, Any]]:
    """The fields of the form that filters, with what is in force."""
    return [
        {
            "key": known.key,
            "label": known.label,
            "choices": known.choices,
            "hint": known.hint,
            "value": state.filters.get(known.key, ("",))[0],
        }
        for known in SPEC.filters
    ]


def saved_views(person: Staff, now: str) -> list[dict[str, Any]]:
    """The person's own views of this tenant's record, by name; `now` is the one that is shown."""
    views = SavedView.objects.filter(owner_id=person.pk).order_by("name")
    return [
        {"pk": one.pk, "name": one.name, "url": f"?{one.query}", "current": one.query == now}
        for one in views
    ]
