"""What health.view opens of a room: its signals, its last 90 days, its last 24 hours.

The context of these pages names one room, so every table holds that room's rows only.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from rooms.models import RoomDay, RoomHealth, SignalState
from rooms.pages import freshness
from rooms.pages.incident_sections import active_incidents
from rooms.pages.looks import signal_title
from rooms.pages.rooms_list import event_hours
from rooms.signals import SIGNALS, SignalCategory
from rooms.states import SEVERITY_ORDER, SignalStatus

if TYPE_CHECKING:
    import uuid

    from access.gate import Access

DAYS = 90
# More minutes than this out of order between 05:00 and 21:00 local make a day an unhealthy one.
UNHEALTHY_MINUTES = 20
STATE_ORDER = (
    SignalStatus.UNHEALTHY,
    SignalStatus.WATCHING,
    SignalStatus.UNKNOWN,
    SignalStatus.HEALTHY,
)


def health_facts(access: Access, health: RoomHealth | None, zone: str) -> dict[str, Any]:
    """Everything that the tab of health shows."""
    signals = signal_lines(SignalState.objects.all(), access.clock, health)
    hours = event_hours(access, [health.room_id]) if health else {}
    events = next(iter(hours.values()), [0] * 24)
    return {
        "health": health,
        "fresh": freshness.of_room(health, [line["fresh"] for line in signals], access.clock),
        "deciding": active_incidents(access),
        "signals": [line for line in signals if line["state"] != SignalStatus.HEALTHY],
        "well": [line for line in signals if line["state"] == SignalStatus.HEALTHY],
        "nothing_wrong": "Every signal is healthy." if signals else "",
        "worst": next((line for line in signals if line["state"] == SignalStatus.UNHEALTHY), None),
        "days": day_bars(health, access.clock.astimezone(ZoneInfo(zone)).date()),
        "events": events,
        "event_words": words_of(sum(events)),
    }


def words_of(faults: int) -> str:
    """How many faults began, in words."""
    return f"{faults:,} fault{'' if faults == 1 else 's'} begun in 24 hours"


def signal_lines(
    signals: QuerySet[SignalState],
    now: datetime,
    health: RoomHealth | None,
    device_id: uuid.UUID | None = None,
) -> list[dict[str, Any]]:
    """Signals as the table shows them: what is wrong first, then by severity and title."""
    rows = signals if device_id is None else signals.filter(device_id=device_id)
    lines = [
        {
            "title": signal_title(signal.code, signal.instance),
            "category": category_of(signal),
            "note": SIGNALS[signal.code].note if signal.code in SIGNALS else "",
            "severity": signal.severity,
            "rank": SEVERITY_ORDER.get(signal.severity, len(SEVERITY_ORDER)),
            "state": signal.state,
            "sentence": signal.sentence,
            "since": signal.since,
            "fresh": freshness.of_signal(signal, health, now),
        }
        for signal in rows
    ]
    return sorted(lines, key=lambda line: (state_rank(line["state"]), line["rank"], line["title"]))


def state_rank(state: str) -> int:
    """The place of a state in the table."""
    return next((at for at, known in enumerate(STATE_ORDER) if known == state), len(STATE_ORDER))


def category_of(signal: SignalState) -> str:
    """The signal's group in words."""
    return dict(SignalCategory.choices).get(signal.category, signal.category)


def day_bars(health: RoomHealth | None, today: date) -> list[tuple[str, str, str]]:
    """One bar a day, oldest first. Without a row a day was healthy; before the history, unknown."""
    first = today - timedelta(days=DAYS - 1)
    rows = {row.day: row for row in RoomDay.objects.filter(day__gte=first)}
    began = health.history_from if health else None
    bars = []
    for back in range(DAYS - 1, -1, -1):
        day = today - timedelta(days=back)
        if began is None or day < began:
            bars.append((day.isoformat(), "", ""))
        else:
            bars.append((day.isoformat(), *state_of_day(rows.get(day))))
    return bars


def state_of_day(row: RoomDay | None) -> tuple[str, str]:
    """State and detail of one day."""
    if row is None:
        return "healthy", ""
    parts = []
    if row.unhealthy_minutes:
        parts.append(f"{row.unhealthy_minutes} min unhealthy")
        parts.append(f"{row.working_minutes} of them in working hours")
    if row.unmonitored_minutes:
        parts.append(f"{row.unmonitored_minutes} min unmonitored")
    if row.working_minutes > UNHEALTHY_MINUTES:
        state = "unhealthy"
    elif row.unmonitored_minutes > UNHEALTHY_MINUTES:
        state = "unmonitored"
    else:
        state = "warning" if row.unhealthy_minutes else "healthy"
    return state, ", ".join(parts)
