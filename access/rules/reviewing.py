"""Who may judge whose standing relation, and who may change it."""

from __future__ import annotations

from access.models import Staff
from access.models.relation_acts import RelationActKind
from access.rules.asking import says_something
from access.verdict import Allowed, Denied, Verdict


def may_review(by: Staff, subject: Staff, *, standing: bool) -> Verdict:
    """Anybody who may look at the record, but not on themselves, and only of what stands."""
    if by.person_id == subject.person_id:
        return Denied(
            "You cannot review yourself.", "Another auditor of this tenant decides.", "self_review"
        )
    if not standing:
        return Denied("The relation does not stand any more.", "", "gone", stale=True)
    return Allowed()


def may_change_relation(
    by: Staff,
    subject: Staff,
    kind: RelationActKind,
    *,
    stands: bool,
    suspended: bool,
    reason: str,
) -> Verdict:
    """Anybody who may manage people, but not their own, with a reason, and from what stands now."""
    if by.person_id == subject.person_id:
        return Denied(
            "You cannot change your own relations.",
            "Another person with access to people does it.",
            "own_relation",
        )
    if not says_something(reason):
        return Denied("A relation is changed with a reason.", "Write why.", "reason")
    if kind == RelationActKind.GIVE and not subject.is_active:
        return Denied("The account is closed.", "", "employment")
    if kind == RelationActKind.GIVE and suspended:
        return Denied("The relation is suspended.", "Restore it.", "state", stale=True)
    fits = {
        RelationActKind.GIVE: not stands,
        RelationActKind.TAKE: stands or suspended,
        RelationActKind.RESTORE: suspended,
    }
    if not fits.get(kind, False):
        return Denied("The relation is not as the page showed it.", "", "state", stale=True)
    return Allowed()
