"""What is too old goes: reports by the day, spent nonces, and counts that no page reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction

from access import residency
from rooms.drain.line import Line

DAYS_AHEAD: Final = 14
# Dashboards show two days by the hour and ninety by the day.
HOURLY_COUNTS: Final = timedelta(days=8)
DAILY_COUNTS: Final = timedelta(days=100)
FLEET_COUNTS: Final = timedelta(days=3)
EVENT_HOURS: Final = timedelta(days=2)

THIN_OUT: Final = """
    delete from rooms_healthcount
    where as_of < %s or (as_of < %s and extract(hour from as_of at time zone 'UTC') <> 12)
"""
DROP_FLEET: Final = "delete from rooms_fleetcount where as_of < %s"
DROP_HOURS: Final = "delete from rooms_roomeventhour where hour < %s"


@dataclass
class Dropped:
    """What a day's cleaning has taken away: partitions of reports, nonces, and rows of counts."""

    days: int = 0
    nonces: int = 0
    counts: int = 0
    hours: int = 0


def keep(region: str) -> Dropped:
    """Make the partitions of the days ahead, and drop what a region need not keep any longer."""
    with residency.region(region), transaction.atomic(using=region):
        line = Line(region)
        days = line.rows(
            "select device.keep_partitions(%s, %s)", DAYS_AHEAD, settings.REPORT_RETENTION_DAYS
        )[0][0]
    with residency.region(region), transaction.atomic(using=region):
        line = Line(region)
        now = line.now()
        return Dropped(
            days=days,
            nonces=line.rows("select device.forget_nonces()")[0][0],
            counts=line.run(THIN_OUT, now - DAILY_COUNTS, now - HOURLY_COUNTS)
            + line.run(DROP_FLEET, now - FLEET_COUNTS),
            hours=line.run(DROP_HOURS, now - EVENT_HOURS),
        )
