"""The cause of an incident, as far as what was collected from its room tells it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse

from diagnostics.explorer.clues import EVENTS, FINDINGS, Clue, clue_of
from diagnostics.models import CollectionFile, LogEntry, SystemQuery
from diagnostics.pages.logs import content_of
from diagnostics.vault.keys import Destroyed, Ring, opening
from diagnostics.vault.sealing import CannotOpen

if TYPE_CHECKING:
    from access.gate import Access
    from rooms.models import Incident

BEFORE: Final = timedelta(hours=6)
AFTER: Final = timedelta(hours=1)
MOST_LINES: Final = 300


@dataclass
class Told:
    """One clue, how often it was seen, and its newest line."""

    clue: Clue
    newest: LogEntry
    url: str
    times: int = 1


@dataclass
class Clues:
    """What was found, and what could not be looked at."""

    told: list[Told] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    looked_at: int = 0
    files: int = 0


def read_clues(access: Access, incident: Incident) -> Clues:
    """The known events around the time at which it became active, and the newest queries."""
    lines = LogEntry.objects.filter(
        room_id=incident.room_id,
        at__gte=incident.activated_at - BEFORE,
        at__lt=incident.activated_at + AFTER,
        event_id__in=EVENTS,
    ).order_by("-at", "-id")[:MOST_LINES]
    tenant = access.tenant.reference
    found: dict[str, Told] = {}
    with opening() as ring:
        rows = list(lines)
        ring.load(bytes(row.content) for row in rows)
        for row in rows:
            clue = clue_of(row.event_id, content_of(ring, row).text)
            if clue is None:
                continue
            if clue.code in found:
                found[clue.code].times += 1
            else:
                url = reverse("diagnostics:log", args=[tenant, row.pk])
                found[clue.code] = Told(clue, row, url)
        findings = _findings(ring, incident, tenant)
    files = CollectionFile.objects.filter(room_id=incident.room_id, destroyed_at=None)
    return Clues(
        sorted(found.values(), key=lambda one: -one.times), findings, len(rows), files.count()
    )


def _findings(ring: Ring, incident: Incident, tenant: str) -> list[dict[str, Any]]:
    """What is wrong in the newest answer of each kind of query."""
    told = []
    for kind, judge in FINDINGS.items():
        rows = SystemQuery.objects.filter(room_id=incident.room_id, kind=kind)
        query = rows.order_by("-at", "-id").first()
        if query is None:
            continue
        try:
            sentences = judge(json.loads(ring.open(query, "content")))
        except (Destroyed, CannotOpen):
            continue
        url = reverse("diagnostics:query", args=[tenant, query.reference])
        told.append({"query": query, "sentences": sentences, "url": url})
    return told
