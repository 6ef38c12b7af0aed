"""What devices said; each field of a report stands in rooms/reports/catalogue.py."""

from __future__ import annotations

from typing import Final

from access.catalogue.terms import DataClass, Item, Redaction, Table
from access.scopes import Category, Scope
from rooms.catalogue.keeping import INBOX, NONCES, REFUSALS, REPORTS

TABLES: Final = (
    Table(
        "rooms.ReportInbox",
        Category.ONGOING,
        INBOX,
        scope=Scope.ACCOUNT_VIEW,
        since="received_at",
        items=(
            Item(
                "Reports that wait",
                "Accepted reports that no worker has read yet. They hold addresses, so they open"
                " like these; the schema is closed, and another field is refused.",
                DataClass.OII,
                "device_id report_id received_at observed_at body",
                Redaction.DEVICE,
            ),
        ),
    ),
    Table(
        "rooms.DeviceReport",
        Category.ONGOING,
        REPORTS,
        scope=Scope.ACCOUNT_VIEW,
        since="received_at",
        items=(
            Item(
                "Reports of devices",
                "What a device said of itself, where it differs from what it said before.",
                DataClass.OII,
                "device_id report_id received_at observed_at digest body",
                Redaction.DEVICE,
            ),
        ),
    ),
    Table(
        "rooms.DeviceNonce",
        Category.ONGOING,
        NONCES,
        shown_to="nobody: it only keeps a signature from being used twice",
        items=(
            Item(
                "Spent nonces",
                "Random numbers that a device's key has signed.",
                DataClass.SYSTEM,
                "key_name nonce expires_at",
            ),
        ),
    ),
    Table(
        "rooms.DeviceRefusal",
        Category.ONGOING,
        REFUSALS,
        shown_to="whoever is signed in: counts of a whole region",
        items=(
            Item(
                "Refusals by the hour",
                "How often devices were refused, by reason. Names nobody.",
                DataClass.SYSTEM,
                "hour code times",
            ),
        ),
    ),
)
