"""Judge a standing relation in the quarter's review: kept, or left to be suspended."""

from __future__ import annotations

from datetime import date

from access import audit, clock, relations, rules
from access.actions.people import act_on_relation
from access.lock import context
from access.models import RelationAct, Staff, Tenant
from access.models.relation_acts import RelationActKind
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
    decision: RelationActKind,
    grants: list[str],
    purpose: str,
) -> RelationAct:
    """Record keep or remove for this quarter; said twice, the first time counts.

    The relation stands in the control plane: what is said of it is committed there first, and
    then recorded in the tenant's own log. Raises Refused for one's own relation, WrongState for
    one that does not stand any more.
    """
    standing = subject in relations.people_who(relation, tenant)
    rules.may_review(by, subject, standing=standing).enforce()
    quarter = quarter_of(clock.now(context.current().region).date())
    with relations.in_control(by, context.current().session):
        said = RelationAct.objects.filter(
            tenant_id=tenant.pk,
            quarter=quarter,
            relation=relation,
            subject_id=subject.pk,
            kind__in=[RelationActKind.KEEP, RelationActKind.REMOVE],
        ).first()
        made = said or act_on_relation(
            by=by,
            kind=decision,
            tenant=tenant,
            relation=relation,
            subject=subject,
            quarter=quarter,
        )
    if said is None:
        audit.record(
            "review.decided",
            subject=("person", str(subject.pk)),
            scopes=["audit.view"],
            grants=grants,
            purpose=purpose,
            detail={"relation": relation.value, "decision": decision, "quarter": quarter},
        )
    return made
