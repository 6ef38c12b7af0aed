"""What people change about themselves: how pages look, and that they accept the privacy wording."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction

from access import clock
from access.audit import record_control
from access.models import Certificate, Staff
from access.models.people import CertificateKind
from access.residency import CONTROL

if TYPE_CHECKING:
    from django.http import HttpRequest

WORDING_VALID: Final = timedelta(days=365)


def set_appearance(*, by: Staff, theme: str, density: str, shortcuts: bool) -> None:
    """Keep how pages look to this person. A taste is nobody's business: it is not recorded."""
    by.theme, by.density, by.shortcuts = theme, density, shortcuts
    by.save(update_fields=["theme", "density", "shortcuts"])


def accept_privacy_wording(*, by: Staff, version: int, request: HttpRequest) -> Certificate:
    """Certify that the person accepted this version of the wording, for a year from now."""
    with transaction.atomic(using=CONTROL):
        moment = clock.now()
        certificate = Certificate.objects.create(
            staff_id=by.pk,
            kind=CertificateKind.PRIVACY,
            wording_version=version,
            issued_at=moment,
            expires_at=moment + WORDING_VALID,
        )
        record_control(
            "privacy.accepted", by=by, detail={"wording_version": version}, request=request
        )
    return certificate
