"""What is too old goes: reports by the day, spent nonces, old incidents, counts no page reaches."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from access import audit, residency
from rooms.drain.line import Line

DAYS_AHEAD: Final = 14
# Dashboards show two days by the hour and ninety by the day.
HOURLY_COUNTS: Final = timedelta(days=8)
DAILY_COUNTS: Final = timedelta(days=100)
FLEET_COUNTS: Final = timedelta(days=3)
EVENT_HOURS: Final = timedelta(days=2)
REFUSAL_COUNTS: Final = timedelta(days=365)
ENDED_SUPPRESSIONS: Final = timedelta(days=365)

THIN_OUT: Final = """
    delete from rooms_healthcount
    where as_of < %s or (as_of < %s and extract(hour from as_of at time zone 'UTC') <> 12)
"""
# So many incidents at once, with all that was written about them, and so many times in one run:
# what is left then, the next run finds.
INCIDENTS_AT_ONCE: Final = 500
MOST_BATCHES: Final = 100
DESTROY_INCIDENTS: Final = """
    with old as materialized (
        select tenant_id, id from rooms_incident
        where state = 'closed' and closed_at < %s
        order by closed_at limit %s for update skip locked),
    messages as (
        delete from rooms_incidentmessage m using old
        where m.tenant_id = old.tenant_id and m.incident_id = old.id returning m.tenant_id),
    entries as (
        delete from rooms_incidententry e using old
        where e.tenant_id = old.tenant_id and e.incident_id = old.id returning e.tenant_id),
    incidents as (
        delete from rooms_incident i using old
        where i.tenant_id = old.tenant_id and i.id = old.id returning i.tenant_id)
    select t.tenant_id, coalesce(p.reference, ''),
           (select count(*) from incidents i where i.tenant_id = t.tenant_id),
           (select count(*) from entries e where e.tenant_id = t.tenant_id),
           (select count(*) from messages m where m.tenant_id = t.tenant_id)
    from (select distinct tenant_id from old) t
    left join rooms_tenantprofile p on p.tenant_id = t.tenant_id
"""
DROP_FLEET: Final = "delete from rooms_fleetcount where as_of < %s"
DROP_HOURS: Final = "delete from rooms_roomeventhour where hour < %s"
DROP_REFUSALS: Final = "delete from rooms_devicerefusal where hour < %s"
DROP_SUPPRESSIONS: Final = "delete from rooms_suppression where coalesce(ended_at, ends_at) < %s"


@dataclass
class Dropped:
    """What a cleaning has taken away: partitions of reports, nonces, and rows of each kind."""

    days: int = 0
    nonces: int = 0
    counts: int = 0
    hours: int = 0
    incidents: int = 0
    refusals: int = 0
    suppressions: int = 0


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
        dropped = Dropped(
            days=days,
            nonces=line.rows("select device.forget_nonces()")[0][0],
            counts=line.run(THIN_OUT, now - DAILY_COUNTS, now - HOURLY_COUNTS)
            + line.run(DROP_FLEET, now - FLEET_COUNTS),
            hours=line.run(DROP_HOURS, now - EVENT_HOURS),
            refusals=line.run(DROP_REFUSALS, now - REFUSAL_COUNTS),
            suppressions=line.run(DROP_SUPPRESSIONS, now - ENDED_SUPPRESSIONS),
        )
    dropped.incidents = destroy_incidents(region)
    return dropped


def destroy_incidents(region: str) -> int:
    """Destroy what was closed too long ago, with its timeline and messages; how many there were.

    The record keeps that they were, and how much was destroyed of each tenant.
    """
    days = settings.INCIDENT_RETENTION_DAYS
    if not 1 <= days <= 3650:
        raise ImproperlyConfigured("INCIDENT_RETENTION_DAYS is to be from 1 to 3650.")
    total = 0
    for _ in range(MOST_BATCHES):
        with residency.region(region), transaction.atomic(using=region):
            line = Line(region)
            before = line.now() - timedelta(days=days)
            rows = line.rows(DESTROY_INCIDENTS, before, INCIDENTS_AT_ONCE)
            audit.record_many_system([_destroyed(*row) for row in rows], region=region)
        number = sum(row[2] for row in rows)
        total += number
        if number < INCIDENTS_AT_ONCE:
            break
    return total


def _destroyed(
    tenant: uuid.UUID, reference: str, incidents: int, entries: int, messages: int
) -> audit.SystemEvent:
    """What was destroyed of one tenant at once."""
    return audit.SystemEvent(
        "incident.destroyed",
        (tenant, reference),
        ("tenant", reference),
        {"incidents": incidents, "entries": entries, "messages": messages},
    )
