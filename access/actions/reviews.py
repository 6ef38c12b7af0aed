"""Judge a standing relation in the quarter's review. Nothing is taken away by that."""

from __future__ import annotations

from datetime import date

from access import audit, clock, relations, rules
from access.lock import context
from access.models import RelationReview, Staff, Tenant
from access.models.auditors import ReviewDecision
from access.scopes import Relation


def quarter_of(day: date) -> str:
    """The quarter that a day is in, such as 2026-Q4."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def review_relation(
    *,
    by: Staff,
    tenant: Tenant,
    relation: Relation,
    subject: Staff,
    decision: ReviewDecision,
    grants: list[str],
    purpose: str,
) -> RelationReview:
    """Record keep or remove for this quarter; said twice, the first time counts.

    Raises Refused for one's own relation, WrongState for one that does not stand any more.
    """
    standing = subject in relations.people_who(relation, tenant)
    rules.may_review(by, subject, standing=standing).enforce()
    now = clock.now(context.current().region)
    made, new = RelationReview.objects.get_or_create(
        tenant_id=tenant.pk,
        quarter=quarter_of(now.date()),
        relation=relation,
        subject_id=subject.pk,
        defaults={
            "subject_person_id": subject.person_id,
            "decision": decision,
            "decided_by_id": by.pk,
            "decided_by_person_id": by.person_id,
            "decided_by_label": by.name,
            "decided_at": now,
        },
    )
    if new:
        audit.record(
            "review.decided",
            subject=("person", str(subject.pk)),
            scopes=["audit.view"],
            grants=grants,
            purpose=purpose,
            detail={"relation": relation.value, "decision": decision, "quarter": made.quarter},
        )
    return made
