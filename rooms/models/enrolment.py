"""How a device becomes known: keys that people issue, challenges, identities and device keys.

Opened by lifecycle.manage. Devices reach these tables through the functions of the schema
`device` only (rooms/sql/device.sql).
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.residency import RegionalModel
from rooms.models.devices import Device
from rooms.models.places import Room


class EnrolmentKey(RegionalModel):
    """A single-use key that lets one device enrol into one room. Only its digest is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16)
    tenant_reference = models.CharField(max_length=16)
    secret_digest = models.BinaryField(max_length=32, help_text="SHA-256 of the key's text")
    room = models.ForeignKey(
        Room,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="enrolment_keys",
    )
    serial = models.CharField(max_length=60, blank=True, help_text="Empty: any device")
    # For fleets that were agreed beforehand; everybody else presses Enroll.
    enrol_at_once = models.BooleanField(default=False)
    issued_by_id = models.UUIDField(editable=False)
    issued_by_label = models.CharField(max_length=120)
    reason = models.CharField(max_length=300)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "-issued_at"], name="enrolment_key_newest"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "reference"], name="enrolment_key_reference"
            ),
            # A device knows the key before it knows the tenant; 160 random bits never collide.
            models.UniqueConstraint(fields=["secret_digest"], name="enrolment_key_secret"),
        ]

    def __str__(self) -> str:
        return self.reference


class TrustedEndorsement(RegionalModel):
    """An endorsement key that staging told us beforehand: the everyday way to trust a TPM."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the public key, hexadecimal")
    serial = models.CharField(max_length=60)
    room = models.ForeignKey(
        Room,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="endorsements",
    )
    added_by_id = models.UUIDField(editable=False)
    added_by_label = models.CharField(max_length=120)
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "digest"], name="endorsement_digest"),
        ]

    def __str__(self) -> str:
        return self.digest[:12]


class EnrolmentChallenge(RegionalModel):
    """A credential that only the right TPM can open; good once, and for two minutes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=64)
    enrolment_key = models.ForeignKey(
        EnrolmentKey,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="challenges",
    )
    ek_digest = models.CharField(max_length=64)
    ak_public = models.BinaryField()
    key_public = models.BinaryField()
    secret_digest = models.BinaryField(max_length=32)
    # serial, manufacturer, model, platform, kind: what the device says of itself
    claims = models.JSONField(default=dict)
    trust = models.CharField(max_length=12, help_text="certificate or registered")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name"], name="challenge_name"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "enrolment_key"], name="challenge_by_key"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class DeviceIdentity(RegionalModel):
    """Which TPM a device is. One TPM is one device, in the whole region."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant_reference = models.CharField(max_length=16)
    device = models.ForeignKey(
        Device,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="identities",
    )
    room = models.ForeignKey(
        Room,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="identities",
    )
    ek_digest = models.CharField(max_length=64)
    ak_public = models.BinaryField()
    trust = models.CharField(max_length=12)
    enrolled_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "device"], name="one_identity_a_device"),
            # Across tenants: the same box must not be two customers' device.
            models.UniqueConstraint(fields=["ek_digest"], name="one_device_a_tpm"),
        ]

    def __str__(self) -> str:
        return self.ek_digest[:12]


class DeviceKey(RegionalModel):
    """The public half of the key that a device signs with, certified by its TPM."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=24, help_text="What the signature names: eu.DK-XXXXXXXX")
    device = models.ForeignKey(
        Device,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="keys",
    )
    room = models.ForeignKey(
        Room,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="device_keys",
    )
    public = models.BinaryField(help_text="P-256 point, uncompressed, 65 bytes")
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_why = models.CharField(max_length=40, blank=True)
    last_accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "device"], name="key_by_device"),
        ]
        constraints: ClassVar = [
            # A signature names the key before anybody knows the tenant.
            models.UniqueConstraint(fields=["name"], name="device_key_name"),
        ]

    def __str__(self) -> str:
        return self.name


class DeviceCommand(RegionalModel):
    """Something a device is asked to do; it rides on the answer to its next report."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    device = models.ForeignKey(
        Device,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="commands",
    )
    room = models.ForeignKey(
        Room,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="commands",
    )
    kind = models.CharField(max_length=40)
    parameters = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # As it travels, with its signature. Without one it is not handed over.
    signed = models.JSONField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    running_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, blank=True)
    detail_code = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["tenant_id", "device"],
                name="command_waiting",
                condition=models.Q(answered_at=None),
            ),
            # For the worker, which signs what people have ordered in all tenants.
            models.Index(
                fields=["made_at"],
                name="command_unsigned",
                condition=models.Q(signed__isnull=True, answered_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
