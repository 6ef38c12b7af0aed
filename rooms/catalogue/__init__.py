"""The rooms' part of the data catalogue: inventory, accounts, health, incidents, enrolment."""

from typing import Final

from rooms.catalogue import enrolment, health, incidents, inventory, reports

TABLES: Final = (
    *inventory.TABLES,
    *health.TABLES,
    *incidents.TABLES,
    *reports.TABLES,
    *enrolment.TABLES,
)
