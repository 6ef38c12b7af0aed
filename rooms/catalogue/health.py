"""How rooms are and were: states, days, and counts of them."""

from __future__ import annotations

from typing import Final

from access.catalogue.keeping import WHILE_SERVED
from access.catalogue.terms import DataClass, Item, Table
from access.scopes import Category, Scope
from rooms.catalogue.keeping import COUNTS, FLEET_COUNTS, HOURS, SIGNALS, TROUBLES

TABLES: Final = (
    Table(
        "rooms.RoomHealth",
        Category.ONGOING,
        WHILE_SERVED,
        scope=Scope.HEALTH_VIEW,
        since="since",
        items=(
            Item(
                "Health of rooms",
                "Status now, what decides it, since when, and when it is judged again.",
                DataClass.SYSTEM,
                "room status attention worst_signal worst_severity faults warnings since"
                " suppressed_until last_evaluated_at next_evaluation_at last_seen_at history_from",
            ),
            Item(
                "Busy or free",
                "Whether a meeting runs in the room, and nothing of what it is.",
                DataClass.SYSTEM,
                "in_use",
            ),
        ),
    ),
    Table(
        "rooms.SignalState",
        Category.ONGOING,
        SIGNALS,
        scope=Scope.HEALTH_VIEW,
        since="since",
        items=(
            Item(
                "Signals",
                "What is judged about a device, how it stands, and since when.",
                DataClass.SYSTEM,
                "room device code instance category severity state sentence since faulty_since"
                " well_since last_evaluated_at next_evaluation_at",
            ),
        ),
    ),
    Table(
        "rooms.RoomDay",
        Category.ONGOING,
        TROUBLES,
        scope=Scope.HEALTH_VIEW,
        since="day",
        items=(
            Item(
                "Days of trouble",
                "Minutes of a day in which a room was not healthy or not heard of.",
                DataClass.SYSTEM,
                "room day unhealthy_minutes working_minutes unmonitored_minutes",
            ),
        ),
    ),
    Table(
        "rooms.RoomEventHour",
        Category.ONGOING,
        HOURS,
        scope=Scope.HEALTH_VIEW,
        since="hour",
        items=(
            Item(
                "Faults by the hour",
                "How many faults of a room began in an hour.",
                DataClass.SYSTEM,
                "room hour events",
            ),
        ),
    ),
    Table(
        "rooms.HealthCount",
        Category.ONGOING,
        COUNTS,
        scope=Scope.HEALTH_VIEW,
        since="as_of",
        items=(
            Item(
                "Counts of the tenant's rooms",
                "How many rooms showed what at one hour; what dashboards are drawn from.",
                DataClass.SYSTEM,
                "as_of dimension value status rooms",
            ),
        ),
    ),
    Table(
        "rooms.FleetCount",
        Category.ONGOING,
        FLEET_COUNTS,
        shown_to="whoever is signed in: counts of a whole region",
        items=(
            Item(
                "Counts of the region's rooms",
                "How many rooms of a region showed what; names no tenant.",
                DataClass.SYSTEM,
                "as_of status signal severity rooms",
            ),
        ),
    ),
)
