"""What people change about themselves, and what the people team changes about who stands where."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction

from access import audit, clock, rules
from access.audit import record_control
from access.models import Certificate, RelationAct, Staff, Tenant
from access.models.people import CertificateKind
from access.models.relation_acts import RelationActKind
from access.residency import CONTROL
from access.scopes import Relation, Scope

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


def act_on_relation(
    *,
    by: Staff,
    kind: RelationActKind,
    tenant: Tenant,
    relation: Relation,
    subject: Staff,
    reason: str = "",
    quarter: str = "",
) -> RelationAct:
    """Write one act on a relation; the database judges it and does it with the row.

    For a context of the control plane.
    """
    made = RelationAct(
        kind=kind,
        tenant_id=tenant.pk,
        relation=relation,
        subject_id=subject.pk,
        subject_person_id=subject.person_id,
        quarter=quarter,
        reason=reason,
        by_id=by.pk,
        by_person_id=by.person_id,
        by_label=by.name,
        made_at=clock.now(CONTROL),
    )
    made.save(force_insert=True)
    return made


def change_relation(
    *,
    by: Staff,
    kind: RelationActKind,
    tenant: Tenant,
    relation: Relation,
    subject: Staff,
    stands: bool,
    suspended: bool,
    reason: str,
    grants: list[str],
    purpose: str,
) -> RelationAct:
    """Give, end or restore somebody's standing relation, under a grant for people.manage.

    `stands` and `suspended` say what the page showed of it. Raises Refused for one's own and
    without a reason, WrongState when it is not as the act takes it to be.
    """
    rules.may_change_relation(
        by, subject, kind, stands=stands, suspended=suspended, reason=reason
    ).enforce()
    made = act_on_relation(
        by=by, kind=kind, tenant=tenant, relation=relation, subject=subject, reason=reason
    )
    audit.record(
        f"relation.{kind}",
        subject=("person", str(subject.pk)),
        scopes=[Scope.PEOPLE_MANAGE.value],
        grants=grants,
        purpose=purpose,
        detail={"relation": relation.value, "of": tenant.reference, "act": str(made.pk)},
    )
    return made
