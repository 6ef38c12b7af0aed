"""How far back the record is walked for a filter that no index serves: one stretch at a time."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from access.listing import ListState
from access.models import AuditEvent
from access.pages.audit_filters import moment_of, spelled

# Events of one tenant that are looked through at once; a tenth of a second or two.
MOST: Final = 50_000
# Filters that are held against one event after the other,
WALKED: Final = frozenset({"result", "scope", "purpose", "person"})
# unless one of these leaves few to look at.
NARROW: Final = frozenset({"subject", "grant", "request"})


@dataclass(frozen=True)
class Stretch:
    """The newest events up to a moment: where they begin, and the address of those before."""

    since: datetime
    further_url: str

    @property
    def most(self) -> str:
        """How many events it has, as people read numbers."""
        return f"{MOST:,}"


def stretch_of(state: ListState) -> Stretch | None:
    """The stretch that the state's filters are looked for in; None when nothing bounds them.

    A record that is shorter than a stretch, or a span of time that is, is looked through whole.
    """
    asked = state.filters
    person = asked.get("person", ("",))[0]
    walks = {key for key in asked if key in WALKED} - ({"person"} if _is_id(person) else set())
    if not walks or NARROW & asked.keys() or _is_id(person):
        return None
    rows = AuditEvent.objects.all()
    if "to" in asked:
        rows = rows.filter(recorded_at__lt=moment_of(asked["to"][0]))
    times = rows.order_by("-recorded_at", "-id").values_list("recorded_at", flat=True)
    found = list(times[MOST : MOST + 1])
    if not found:
        return None
    # To the millisecond, as the address has it, so that no event falls between two stretches.
    since = found[0].replace(microsecond=found[0].microsecond // 1000 * 1000)
    begin = moment_of(asked["from"][0]) if "from" in asked else None
    if begin is not None and begin >= since:
        return None
    return Stretch(since, state.only("to", spelled(since)).url)


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
