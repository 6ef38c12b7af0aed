"""Let devices in and out: enrolment keys, registered TPMs, Enroll, unenrol, and in again.

Each act is recorded in its transaction, under the grant that opened it. The device's own steps are
functions of the schema `device`.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from access import audit, clock
from access.held import HeldGrant
from access.lock import context
from access.models import Staff, Tenant
from access.references import ALPHABET
from access.scopes import Scope
from rooms.models import Device, DeviceIdentity, DeviceKey, EnrolmentKey, Room, TrustedEndorsement
from rooms.rules.enrolment import may_enrol, may_readmit, may_unenrol, may_withdraw_key
from rooms.states import DeviceState

SECRET_BYTES = 20  # 160 bits: 32 letters of base 32


@dataclass(frozen=True)
class EndorsementLine:
    """One line of a list of TPMs: which one will stand in which room."""

    number: int
    serial: str
    room: str
    digest: str


def issue_enrolment_key(
    *,
    by: Staff,
    under: HeldGrant,
    tenant: Tenant,
    room: Room,
    serial: str,
    valid_for: timedelta,
    enrol_at_once: bool,
    reason: str,
) -> tuple[EnrolmentKey, str]:
    """A new key, and its text, which nothing keeps: it can be shown this once."""
    region = context.current().region
    at = clock.now(region)
    words = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode().lower()
    text = f"{region}.{words}"
    key = EnrolmentKey.objects.create(
        tenant_id=tenant.pk,
        tenant_reference=tenant.reference,
        reference="EK-" + "".join(secrets.choice(ALPHABET) for _ in range(8)),
        secret_digest=hashlib.sha256(text.encode()).digest(),
        room=room,
        serial=serial,
        enrol_at_once=enrol_at_once,
        issued_by_id=by.pk,
        issued_by_label=by.name,
        reason=reason,
        issued_at=at,
        expires_at=at + valid_for,
    )
    detail = {"room": room.reference, "for_one_serial": bool(serial), "at_once": enrol_at_once}
    _record("enrolment_key.issued", under, ("enrolment_key", key.reference), **detail)
    return key, text


def withdraw_enrolment_key(*, under: HeldGrant, reference: str) -> EnrolmentKey:
    """No device can use the key from now on. EnrolmentKey.DoesNotExist for an unknown one."""
    key = EnrolmentKey.objects.select_for_update().get(reference=reference)
    at = clock.now(context.current().region)
    may_withdraw_key(key, at).enforce()
    key.withdrawn_at = at
    key.save(update_fields=["withdrawn_at"])
    _record("enrolment_key.withdrawn", under, ("enrolment_key", key.reference))
    return key


def register_endorsements(
    *, by: Staff, under: HeldGrant, tenant: Tenant, lines: Sequence[EndorsementLine]
) -> tuple[int, list[str]]:
    """Register TPMs: all of the lines, or none. Returns how many were new, and the faults.

    A line that is registered just so already counts for nothing and is no fault.
    """
    rooms = {room.reference: room for room in _rooms_of(lines)}
    digests = [line.digest for line in lines]
    known = {one.digest: one for one in TrustedEndorsement.objects.filter(digest__in=digests)}
    faults, fresh = [], []
    for line in lines:
        room, stands = rooms.get(line.room), known.get(line.digest)
        if room is None:
            faults.append(f"Line {line.number}: no room {line.room} is open to you.")
        elif not under.reaches(tenant.reference, line.room):
            faults.append(f"Line {line.number}: your grant does not reach {line.room}.")
        elif stands is None:
            fresh.append((line, room))
        elif (stands.serial, stands.room_id) != (line.serial, room.pk):
            faults.append(f"Line {line.number}: this TPM is registered for another device or room.")
    if faults or not fresh:
        return 0, faults
    at = clock.now(context.current().region)
    TrustedEndorsement.objects.bulk_create(
        TrustedEndorsement(
            tenant_id=tenant.pk,
            digest=line.digest,
            serial=line.serial,
            room=room,
            added_by_id=by.pk,
            added_by_label=by.name,
            added_at=at,
        )
        for line, room in fresh
    )
    _record("endorsement.registered", under, ("tenant", tenant.reference), count=len(fresh))
    return len(fresh), []


def remove_endorsement(*, under: HeldGrant, endorsement: TrustedEndorsement) -> None:
    """The TPM is not trusted for an enrolment any more; a device that is enrolled stays so."""
    digest = endorsement.digest
    endorsement.delete()
    # The hash names a chip, not a person or a customer.
    _record("endorsement.removed", under, ("endorsement", digest[:12]))


def enrol_device(*, under: HeldGrant, reference: str) -> Device:
    """Enroll: from now on the device is monitored.

    `under` reaches its room, else Device.DoesNotExist, as for an unknown one.
    """
    device = Device.objects.select_for_update().get(reference=reference)
    may_enrol(device).enforce()
    device.state = DeviceState.MONITORED
    device.enrolled_at = clock.now(context.current().region)
    device.save(update_fields=["state", "enrolled_at"])
    _record("device.monitored", under, ("device", device.reference))
    return device


def unenrol_device(*, under: HeldGrant, reference: str, reason: str, shut_out: bool) -> Device:
    """Take a device out: its keys end at once. With `shut_out` its TPM is not let in again.

    The reason is kept beside the TPM, and not in the record, which holds no free text.
    """
    device = Device.objects.select_for_update().get(reference=reference)
    may_unenrol(device).enforce()
    at = clock.now(context.current().region)
    device.state = DeviceState.UNENROLLED
    device.save(update_fields=["state"])
    keys = DeviceKey.objects.filter(device_id=device.pk, revoked_at=None)
    ended = keys.update(revoked_at=at, revoked_why="unenrolled")
    identities = DeviceIdentity.objects.filter(device_id=device.pk)
    identities.update(revoked_why=reason)
    if shut_out:
        identities.filter(revoked_at=None).update(revoked_at=at)
    detail = {"keys_ended": ended, "shut_out": shut_out}
    _record("device.unenrolled", under, ("device", device.reference), **detail)
    return device


def readmit_device(*, under: HeldGrant, reference: str) -> Device:
    """Let the TPM of a device in again; the device itself comes with a new enrolment key."""
    device = Device.objects.get(reference=reference)
    rows = DeviceIdentity.objects.select_for_update()
    identity = rows.filter(device_id=device.pk).first()
    may_readmit(identity).enforce()
    rows.filter(device_id=device.pk).update(revoked_at=None, revoked_why="")
    _record("device.readmitted", under, ("device", device.reference))
    return device


def _rooms_of(lines: Sequence[EndorsementLine]) -> list[Room]:
    return list(Room.objects.filter(reference__in={line.room for line in lines}))


def _record(kind: str, under: HeldGrant, subject: tuple[str, str], **detail: object) -> None:
    audit.record(
        kind,
        subject=subject,
        scopes=[Scope.LIFECYCLE_MANAGE.value],
        grants=[under.reference],
        purpose=under.purpose,
        detail=detail,
    )
