"""How long diagnostic data stays: our defaults, each within what is published for its class.

The published list says nothing of diagnostic logs inside the service, so thirty days are ours:
as long as an incident is looked into, and the shortest that is published for any class.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings

from access.catalogue.terms import Keep

DAILY_JOB: Final = "diagnostics.retention"
ACTIVE: Final = timedelta(days=30)
YEAR: Final = timedelta(days=365)

CONTENT: Final = Keep(
    "30 days after it was collected",
    "ours; published: system metadata stays for a year at the most",
    time=ACTIVE,
    task=DAILY_JOB,
)
PEOPLE: Final = Keep(
    "30 days after it was collected",
    "ours; published: 30 days for pseudonymous, 180 days for identifiable data of people",
    time=ACTIVE,
    task=DAILY_JOB,
)
ORDERS: Final = Keep(
    "a year: that something was collected, not what",
    "published: system metadata and security logs stay for a year",
    time=YEAR,
    task=DAILY_JOB,
)
IN_TRANSIT: Final = Keep(
    "until the bundle is checked, or its order has ended",
    "ours: sealed chunks are of no use afterwards",
    time=timedelta(hours=settings.DIAGNOSTICS_ORDER_HOURS),
    task="diagnostics.check",
)
KEYS: Final = Keep(
    "destroyed with the last of what it encrypts; the empty row stays for a year",
    "ours: what a destroyed key encrypted is gone, also from back-ups",
    time=YEAR,
    task=DAILY_JOB,
)
REMEDIATIONS: Final = Keep(
    "a year after it ended: what was ordered and what it came to",
    "published: system metadata and security logs stay for a year",
    time=YEAR,
    task=DAILY_JOB,
)
NOTICES: Final = Keep(
    "30 days after it was told",
    "ours: what it tells of is in the record",
    time=ACTIVE,
    task=DAILY_JOB,
)
STOPS: Final = Keep(
    "three years after it was released",
    "ours; published: account data stays for one to three years",
    time=3 * YEAR,
    task=DAILY_JOB,
)
KEPT_RECORD: Final = Keep(
    "three years: what was held, destroyed and certified, without any of it",
    "ours; published: account data stays for one to three years",
    time=3 * YEAR,
    task=DAILY_JOB,
)
