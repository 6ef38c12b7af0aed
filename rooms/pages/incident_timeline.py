"""The timeline of an incident: what the service did, what people did, and who looked."""

from __future__ import annotations

from typing import Any, Final

from django.db import connections

from access.residency import current_region
from rooms.models import Incident, IncidentEntry
from rooms.pages.incident_looks import entry_line

MOST: Final = 100
LOOKS_MOST: Final = 40
LOOKED: Final = {"incident": "looked at this incident", "room": "looked at its room"}


def timeline_of(incident: Incident) -> list[dict[str, Any]]:
    """Newest first, the views of it among the acts; the oldest are left out beyond a hundred."""
    entries = IncidentEntry.objects.filter(incident=incident).order_by("-at", "-id")[:MOST]
    lines: list[dict[str, Any]] = [entry_line(entry) for entry in entries]
    return sorted([*lines, *looks_at(incident)], key=lambda line: line["at"], reverse=True)


def looks_at(incident: Incident) -> list[dict[str, Any]]:
    """Who opened the incident or its room, and under which grants.

    Read through a function of the database that tells this much of the record under health.view.
    """
    with connections[current_region()].cursor() as cursor:
        cursor.execute(
            "select recorded_at, actor_label, kind, grants from lock.who_looked(%s, %s)",
            [incident.reference, LOOKS_MOST],
        )
        rows = cursor.fetchall()
    return [
        {
            "at": at,
            "tone": "acc",
            "actor": actor,
            "text": f"{LOOKED.get(kind, kind)}, under {', '.join(grants)}",
        }
        for at, actor, kind, grants in rows
    ]


def last_change(incident: Incident) -> str:
    """The newest entry in words, for somebody whose form has become stale."""
    entry = IncidentEntry.objects.filter(incident=incident).order_by("-at", "-id").first()
    if entry is None:
        return ""
    line = entry_line(entry)
    return f"Latest, {entry.at:%H:%M} UTC: {line['actor']} {line['text']}"
