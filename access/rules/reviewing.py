"""Who may judge whose standing relation."""

from __future__ import annotations

from access.models import Staff
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
