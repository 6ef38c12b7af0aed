"""How devices became known, and what they were told to do."""

from __future__ import annotations

from typing import Final

from access.catalogue.terms import DataClass, Item, Table
from access.purposes import Purpose
from access.scopes import Category, Scope
from rooms.catalogue.keeping import CHALLENGES, ENROLLED

_CONNECT: Final = (Purpose.CONNECTIVITY, Purpose.MITIGATE)

TABLES: Final = (
    Table(
        "rooms.EnrolmentKey",
        Category.ACT,
        ENROLLED,
        scope=Scope.LIFECYCLE_MANAGE,
        since="issued_at",
        items=(
            Item(
                "Enrolment keys",
                "The digest of a key that lets one device in, for which room and until when.",
                DataClass.SYSTEM,
                "reference tenant_reference secret_digest room enrol_at_once issued_at expires_at"
                " used_at withdrawn_at",
                purposes=_CONNECT,
            ),
            Item(
                "Serial numbers agreed on",
                "Which box a key is meant for.",
                DataClass.OII,
                "serial",
                purposes=_CONNECT,
            ),
            Item(
                "Who issued a key",
                "Who of the service, and why.",
                DataClass.RECORD,
                "issued_by_id issued_by_label reason",
                purposes=_CONNECT,
            ),
        ),
    ),
    Table(
        "rooms.TrustedEndorsement",
        Category.ACT,
        ENROLLED,
        scope=Scope.LIFECYCLE_MANAGE,
        since="added_at",
        items=(
            Item(
                "Registered TPMs",
                "Digest of a TPM's key and the serial number of its box, and who registered it.",
                DataClass.OII,
                "digest serial room added_by_id added_by_label added_at",
                purposes=_CONNECT,
            ),
        ),
    ),
    Table(
        "rooms.EnrolmentChallenge",
        Category.ACT,
        CHALLENGES,
        scope=Scope.LIFECYCLE_MANAGE,
        since="made_at",
        items=(
            Item(
                "Enrolments under way",
                "What a device must answer to be let in, and what it said of itself.",
                DataClass.OII,
                "name enrolment_key ek_digest ak_public key_public secret_digest claims trust"
                " made_at expires_at used_at outcome",
                purposes=_CONNECT,
            ),
        ),
    ),
    Table(
        "rooms.DeviceIdentity",
        Category.ACT,
        ENROLLED,
        scope=Scope.LIFECYCLE_MANAGE,
        since="enrolled_at",
        items=(
            Item(
                "TPMs of devices",
                "Which TPM a device is, how it came to be trusted, and whether it still is.",
                DataClass.SYSTEM,
                "tenant_reference device room ek_digest ak_public trust enrolled_at revoked_at"
                " revoked_why",
                purposes=_CONNECT,
            ),
        ),
    ),
    Table(
        "rooms.DeviceKey",
        Category.ACT,
        ENROLLED,
        scope=Scope.LIFECYCLE_MANAGE,
        since="made_at",
        items=(
            Item(
                "Keys of devices",
                "Public halves of what devices sign with, and when they were last used.",
                DataClass.SYSTEM,
                "name device room public made_at revoked_at revoked_why last_accepted_at",
                purposes=_CONNECT,
            ),
        ),
    ),
    Table(
        "rooms.DeviceCommand",
        Category.ACT,
        ENROLLED,
        scope=Scope.INVENTORY_VIEW,
        since="made_at",
        items=(
            Item(
                "Commands to devices",
                "What a device was asked to do, as it was signed, when it was told, took it and"
                " began, and what came of it.",
                DataClass.SYSTEM,
                "device room kind parameters signed made_at expires_at delivered_at accepted_at"
                " running_at answered_at outcome detail_code",
                purposes=_CONNECT,
            ),
        ),
    ),
)
