"""The first step: judge the keys and the trust in the TPM, and seal a secret for it."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from cryptography.x509 import Certificate
from django.conf import settings
from psycopg.types.json import Jsonb

from rooms.device_api import door
from rooms.device_api.problems import Refused
from rooms.enrolment import blobs
from rooms.enrolment.schema import Begin, Challenge
from rooms.tpm.certificates import load_roots, verify_endorsement
from rooms.tpm.credential import make_credential, new_secret
from rooms.tpm.public import PublicArea, ek_hashes, refuse_same
from rooms.tpm.refusal import TpmRefusal
from rooms.tpm.roles import check_attestation_key, check_endorsement_key

CERTIFICATE: Final = "certificate"
REGISTERED: Final = "registered"

_KEY: Final = "select id, tenant_id, room_id, serial, state from device.enrolment_key(%s)"
_REGISTERED: Final = "select device.is_registered(%s, %s, %s, %s)"
_REFUSE: Final = "select device.refuse_key(%s, %s)"
_BEGIN: Final = "select device.begin_enrolment(%s, %s, %s, %s, %s, %s, %s, %s)"

# What the holder of an enrolment key that is not usable is told.
_UNUSABLE: Final = {
    "unknown": "Nobody issued this enrolment key: check it for mistakes.",
    "used": "This enrolment key was used: ask for a new one.",
    "expired": "This enrolment key has expired: ask for a new one.",
    "withdrawn": "This enrolment key was withdrawn: ask for a new one.",
    "serial": "This enrolment key is for a device with another serial number.",
}


_BUSY: Final = "Many challenges of this enrolment key are open: answer one, or wait until they end."
# How long a challenge can be answered (rooms/sql/device.sql).
CHALLENGE_SECONDS: Final = 120


def region_of(asked: Begin) -> str:
    """The region that the enrolment key names. Refused: enrolment_refused."""
    region = asked.enrolment_key.partition(".")[0]
    if region not in settings.PORTAL_REGIONS:
        raise Refused("enrolment_refused", _UNUSABLE["unknown"])
    return region


def begin(region: str, asked: Begin) -> Challenge:
    """A challenge for the device's TPM.

    Refused: enrolment_refused, tenant_left, field_invalid; what is wrong is said, for the asker
    holds a key that one of our people issued.
    """
    key_id, tenant, room = _enrolment_key(region, asked)
    ek = blobs.key(asked.ek_public, "ek_public", "endorsement key", check_endorsement_key)
    ak = blobs.key(asked.ak_public, "ak_public", "attestation key", check_attestation_key)
    key = blobs.device_key(asked.key_public)
    try:
        refuse_same(ek, ak, key)
    except TpmRefusal as refusal:
        raise Refused("field_invalid", refusal.sentence, "key_public") from refusal
    try:
        trust = _trust(region, tenant, room, asked, ek)
    except Refused:
        door.ask(region, _REFUSE, [key_id, "tpm_not_trusted"])
        raise
    secret = new_secret()
    sealed = make_credential(ek, ak.name, secret)
    name = f"{region}.{secrets.token_urlsafe(32)}"
    claims = asked.model_dump(
        mode="json", include={"serial", "manufacturer", "model", "platform", "kind"}
    )
    digest = hashlib.sha256(secret).digest()
    kept = (key_id, name, ek_hashes(ek)[0], ak.blob, key.blob, digest, Jsonb(claims), trust)
    (until,) = door.ask(region, _BEGIN, kept) or (None,)
    if until is None:  # used or withdrawn in the meantime
        raise Refused("enrolment_refused", _UNUSABLE["used"])
    return Challenge(
        challenge=name,
        id_object=blobs.text(sealed.id_object),
        encrypted_secret=blobs.text(sealed.encrypted_secret),
        expires_at=until.astimezone(UTC).isoformat(),
    )


def _enrolment_key(region: str, asked: Begin) -> tuple[UUID, UUID, UUID]:
    """The usable key's id, tenant and room."""
    digest = hashlib.sha256(asked.enrolment_key.encode()).digest()
    row: tuple[Any, ...] | None = door.ask(region, _KEY, [digest])
    if row is None:
        raise Refused("enrolment_refused", _UNUSABLE["unknown"])
    key_id, tenant, room, serial, state = row
    if state == "tenant_left":
        raise Refused("tenant_left")
    if state == "busy":
        raise Refused("slow_down", _BUSY, retry_after=CHALLENGE_SECONDS)
    if state != "usable":
        raise Refused("enrolment_refused", _UNUSABLE[state])
    if serial and serial != asked.serial:
        raise Refused("enrolment_refused", _UNUSABLE["serial"])
    return key_id, tenant, room


def _trust(region: str, tenant: UUID, room: UUID, asked: Begin, ek: PublicArea) -> str:
    """Why the endorsement key is a real TPM's: registered beforehand, or certified by its maker.

    Never because it came first.
    """
    hashes = list(ek_hashes(ek))
    (registered,) = door.ask(region, _REGISTERED, [tenant, room, hashes, asked.serial]) or (False,)
    if registered:
        return REGISTERED
    if asked.ek_certificate is None:
        raise Refused(
            "enrolment_refused",
            "This TPM is not known here: have the hash of its endorsement key registered for this"
            " room and serial number, or send the maker's certificate.",
        )
    chain = [blobs.blob(one, f"ek_chain.{at}") for at, one in enumerate(asked.ek_chain)]
    at = datetime.fromtimestamp(door.service_time(region), UTC)
    leaf = blobs.blob(asked.ek_certificate, "ek_certificate")
    try:
        verify_endorsement(ek, leaf, chain, roots=roots(settings.TPM_ROOTS), at=at)
    except TpmRefusal as refusal:
        raise Refused("enrolment_refused", refusal.sentence) from refusal
    return CERTIFICATE


@cache
def roots(path: str) -> tuple[Certificate, ...]:
    """The makers' certificates in that PEM file, read once; none for an empty path."""
    return tuple(load_roots(Path(path).read_bytes())) if path else ()
