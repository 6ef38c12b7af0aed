"""The access ledger of a tenant: what of it was read in a month, by whom as a kind, and why.

Made for the tenant's own eyes: it says part, employer type and country of those who looked, and
no name. Counted from the record under a grant for audit.view.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from django.db.models import QuerySet

from access.audit import export, parts
from access.audit.bundles import Bundle
from access.audit.leaves import moment
from access.models import AuditEvent, Staff
from access.pages.evidence import day_span
from access.purposes import Purpose
from access.scopes import SCOPES, Scope

GONE: Final = "somebody whose account is gone"
NOTE: Final = (
    "Views were looked at; sent are forms that were sent. Days, scopes, purposes, counts and times"
    " follow from the records at the positions given, each proven in proofs/. Employer and country"
    " are what the people records said when the ledger was made; the log does not hold them."
)


@dataclass
class LedgerLine:
    """One day, one kind of person, one purpose, one set of scopes."""

    day: date
    scopes: tuple[str, ...]
    purpose: str
    who: str
    first: datetime
    last: datetime
    views: int = 0
    sent: int = 0
    things: set[tuple[str, str]] = field(default_factory=set)
    positions: list[int] = field(default_factory=list)

    @property
    def categories(self) -> str:
        """What was opened, in words; a scope that is not known any more by its code."""
        known = {scope.value: scope.label for scope in SCOPES}
        return ", ".join(known.get(scope, scope) for scope in self.scopes)

    @property
    def purpose_text(self) -> str:
        """Why, in words."""
        return str(dict(Purpose.choices).get(self.purpose, self.purpose)) or "\N{EN DASH}"

    def as_json(self) -> dict[str, Any]:
        """As the export has it."""
        return {
            "day": self.day.isoformat(),
            "scopes": list(self.scopes),
            "categories": self.categories,
            "purpose": self.purpose,
            "who": self.who,
            "views": self.views,
            "sent": self.sent,
            "things": len(self.things),
            "first": moment(self.first),
            "last": moment(self.last),
            "positions": self.positions,
        }


@dataclass(frozen=True)
class View:
    """One view that opened something, as an event or a leaf tells of it."""

    at: datetime
    actor: uuid.UUID | None
    scopes: tuple[str, ...]
    purpose: str
    thing: tuple[str, str]
    position: int | None = None
    sent: bool = False


def month_of(text: str, now: datetime) -> date:
    """The first day of the month that the URL names, or of the present one."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return now.date().replace(day=1)


def next_month(first: date) -> date:
    """The first day of the month after."""
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def month_before(first: date) -> date:
    """The first day of the month before."""
    return date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)


def month_span(first: date) -> tuple[datetime, datetime]:
    """A month's beginning and end, in UTC."""
    return day_span(first)[0], day_span(next_month(first))[0]


def months_beside(first: date, now: datetime) -> dict[str, str]:
    """The months before and after as the address has them; none after the present one."""
    after = next_month(first)
    return {
        "before": f"{month_before(first):%Y-%m}" if first.year > 2000 else "",
        "after": f"{after:%Y-%m}" if after <= now.date() else "",
    }


def opened_views(first: date) -> QuerySet[AuditEvent]:
    """The views of a month that opened something, also where a form was sent (`method`)."""
    begin, end = month_span(first)
    # A range and not LIKE, which loses its index under the lock; "/" follows "." in the alphabet.
    return AuditEvent.objects.filter(
        recorded_at__gte=begin,
        recorded_at__lt=end,
        type__gte="view.",
        type__lt="view/",
        outcome="opened",
    ).order_by("recorded_at", "id")


def counts(detail: Mapping[str, Any]) -> bool:
    """Whether a view showed something: one that found nothing did not."""
    return detail.get("found") is not False


def lines_of(first: date) -> list[LedgerLine]:
    """The ledger of a month, newest day first."""
    rows = opened_views(first).values_list(
        "recorded_at",
        "actor_id",
        "scopes",
        "purpose",
        "subject_type",
        "subject_reference",
        "detail",
    )
    return lines_from(
        View(at, actor, tuple(sorted(scopes)), purpose, (kind, thing), sent="method" in detail)
        for at, actor, scopes, purpose, kind, thing, detail in rows
        if counts(detail)
    )


def lines_from(views: Iterable[View]) -> list[LedgerLine]:
    """Views counted by day, scopes, purpose and kind of person, newest day first."""
    seen = list(views)
    kinds = kinds_of({view.actor for view in seen if view.actor})
    lines: dict[tuple[Any, ...], LedgerLine] = {}
    for view in seen:
        part = "auditor" if view.scopes == (Scope.AUDIT_VIEW.value,) else "operator"
        who = f"{part}, {kinds.get(view.actor, GONE)}"
        key = (view.at.date(), view.scopes, view.purpose, who)
        line = lines.setdefault(key, LedgerLine(*key, first=view.at, last=view.at))
        line.views += not view.sent
        line.sent += view.sent
        line.things.add(view.thing)
        line.first, line.last = min(line.first, view.at), max(line.last, view.at)
        if view.position is not None:
            line.positions.append(view.position)
    newest = sorted(lines.values(), key=lambda line: (line.who, line.scopes, line.purpose))
    return sorted(newest, key=lambda line: (line.day, line.last), reverse=True)


def kinds_of(people: Iterable[uuid.UUID]) -> dict[uuid.UUID | None, str]:
    """What a tenant may know of people who looked: employer type and country, and no name."""
    found = Staff.objects.filter(pk__in=list(people))
    return {one.pk: f"{one.get_employer_type_display()}, {one.country}" for one in found}


def ledger_bundle(of: export.Source, found: Mapping[int, bytes], about: dict[str, Any]) -> Bundle:
    """The ledger with each counted record and what it stands on, proven; without names."""
    told = {position: json.loads(leaf) for position, leaf in found.items()}
    shown = {position: leaf for position, leaf in told.items() if counts(leaf["detail"])}
    lines = lines_from(_view(position, leaf) for position, leaf in shown.items())
    grounded = parts.with_grounds(of, found)
    bundle = export.excerpt(of, grounded, about, kind="ledger", names=False)
    bundle.add_json(
        "ledger.json", {**about, "note": NOTE, "lines": [line.as_json() for line in lines]}
    )
    return bundle


def _view(position: int, leaf: dict[str, Any]) -> View:
    return View(
        at=datetime.fromisoformat(leaf["recorded_at"]),
        actor=uuid.UUID(leaf["actor_id"]) if leaf["actor_id"] else None,
        scopes=tuple(sorted(leaf["scopes"])),
        purpose=leaf["purpose"],
        thing=(leaf["subject_type"], leaf["subject_reference"]),
        position=position,
        sent="method" in leaf["detail"],
    )
