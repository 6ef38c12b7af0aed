"""Staff, tenants and their relations, made as the owner; and browsers signed in as them."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from access.models import Certificate, PolicyVersion, Staff, Tenant, TenantRelation
from access.models.directory import CONTROL_ID, CONTROL_REFERENCE
from access.policy import CURRENT_PRIVACY_WORDING, DEFAULT_DOCUMENT
from access.references import new_reference
from access.scopes import Relation

OWNER = "default_owner"
PASSWORD = "correct-horse-battery"


def publish_policy(number: int = 1, **changes: object) -> None:
    """Publish a policy version."""
    PolicyVersion.objects.using(OWNER).create(
        number=number,
        document={**DEFAULT_DOCUMENT, **changes},
        published_at=timezone.now(),
        proposed_by_id=uuid.uuid4(),
        approved_by_id=uuid.uuid4(),
    )


def tenant(region: str, **fields: object) -> Tenant:
    """A tenant in the directory."""
    return Tenant.objects.using(OWNER).create(
        reference=new_reference("TN"), region=region, **fields
    )


def control_plane() -> Tenant:
    """The reserved entry of the control plane; cleaning between tests takes it away."""
    made, _ = Tenant.objects.using(OWNER).get_or_create(
        id=CONTROL_ID, defaults={"reference": CONTROL_REFERENCE, "region": "default"}
    )
    return made


def person(
    name: str,
    *,
    asks: Iterable[Tenant] = (),
    decides: Iterable[Tenant] = (),
    audits: Iterable[Tenant] = (),
    groups: Iterable[str] = (),
    subcontractor: bool = False,
    **fields: object,
) -> Staff:
    """A trained, screened person with a password, a second factor, and these relations."""
    today = timezone.now()
    defaults: dict[str, object] = {
        "name": name.capitalize(),
        "country": "DE",
        "screened_on": today.date() - timedelta(days=30),
    }
    if subcontractor:
        defaults |= {
            "employer_type": "subcontractor",
            "contract_ends_on": today.date() + timedelta(days=180),
        }
    staff = Staff(email=f"{name}@rooms-ops.example", **{**defaults, **fields})
    staff.set_password(PASSWORD)
    staff.save(using=OWNER)
    for kind in ("training", "privacy"):
        Certificate.objects.using(OWNER).create(
            staff=staff,
            kind=kind,
            wording_version=CURRENT_PRIVACY_WORDING,
            issued_at=today - timedelta(days=30),
            expires_at=today + timedelta(days=300),
        )
    TOTPDevice.objects.create(user_id=staff.pk, name="phone", confirmed=True, tolerance=1)
    for name_of_group in groups:
        group, _ = Group.objects.using(OWNER).get_or_create(name=name_of_group)
        Staff.groups.through.objects.using(OWNER).create(staff_id=staff.pk, group_id=group.pk)
    for relation, tenants in (
        (Relation.MAY_ASK, asks),
        (Relation.MAY_DECIDE, decides),
        (Relation.MAY_AUDIT, audits),
    ):
        for one in tenants:
            relate(staff, relation, one)
    return Staff.objects.get(pk=staff.pk)


def relate(staff: Staff, relation: Relation, to: Tenant) -> None:
    """Give a standing relation, as the people team would."""
    TenantRelation.objects.using(OWNER).create(
        user_id=staff.pk,
        permission=Permission.objects.using(OWNER).get(
            codename=relation.value, content_type__app_label="access"
        ),
        content_object_id=to.pk,
    )


def unrelate(staff: Staff, relation: Relation, to: Tenant) -> None:
    """End a standing relation."""
    TenantRelation.objects.using(OWNER).filter(
        user_id=staff.pk, permission__codename=relation.value, content_object_id=to.pk
    ).delete()


def change(staff: Staff, **fields: object) -> None:
    """Change what the people team records of a person."""
    Staff.objects.using(OWNER).filter(pk=staff.pk).update(**fields)


def lose_training(staff: Staff) -> None:
    """The person's training is no longer in date."""
    Certificate.objects.using(OWNER).filter(staff_id=staff.pk, kind="training").update(
        issued_at=timezone.now() - timedelta(days=800),
        expires_at=timezone.now() - timedelta(days=1),
    )


def code_of(staff: Staff) -> str:
    """A one-time code that has not been used: of now, or of the next step (tolerance 1)."""
    device = TOTPDevice.objects.get(user_id=staff.pk)
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    step = max(totp.t(), device.last_t + 1)
    totp.time = step * device.step + device.t0
    return f"{totp.token():06d}"


def last_step(staff: Staff) -> int:
    """The time step of the last code that was spent; it tells whether one was."""
    return int(TOTPDevice.objects.get(user_id=staff.pk).last_t)


def forget_codes(staff: Staff) -> None:
    """Let the codes of this and the next step be used again, so that a test need not wait."""
    TOTPDevice.objects.filter(user_id=staff.pk).update(last_t=-1, throttling_failure_count=0)


def secret_of(staff: Staff) -> str:
    """The TOTP secret in base 32, as an authenticator app takes it."""
    return base64.b32encode(TOTPDevice.objects.get(user_id=staff.pk).bin_key).decode()


def signed_in_client(staff: Staff) -> Client:
    """A browser in which the person is signed in, with the second factor given."""
    client = Client()
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = TOTPDevice.objects.get(user_id=staff.pk).persistent_id
    session.save()
    return client
