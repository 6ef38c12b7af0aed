"""The demo's places, and the door for its devices: nothing that a device has to say itself.

Devices, peripherals, health and incidents come through the device surface, from the simulator.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import models, transaction

from access import residency
from portal.demo_people import PEOPLE
from rooms.fleet.places import PlannedRoom, PlannedSite, planned_rooms, shares
from rooms.fleet.plans import SEED, TENANTS, TenantPlan, dice, reference
from rooms.models import (
    EnrolmentKey,
    Room,
    RoomAccount,
    RoomPosition,
    RoomToken,
    Site,
    TenantProfile,
    TrustedEndorsement,
)
from rooms.models.places import words_of
from rooms.simulator.fleet import Endorsement, endorsements

BATCH: Final = 1000
REASON: Final = "Fleet agreed on at staging"
# Longer than any demo stands.
KEYS_VALID: Final = timedelta(days=365)
SECRET_BYTES: Final = 20


def enrolment_key(region: str, name: str) -> str:
    """The enrolment key of a machine of the demo.

    Derived from the installation's secret, because the database keeps only digests and a second
    seed must be able to write the simulator's file again.
    """
    words = hmac.digest(settings.SECRET_KEY.encode(), f"demo/{region}/{name}".encode(), "sha256")
    return f"{region}.{base64.b32encode(words[:SECRET_BYTES]).decode().lower()}"


def fleet_of(rooms: int) -> list[Endorsement]:
    """The machines of a demo of so many rooms."""
    return list(endorsements(rooms, SEED))


def keys_of(fleet: Iterable[Endorsement]) -> list[tuple[str, str]]:
    """Name and enrolment key of each machine."""
    return [(one.name, enrolment_key(one.room.tenant.region, one.name)) for one in fleet]


def seed_region(region: str, rooms: int, fleet: Sequence[Endorsement], at: datetime) -> int:
    """Fill a region that is still empty; how many rooms it holds. A second call changes nothing.

    `rooms` is the size of the whole demo, of which the region gets its tenants' share.
    """
    plans = [plan for plan in TENANTS if plan.region == region]
    with residency.region(region), transaction.atomic(using=region):
        if not TenantProfile.objects.filter(tenant_id=plans[0].id).exists():
            given = shares(rooms)
            for plan in plans:
                places = planned_rooms(plan, given[plan.key])
                _store(profile_of(plan))
                _store_places(places)
                _store_door([one for one in fleet if one.room.tenant == plan], at)
        return Room.objects.count()


def profile_of(plan: TenantPlan) -> TenantProfile:
    """Who the customer is."""
    return TenantProfile(
        tenant_id=plan.id,
        reference=plan.reference,
        name=plan.name,
        contact_name=plan.contact,
        contact_email=f"{plan.contact.split()[0].casefold()}@{plan.domain}",
        settings={"language": "en", "support_hours": "24x7", "night_window": "00:00-05:00"},
    )


def _store(*rows: models.Model) -> None:
    """Rows of one table."""
    if rows:
        type(rows[0])._default_manager.bulk_create(rows, batch_size=BATCH)


def _store_places(rooms: Sequence[PlannedRoom]) -> None:
    """Sites and rooms, with what identifies them."""
    _store(*(_site(site) for site in dict.fromkeys(room.site for room in rooms)))
    _store(*(_room(room) for room in rooms))
    _store(*(token for room in rooms for token in _tokens(room)))
    _store(*(_account(room) for room in rooms))
    _store(
        *(
            RoomPosition(
                tenant_id=room.tenant.id,
                room_id=room.id,
                latitude=room.latitude,
                longitude=room.longitude,
            )
            for room in rooms
        )
    )


def _site(site: PlannedSite) -> Site:
    return Site(
        id=site.id,
        tenant_id=site.tenant.id,
        name=site.name,
        building=site.building,
        city=site.city.name,
        country=site.city.country,
        time_zone=site.city.time_zone,
    )


def _room(room: PlannedRoom) -> Room:
    return Room(
        id=room.id,
        tenant_id=room.tenant.id,
        reference=room.reference,
        name=room.name,
        name_sort=room.name.casefold(),
        site_id=room.site.id,
        floor=str(room.floor),
        capacity=room.capacity,
        room_type=room.room_type,
        ring=room.ring,
    )


def _tokens(room: PlannedRoom) -> list[RoomToken]:
    """The words by which the room is found."""
    text = f"{room.name} {room.reference} {room.site.name} {room.site.city.name}"
    words = [*words_of(text), room.reference.casefold()]
    return [
        RoomToken(tenant_id=room.tenant.id, token=word, room_id=room.id)
        for word in dict.fromkeys(words)
    ]


def _account(room: PlannedRoom) -> RoomAccount:
    """The resource account, named as customers name theirs."""
    site = room.site
    place = f"{site.city.name} {room.name} {site.building.removesuffix(' House')}".casefold()
    return RoomAccount(
        tenant_id=room.tenant.id,
        room_id=room.id,
        upn=f"{re.sub(r'[^a-z0-9]+', '-', place).strip('-')}@{room.tenant.domain}",
        display_name=f"{site.city.name} {room.name}",
    )


def _store_door(fleet: Sequence[Endorsement], at: datetime) -> None:
    """One enrolment key and one registered TPM for each machine of a tenant."""
    issuer = next(person for person in PEOPLE if person.key == "asha")
    keys, trusted = [], []
    for one in fleet:
        plan = one.room.tenant
        text = enrolment_key(plan.region, one.name)
        keys.append(
            EnrolmentKey(
                tenant_id=plan.id,
                tenant_reference=plan.reference,
                reference=reference("EK", dice(f"enrolment key/{one.name}")),
                secret_digest=hashlib.sha256(text.encode()).digest(),
                room_id=one.room.id,
                serial=one.serial,
                enrol_at_once=not one.room.fresh,
                issued_by_id=issuer.id,
                issued_by_label=issuer.name,
                reason=REASON,
                issued_at=at,
                expires_at=at + KEYS_VALID,
            )
        )
        trusted.append(
            TrustedEndorsement(
                tenant_id=plan.id,
                digest=one.digest,
                serial=one.serial,
                room_id=one.room.id,
                added_by_id=issuer.id,
                added_by_label=issuer.name,
                added_at=at,
            )
        )
    _store(*keys)
    _store(*trusted)
