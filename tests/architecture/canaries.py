"""Rows of two tenants in every table of tenant data, each with a text that must never leak."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psycopg
from django.db import transaction
from django.utils import timezone

from access.models import AccessRequest, Grant, Staff, Tenant
from access.references import new_reference, room_key
from rooms import models as rooms
from tests.architecture.attack import Token

OWNER = "eu_owner"
ALL_SCOPES = ["inventory.view", "health.view", "account.view"]
# Every table under a scope of the rooms app, and the ground floor's own.
LOCKED = [
    "rooms_tenantprofile",
    "rooms_site",
    "rooms_room",
    "rooms_roomtoken",
    "rooms_device",
    "rooms_peripheral",
    "rooms_softwareversion",
    "rooms_roomaccount",
    "rooms_deviceaddress",
    "rooms_roomposition",
    "rooms_roomhealth",
    "rooms_signalstate",
    "rooms_roomday",
    "rooms_roomeventhour",
]
ABSENT = ["access_accessrequest", "access_vote", "access_grant", "access_requestmessage"]
ABSENT += ["access_lockout", "access_auditevent", "access_auditrepeat", "access_regionalleaf"]
ABSENT += ["rooms_fleetcount", "rooms_triageitem"]

THEN = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass
class Planted:
    """What stands in the database of one tenant, by table."""

    tenant: Tenant
    word: str
    rooms: list[uuid.UUID] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    site: uuid.UUID = field(default_factory=uuid.uuid4)


def plant(tenant: Tenant, word: str, number: int = 2) -> Planted:
    """A profile, a site and some rooms with everything in them; every text holds the word."""
    with transaction.atomic(using=OWNER):
        return _plant(Planted(tenant, word), number)


def _plant(planted: Planted, number: int) -> Planted:
    tenant, word = planted.tenant, planted.word
    key = {"tenant_id": tenant.pk}
    rooms.TenantProfile.objects.using(OWNER).create(
        **key, name=f"{word} Ltd", contact_name=word, contact_email=f"{word}@tenant.example"
    )
    rooms.Site.objects.using(OWNER).create(
        **key, id=planted.site, name=word, building=word, city=word, country="DE", time_zone="UTC"
    )
    for at in range(number):
        _plant_room(planted, key, f"RM-{1000 + at}")
    return planted


def _plant_room(planted: Planted, key: dict[str, uuid.UUID], reference: str) -> None:
    word, now = planted.word, timezone.now()
    room = room_key(planted.tenant.pk, reference)
    planted.rooms.append(room)
    planted.references.append(reference)

    def make(table: type, /, **fields: object) -> uuid.UUID:
        made = table.objects.using(OWNER).create(**key, **fields)
        return made.pk

    make(
        rooms.Room,
        id=room,
        reference=reference,
        name=f"{word} {reference}",
        name_sort=f"{word.lower()} {reference}",
        site_id=planted.site,
        capacity=8,
        room_type="medium",
    )
    make(rooms.RoomToken, token=word.lower(), room_id=room)
    device = make(
        rooms.Device,
        reference=f"DV-{word[:4].upper()}{reference[-4:]}",
        room_id=room,
        kind="compute",
        platform="windows",
        manufacturer=word,
        model=word,
        serial=word,
        time_zone="UTC",
    )
    inside = {"room_id": room, "device_id": device}
    make(
        rooms.Peripheral,
        **inside,
        kind="camera",
        name=word,
        instance=word,
        port="USB 1",
        since=now,
    )
    make(rooms.SoftwareVersion, **inside, component="Teams", installed=word, observed_at=now)
    make(rooms.RoomAccount, room_id=room, upn=f"{word}@tenant.example")
    make(rooms.DeviceAddress, **inside, ipv4="192.0.2.1", mac=word[:17], observed_at=now)
    make(rooms.RoomPosition, room_id=room, latitude=1.5, longitude=2.5)
    make(
        rooms.RoomHealth,
        room_id=room,
        status="unhealthy",
        attention=0,
        worst_signal=word,
        since=now,
    )
    make(
        rooms.SignalState,
        **inside,
        code=word,
        category="Displays",
        severity="critical",
        state="unhealthy",
        sentence=word,
        since=now,
    )
    make(rooms.RoomDay, room_id=room, day=THEN.date(), unhealthy_minutes=7)
    make(rooms.RoomEventHour, room_id=room, hour=THEN, events=3)


def grant_row(
    holder: Staff,
    tenant: Tenant,
    *scopes: str,
    rooms: list[uuid.UUID] | None = None,
    starts: datetime | None = None,
    ends: datetime | None = None,
    state: str = "active",
) -> Grant:
    """A grant as the owner writes it, without the way through request and votes."""
    now = timezone.now()
    narrow = rooms or []
    what = {
        "tenant_id": tenant.pk,
        "tenant_reference": tenant.reference,
        "scopes": list(scopes or ALL_SCOPES),
        "whole_tenant": not narrow,
        "room_ids": narrow,
        "room_references": [f"RM-{1000 + at}" for at in range(len(narrow))],
        "purpose": "mitigate",
        "duration": timedelta(hours=1),
        "policy_version": 1,
    }
    request = AccessRequest.objects.using(OWNER).create(
        **what,
        reference=new_reference("AR"),
        requester_id=holder.pk,
        requester_person_id=holder.person_id,
        requester_label=holder.name,
        reason="INC-1",
        state="approved",
        votes_needed=1,
        created_at=now,
        lapses_at=now + timedelta(hours=1),
        decided_at=now,
    )
    ready = state == "ready"
    return Grant.objects.using(OWNER).create(
        **what,
        reference=new_reference("GR"),
        request_id=request.pk,
        request_reference=request.reference,
        holder_id=holder.pk,
        holder_person_id=holder.person_id,
        holder_label=holder.name,
        claim_by=now + timedelta(hours=1),
        starts_at=None if ready else starts or now - timedelta(minutes=1),
        ends_at=None if ready else ends or now + timedelta(minutes=59),
        state=state,
        created_at=now,
    )


def event_row(behind: psycopg.Connection, actor: Staff, tenant: Tenant) -> uuid.UUID:
    """A record of a view, as it stands before anything is read."""
    event = uuid.uuid4()
    behind.execute(
        "insert into access_auditevent (id, recorded_at, type, outcome, actor_id, actor_label,"
        " session, tenant_id, tenant_reference, scopes, grant_references, purpose, subject_type,"
        " subject_reference, detail) values (%s, lock.now(), 'view.rooms', 'opened', %s, %s,"
        " 'attack', %s, %s, '{}', '{}', '', 'tenant', '', '{}')",
        [event, actor.pk, actor.name, tenant.pk, tenant.reference],
    )
    return event


def token_of(
    actor: Staff, tenant: Tenant, pid: int, event: uuid.UUID | None, **more: object
) -> Token:
    """A good context for that person and tenant."""
    return Token(
        pid=pid, actor=actor.pk, person=actor.person_id, tenant=tenant.pk, event=event, **more
    )
