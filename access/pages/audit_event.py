"""One event of the record: its facts, its leaf and hash, and what else belongs to it."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from access.audit.merkle import leaf_hash
from access.models import AuditEvent, AuditRepeat, RegionalLeaf
from access.pages.audit_filters import spelled
from access.pages.audit_list import EventLine, linker
from access.purposes import Purpose

if TYPE_CHECKING:
    from django.http import QueryDict

DAY = timedelta(days=1)


@dataclass(frozen=True)
class EventDetail:
    """One event with everything that is known of it, and its place in the log."""

    line: EventLine
    seen: int
    leaf: RegionalLeaf | None
    record: str
    close_url: str
    links: list[dict[str, str]]

    @property
    def event(self) -> AuditEvent:
        """The event."""
        return self.line.event

    @property
    def leaf_hash(self) -> str:
        """The leaf's hash in hex."""
        return bytes(self.leaf.leaf_hash).hex() if self.leaf else ""

    @property
    def digests(self) -> list[str]:
        """What the leaf holds instead of names: a digest for each value that stands beside it."""
        if self.leaf is None:
            return []
        found: list[str] = json.loads(bytes(self.leaf.content)).get("sd", [])
        return found

    @property
    def matches(self) -> bool:
        """Whether the content that is shown gives the hash that is kept."""
        leaf = self.leaf
        return leaf is not None and leaf_hash(bytes(leaf.content)) == bytes(leaf.leaf_hash)

    @property
    def purpose(self) -> str:
        """Why, in words."""
        return Purpose(self.event.purpose).label if self.event.purpose else ""


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
        close_url=linker(query)(""),
        links=_links(event),
    )


def _links(event: AuditEvent) -> list[dict[str, str]]:
    """What else belongs to it: the same request, grant, thing, and person on that day."""
    links = [_link("Same request", request=reference) for reference in _requests_of(event)]
    links += [_link("Same grant", grant=reference) for reference in event.grant_references]
    if event.actor_id is not None:
        day = event.recorded_at.replace(hour=0, minute=0, second=0, microsecond=0)
        span = {"from": spelled(day), "to": spelled(day + DAY)}
        links.append(_link("Same person that day", person=str(event.actor_id), **span))
    if event.subject_reference:
        links.append(_link("Same thing", subject=event.subject_reference))
    return links


def _link(label: str, **filters: str) -> dict[str, str]:
    return {"label": label, "url": f"?{urlencode(filters, safe=':')}"}


def _requests_of(event: AuditEvent) -> list[Any]:
    """The request that an event is about, or the ones its grants came from."""
    if event.subject_type == "request":
        return [event.subject_reference]
    if event.detail.get("request"):
        return [event.detail["request"]]
    made = AuditEvent.objects.filter(
        subject_reference__in=event.grant_references, type="grant.ready"
    )
    return sorted({one.detail["request"] for one in made if one.detail.get("request")})
