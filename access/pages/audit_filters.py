"""The filters of a tenant's record: what an auditor can ask it for, each bounded by an index.

Every query begins at the tenant. A person, an object, a verb, a grant, a request and a time have an
index or a span of time; the rest is told apart while a stretch of the record is walked, newest
first (access/pages/audit_span.py).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db.models import Max, Min, Q, QuerySet

from access.listing import Filter, choice_filter
from access.models import AuditEvent
from access.pages.audit_words import KINDS, RESULTS
from access.purposes import Purpose
from access.scopes import Scope

# An approval and the grant that it makes are written by one transaction.
SAME_ACT: Final = timedelta(seconds=5)


@dataclass(frozen=True)
class TimeFilter(Filter):
    """A moment in UTC: a day, or a time to the minute, second or millisecond."""

    def read(self, given: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The moment in one spelling, or what was given instead of one."""
        text = " ".join(given).strip()
        if not text:
            return (), ()
        moment = moment_of(text)
        return ((), (text,)) if moment is None else ((spelled(moment),), ())


def moment_of(text: str) -> datetime | None:
    """The moment that a text names, taken for UTC unless it says otherwise."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def spelled(moment: datetime) -> str:
    """A moment as the filter's field and its address have it: UTC, without the zone."""
    plain = moment.astimezone(UTC).replace(tzinfo=None)
    return plain.isoformat(timespec="milliseconds" if plain.microsecond else "seconds")


def of_kinds(rows: QuerySet[Any], kinds: Sequence[str]) -> QuerySet[Any]:
    """Events whose type begins with one of the kinds; "/" is what follows "." in the alphabet."""
    wanted = Q()
    for kind in kinds:
        wanted |= Q(type__gte=f"{kind}.", type__lt=f"{kind}/")
    return rows.filter(wanted)


def of_person(rows: QuerySet[Any], given: Sequence[str]) -> QuerySet[Any]:
    """Events of a person by id, which an index serves, or by a part of the name."""
    try:
        return rows.filter(actor_id=uuid.UUID(given[0]))
    except ValueError:
        return rows.filter(actor_label__icontains=given[0])


def on_subject(rows: QuerySet[Any], given: Sequence[str]) -> QuerySet[Any]:
    """Events about a thing, by its whole reference; upper case is how references are kept."""
    return rows.filter(subject_reference__in=[given[0], given[0].upper()])


def of_grant(rows: QuerySet[Any], given: Sequence[str]) -> QuerySet[Any]:
    """Events under a grant. They lie between the first and the last that is said of it."""
    reference = given[0].upper()
    told = AuditEvent.objects.filter(subject_reference=reference)
    span = told.aggregate(first=Min("recorded_at"), last=Max("recorded_at"))
    if span["first"] is None:
        return rows.none()
    started = told.filter(type="grant.started").first()
    ends_at = moment_of(str(started.detail.get("ends_at"))) if started else None
    return rows.filter(
        grant_references__contains=[reference],
        recorded_at__gte=span["first"],
        recorded_at__lte=max(span["last"], ends_at or span["last"]),
    )


def of_request(rows: QuerySet[Any], given: Sequence[str]) -> QuerySet[Any]:
    """Events of a request, of the grant that came of it, and under that grant."""
    reference = given[0].upper()
    wanted = Q(subject_reference=reference)
    approved = AuditEvent.objects.filter(
        subject_reference=reference, type="request.approved"
    ).first()
    if approved is None:
        return rows.filter(wanted)
    near = AuditEvent.objects.filter(
        type="grant.ready",
        recorded_at__gte=approved.recorded_at - SAME_ACT,
        recorded_at__lte=approved.recorded_at + SAME_ACT,
    )
    for made in near:
        if made.detail.get("request") == reference:
            wanted |= Q(grant_references__contains=[made.subject_reference])
    first = AuditEvent.objects.filter(subject_reference=reference).aggregate(at=Min("recorded_at"))
    return rows.filter(wanted, recorded_at__gte=first["at"])


def under_scopes(rows: QuerySet[Any], scopes: Sequence[str]) -> QuerySet[Any]:
    """Events that name one of the scopes."""
    return rows.filter(scopes__overlap=list(scopes))


def text(key: str, label: str, narrow: Callable[..., QuerySet[Any]], hint: str) -> Filter:
    """A filter that takes one short text."""
    return Filter(key, label, narrow, hint=hint)


FILTERS: Final = (
    Filter("type", "Kind", of_kinds, tuple(KINDS.items())),
    choice_filter("result", "Result", "outcome", RESULTS),
    Filter("scope", "Scope", under_scopes, tuple((s.value, s.label) for s in Scope)),
    choice_filter("purpose", "Purpose", "purpose", Purpose.choices),
    TimeFilter(
        "from",
        "From (UTC)",
        lambda rows, given: rows.filter(recorded_at__gte=moment_of(given[0])),
        hint="Such as 2026-11-22 or 2026-11-22T05:12:30",
    ),
    TimeFilter(
        "to",
        "Until (UTC)",
        lambda rows, given: rows.filter(recorded_at__lt=moment_of(given[0])),
        hint="Not including this moment",
    ),
    text("person", "Person", of_person, "A name or a part of it, or an id"),
    text("subject", "On what", on_subject, "A reference such as RM-…"),
    text("grant", "Grant", of_grant, "GR-…"),
    text("request", "Request", of_request, "AR-…, with all that came of it"),
    text(
        "verb",
        "Verb",
        lambda rows, given: rows.filter(type=given[0].lower()),
        "A type as recorded, such as vote.cast or view.room",
    ),
)
