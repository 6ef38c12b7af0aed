"""Put the made-up fleet into the databases: a region at a time, each in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from django.db import models, transaction

from access import residency
from rooms.fleet.plans import TENANTS, TenantPlan, dice, reference
from rooms.models import FleetCount, Room, TenantProfile, TriageItem
from rooms.states import SEVERITY_ORDER, RoomStatus, SignalStatus
from tests.fleet.loader import BATCH, store
from tests.fleet.tenants import MadeTenant, make_tenant

SHOWN_HOURS = 24


def plans_of(region: str) -> list[TenantPlan]:
    """The tenants of one region."""
    return [plan for plan in TENANTS if plan.region == region]


def seed_region(region: str, at: datetime) -> int:
    """Fill a region that is still empty; how many rooms it holds. A second call changes nothing."""
    with residency.region(region), transaction.atomic(using=region):
        if not TenantProfile.objects.filter(tenant_id=plans_of(region)[0].id).exists():
            made = [make_tenant(plan, at) for plan in plans_of(region)]
            for tenant in made:
                store_tenant(tenant, using=region)
            _write(fleet_counts(made, at), region)
            _write([item for tenant in made for item in triage_items(tenant)], region)
        return Room.objects.count()


def store_tenant(tenant: MadeTenant, using: str) -> None:
    """Write everything of one tenant, parents before children."""
    fitted = [made.fitted for made in tenant.rooms]
    _write([tenant.profile], using)
    _write(tenant.sites, using)
    _write([one.room for one in fitted], using)
    _write([token for one in fitted for token in one.tokens], using)
    _write([one.position for one in fitted], using)
    _write([one.device for one in fitted], using)
    _write([one.panel for one in fitted if one.panel], using)
    _write([peripheral for one in fitted for peripheral in one.peripherals], using)
    store((made.rows for made in tenant.rooms), using)


def _write(rows: Sequence[models.Model], using: str) -> None:
    if rows:
        type(rows[0])._default_manager.using(using).bulk_create(rows, batch_size=BATCH)


def fleet_counts(tenants: Iterable[MadeTenant], at: datetime) -> list[FleetCount]:
    """Rooms by status now and at each full hour of the last day, and by signal now."""
    rooms = [made.rows for tenant in tenants for made in tenant.rooms]
    full = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    counts = [
        FleetCount(as_of=hour, status=status, rooms=count)
        for hour in (full - timedelta(hours=back) for back in range(SHOWN_HOURS))
        if hour < at
        for status, count in Counter(room.status_at(hour) for room in rooms).items()
    ]
    now = Counter(room.verdict.status for room in rooms)
    counts += [FleetCount(as_of=at, status=status, rooms=count) for status, count in now.items()]
    signals = Counter(
        (finding.code, finding.severity)
        for room in rooms
        if room.verdict.status not in (RoomStatus.ONBOARDING, RoomStatus.SUPPRESSED)
        for finding in {
            finding.code: finding
            for finding in room.findings
            if finding.state == SignalStatus.UNHEALTHY
        }.values()
    )
    counts += [
        FleetCount(as_of=at, signal=code, severity=severity, rooms=count)
        for (code, severity), count in signals.items()
    ]
    return counts


def triage_items(tenant: MadeTenant) -> list[TriageItem]:
    """One for each fault that makes a room unhealthy or unmonitored; none says which room."""
    chance = dice(f"triage/{tenant.reference}")
    return [
        TriageItem(
            reference=reference("INC", chance),
            tenant_id=tenant.profile.tenant_id,
            tenant_reference=tenant.reference,
            signal=finding.code,
            severity=finding.severity,
            severity_rank=SEVERITY_ORDER[finding.severity],
            opened_at=finding.since,
        )
        for made in tenant.rooms
        if made.rows.verdict.status in (RoomStatus.UNHEALTHY, RoomStatus.UNMONITORED)
        for finding in made.rows.findings
        if finding.decides
    ]
