"""How long the rooms' data stays; times are those that the jobs themselves use."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings

from access.catalogue.keeping import AFTER_THE_END, DELETION_CASE, PUBLISHED
from access.catalogue.terms import Keep
from rooms.drain import retention

OURS: Final = "ours: no published number"

ENROLLED: Final = Keep(
    "while the device is enrolled, then 180 days at the most",
    PUBLISHED,
    time=AFTER_THE_END,
    task=DELETION_CASE,
)
CONNECTED: Final = Keep(
    "until the device no longer reports it",
    "the newest report replaces what it says",
    task="rooms.drain",
)
SIGNALS: Final = Keep(
    "as long as the signal applies to the device",
    "the newest judgement replaces the one before",
    task="rooms.drain",
)
TRIAGE: Final = Keep(
    "until the incident is no longer active",
    "the list is of what is open now",
    task="rooms.sweep",
)
TROUBLES: Final = Keep(
    "while the tenant is served, then 180 days at the most; reports show a year",
    "published: system metadata stays for a year at the most",
    time=AFTER_THE_END,
    task=DELETION_CASE,
)
INCIDENTS: Final = Keep(
    f"until {settings.INCIDENT_RETENTION_DAYS} days after the incident closed",
    "published: system metadata stays for a year at the most",
    time=timedelta(days=settings.INCIDENT_RETENTION_DAYS),
    task="rooms.keep",
)
INBOX: Final = Keep("until it is drained, seconds later", OURS, task="rooms.drain")
REPORTS: Final = Keep(
    f"{settings.REPORT_RETENTION_DAYS} days after it came in, dropped by the day",
    "ours; published: system metadata stays for a year at the most",
    time=timedelta(days=settings.REPORT_RETENTION_DAYS),
    task="rooms.keep",
)
COUNTS: Final = Keep(
    f"{retention.DAILY_COUNTS.days} days, the older ones once a day",
    "ours; published: health history in reports goes back up to 90 days",
    time=retention.DAILY_COUNTS,
    task="rooms.keep",
)
FLEET_COUNTS: Final = Keep(
    f"{retention.FLEET_COUNTS.days} days", OURS, time=retention.FLEET_COUNTS, task="rooms.keep"
)
HOURS: Final = Keep(
    f"{retention.EVENT_HOURS.days} days", OURS, time=retention.EVENT_HOURS, task="rooms.keep"
)
CHALLENGES: Final = Keep(
    "one day after it expired",
    "ours: what came of it is in the record",
    time=timedelta(days=1),
    task="rooms.keep",
)
REFUSALS: Final = Keep(
    "a year: a row for each hour and reason of a whole region",
    "published: system metadata and security logs stay for a year",
    time=retention.REFUSAL_COUNTS,
    task="rooms.keep",
)
SUPPRESSIONS: Final = Keep(
    "a year after it ended",
    "ours: as long as reports look back",
    time=retention.ENDED_SUPPRESSIONS,
    task="rooms.keep",
)
NONCES: Final = Keep(
    "as long as its signature could be replayed", "RFC 9421, section 7.2.2", task="rooms.keep"
)
