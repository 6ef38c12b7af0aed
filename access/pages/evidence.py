"""The evidence of a grant, and a day of the record, as pages: told from the leaves alone."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from access.audit import pack
from access.audit.export import NothingToExport, Source
from access.models import AuditEvent
from access.pages.audit_filters import moment_of
from access.pages.audit_list import EventLine

if TYPE_CHECKING:
    from access.models import Tenant

# The parts of a pack in the order of a grant's life, and what they are called.
PARTS: Final = (
    ("request", "Asked"),
    ("talk", "Questions and answers"),
    ("votes", "Votes"),
    ("made", "Grant made"),
    ("decided", "Decided"),
    ("started", "Started"),
    ("uses", "Reads and acts under the grant"),
    ("ended", "Ended"),
)
# Lines of each part on the page; the download has them all.
SHOWN: Final = 200
# What of an event's detail is worth reading, and what it is called.
FACTS: Final = {
    "revision": "revision",
    "minutes": "minutes",
    "second_factor": "second factor",
    "policy_version": "policy version",
    "quorum": "votes needed",
    "gates": "gates passed:",
    "ends_at": "ends",
    "claim_by": "start by",
    "because": "because",
}


def read_evidence(of: Source, grant: str) -> dict[str, Any]:
    """A grant's pack as the page shows it. Raises NothingToExport for one the log does not know.

    Its readers see the events of the tenant in hand: a grant of another one is not there.
    """
    found = pack.events_of(of.cursor, of.log, grant, of.size)
    if not found:
        raise NothingToExport(f"The log says nothing of {grant} up to its checkpoint at {of.size}.")
    told = pack.told(grant, found)
    names = _names(found)
    parts = [
        {
            "heading": heading,
            "lines": [_line(one, names) for one in told[key][:SHOWN]],
            "more": max(0, len(told[key]) - SHOWN),
        }
        for key, heading in PARTS
    ]
    return {"parts": [part for part in parts if part["lines"]], "count": len(found)}


def _names(found: Mapping[int, bytes]) -> dict[int, AuditEvent]:
    """The events behind the leaves, by position: a leaf holds no name."""
    ids = {uuid.UUID(json.loads(leaf)["id"]): at for at, leaf in found.items()}
    return {ids[event.pk]: event for event in AuditEvent.objects.filter(pk__in=ids)}


def _line(one: dict[str, Any], events: Mapping[int, AuditEvent]) -> dict[str, Any]:
    event = events[one["position"]]
    detail = one["detail"]
    facts = [f"{label} {_short(detail[key])}" for key, label in FACTS.items() if detail.get(key)]
    return {
        "position": one["position"],
        "at": moment_of(one["at"]),
        "who": event.actor_label or "name taken out",
        "what": EventLine(event).what,
        "subject": event.subject_reference,
        "scopes": ", ".join(one["scopes"]),
        "facts": "; ".join(facts),
        "event": event.pk,
    }


def _short(value: Any) -> str:
    """A value as people read it: a time to the second, several in a row, or as it is."""
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    moment = moment_of(value) if isinstance(value, str) and value.endswith("Z") else None
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else str(value)


def day_span(day: date) -> tuple[datetime, datetime]:
    """A day's beginning and end, in UTC."""
    begin = datetime.combine(day, time.min, UTC)
    return begin, begin + timedelta(days=1)


def day_facts(of: Source, tenant: Tenant, day: date) -> dict[str, Any]:
    """How many events of the tenant a day has, in all and before the checkpoint."""
    begin, end = day_span(day)
    with of.cursor as cursor:
        cursor.execute(
            "select count(*), count(l.position) filter (where l.position < %s),"  # noqa: S608 - ours
            f" min(l.position), max(l.position) from {of.log.event} e"
            f" left join {of.log.leaf} l on l.event_id = e.id"
            " where e.tenant_id = %s and e.recorded_at >= %s and e.recorded_at < %s",
            [of.size, tenant.pk, begin, end],
        )
        count, proven, first, last = cursor.fetchone()
    return {"count": count, "proven": proven, "first": first, "last": last}
