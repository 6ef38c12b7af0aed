"""The record of a tenant as a list: its filters, its words, and one event with its leaf.

Read from the database under a grant for audit.view, like any other data of the tenant.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q, QuerySet

from access.listing import (
    Column,
    Filter,
    Listing,
    ListSpec,
    ListState,
    Order,
    choice_filter,
    counted,
    page_of,
)
from access.merkle import leaf_hash
from access.models import AuditEvent, AuditRepeat, RegionalLeaf
from access.purposes import Purpose

if TYPE_CHECKING:
    from django.http import QueryDict

    from access.models import Tenant

KINDS: Final = {
    "view": "Views",
    "request": "Requests",
    "vote": "Votes",
    "grant": "Grants",
    "stop": "Emergency stops",
    "act": "Refused acts",
}
RESULTS: Final = (
    ("ok", "done"),
    ("opened", "opened"),
    ("closed", "closed"),
    ("refused", "refused"),
)
WORDS: Final = {
    "request.submitted": "asked",
    "request.changed": "changed the request",
    "request.question_asked": "asked a question",
    "request.answered": "answered",
    "request.withdrawn": "withdrew",
    "request.approved": "request approved",
    "request.denied": "request denied",
    "request.lapsed": "request lapsed",
    "request.void": "request closed by a stop",
    "vote.approve": "approved",
    "vote.deny": "denied",
    "vote.not_counted": "vote no longer counts",
    "grant.made": "grant made",
    "grant.started": "started",
    "grant.returned": "ended",
    "grant.revoked": "ended another's access",
    "grant.suspended": "grant suspended",
    "grant.ended": "grant ended by itself",
    "grant.lapsed": "grant not started in time",
    "stop.pressed": "pressed the emergency stop",
    "stop.release_asked": "asked to release a stop",
    "stop.released": "released a stop",
    "act.refused": "was refused",
}
VIEWS: Final = {
    "tenant": "looked at the tenant",
    "tenants": "looked at the list of tenants",
    "tenant_audit": "looked at this record",
    "search": "searched",
}


def of_kinds(rows: QuerySet[Any], kinds: Sequence[str]) -> QuerySet[Any]:
    """Events whose type begins with one of the kinds; "/" is what follows "." in the alphabet."""
    wanted = Q()
    for kind in kinds:
        wanted |= Q(type__gte=f"{kind}.", type__lt=f"{kind}/")
    return rows.filter(wanted)


def text(key: str, label: str, field: str, hint: str) -> Filter:
    """A filter on a text, given in full or in part."""
    return Filter(key, label, lambda rows, given: rows.filter(**{field: given[0]}), hint=hint)


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
    filters=(
        Filter("type", "Type", of_kinds, tuple(KINDS.items())),
        choice_filter("result", "Result", "outcome", RESULTS),
        text("person", "Person", "actor_label__icontains", "A name or a part of it"),
        text("subject", "On what", "subject_reference__iexact", "A reference such as RM-…"),
    ),
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
        return WORDS.get(self.event.type, self.event.type)

    @property
    def result(self) -> str:
        """How it went."""
        return dict(RESULTS).get(self.event.outcome, self.event.outcome)

    @property
    def tone(self) -> str:
        """Purple for what was opened, red for what was refused."""
        return {"opened": "acc", "refused": "bad"}.get(self.event.outcome, "off")

    @property
    def subject(self) -> str:
        """What it is about."""
        return self.event.subject_reference or self.event.subject_type


@dataclass(frozen=True)
class EventDetail:
    """One event with everything that is known of it, and its place in the log."""

    line: EventLine
    seen: int
    leaf: RegionalLeaf | None
    record: str
    close_url: str

    @property
    def event(self) -> AuditEvent:
        """The event."""
        return self.line.event

    @property
    def leaf_hash(self) -> str:
        """The leaf's hash in hex."""
        return bytes(self.leaf.leaf_hash).hex() if self.leaf else ""

    @property
    def matches(self) -> bool:
        """Whether the content that is shown gives the hash that is kept."""
        leaf = self.leaf
        return leaf is not None and leaf_hash(bytes(leaf.content)) == bytes(leaf.leaf_hash)

    @property
    def purpose(self) -> str:
        """Why, in words."""
        return Purpose(self.event.purpose).label if self.event.purpose else ""


def read_list(query: QueryDict, tenant: Tenant) -> tuple[Listing, list[EventLine]]:
    """The page of the record that the URL asks for."""
    state = ListState.read(SPEC, query)
    rows = AuditEvent.objects.all()
    for known in SPEC.filters:
        if known.key in state.filters:
            rows = known.narrow(rows, state.filters[known.key])
    listing = Listing(state, page_of(rows, state, tenant.reference), counted(rows))
    chosen = state.extra.get("event", "")
    link = _linker(query)
    return listing, [EventLine(e, link(str(e.pk)), str(e.pk) == chosen) for e in listing.rows]


def _linker(query: QueryDict) -> Any:
    """The address of this very page with one event opened beside it, or none."""

    def link(event_id: str) -> str:
        changed = query.copy()
        changed.pop("seen", None)
        changed.pop("event", None)
        if event_id:
            changed["event"] = event_id
        return f"?{changed.urlencode()}" + ("#event" if event_id else "")

    return link


def read_event(query: QueryDict) -> EventDetail | None:
    """The event that the URL names, if the grant opens it."""
    try:
        event_id = uuid.UUID(query.get("event", ""))
    except ValueError:
        return None
    event = AuditEvent.objects.filter(pk=event_id).first()
    if event is None:
        return None
    leaf = RegionalLeaf.objects.filter(event_id=event.pk).first()
    record = ""
    if leaf is not None:
        record = json.dumps(json.loads(bytes(leaf.content)), indent=2, ensure_ascii=False)
    return EventDetail(
        line=EventLine(event),
        seen=1 + AuditRepeat.objects.filter(event_id=event.pk).count(),
        leaf=leaf,
        record=record,
        close_url=_linker(query)(""),
    )
