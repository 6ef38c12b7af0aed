"""Deletion cases: opening one, voting on it, starting and withdrawing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import connections

from access import audit, clock
from access.lock import context
from access.models import Staff, Tenant
from access.references import new_reference
from access.scopes import Scope
from access.verdict import Denied, Refused, WrongState
from diagnostics.case_states import CaseState
from diagnostics.models import Case, CaseKind, CaseReach, CaseVote
from diagnostics.rules.cases import (
    group_to_stand_for,
    is_approved,
    may_vote_on_case,
    may_withdraw_case,
)
from rooms.actions.incident_row import Hand

# The published time for erasing what identifies people, once it was asked for.
DEADLINE: Final = timedelta(days=30)
UNSTARTED: Final = {
    "unknown": "There is no such case in this tenant.",
    "not_approved": "The case is not approved, or runs already.",
    "held": "A legal hold keeps this. Release it first, by two people.",
    "closed": "Starting takes a grant for erasing data of the whole tenant.",
}


@dataclass(frozen=True)
class Wanted:
    """What is to be destroyed, and who of the customer asked for it in which letter or ticket."""

    kind: CaseKind
    reach: CaseReach
    reference: str
    reason: str
    asked_by: str


def open_case(*, by: Staff, tenant: Tenant, wanted: Wanted) -> Case:
    """Open a case; nothing is destroyed before two others agree and somebody starts it."""
    at = clock.now(context.current().region)
    case = Case.objects.create(
        tenant_id=tenant.pk,
        reference=new_reference("CA"),
        tenant_reference=tenant.reference,
        kind=wanted.kind,
        reach=wanted.reach,
        reach_reference=wanted.reference or tenant.reference,
        reason=wanted.reason,
        asked_by=wanted.asked_by,
        state_at=at,
        opened_by_id=by.pk,
        opened_by_person=by.person_id,
        opened_by_label=by.name,
        opened_at=at,
        deadline_at=at + DEADLINE,
    )
    _record("case.opened", case, {"kind": str(case.kind), "reach": str(case.reach)})
    return case


def vote_on_case(
    *,
    by: Staff,
    groups: Sequence[str],
    decides: bool,
    case: Case,
    approves: bool,
    reason: str,
    step_up_method: str,
) -> Case:
    """Agree for one's group, or refuse. The vote that completes them approves the case."""
    locked = _locked(case)
    votes = list(CaseVote.objects.filter(tenant_id=locked.tenant_id, case=locked))
    may_vote_on_case(locked, votes, by.person_id, groups, decides).enforce()
    vote = CaseVote.objects.create(
        tenant_id=locked.tenant_id,
        case=locked,
        voter_id=by.pk,
        voter_person=by.person_id,
        voter_label=by.name,
        for_group=group_to_stand_for(groups, votes),
        approves=approves,
        reason=reason,
        step_up_method=step_up_method,
        voted_at=clock.now(context.current().region),
    )
    detail = {"approves": approves, "for": vote.for_group, "second_factor": step_up_method}
    _record("case.voted", locked, detail)
    if not approves:
        _move(locked, CaseState.REFUSED)
    elif is_approved([*votes, vote]):
        _move(locked, CaseState.APPROVED)
    return locked


def withdraw_case(*, by: Staff, decides: bool, case: Case) -> Case:
    """Take a case back before it runs."""
    locked = _locked(case)
    may_withdraw_case(locked, by.person_id, decides).enforce()
    _move(locked, CaseState.WITHDRAWN)
    return locked


def start_case(*, hand: Hand, tenant: Tenant, reference: str) -> None:
    """Have the worker carry an approved case out. WrongState says what is in the way."""
    with connections[context.current().region].cursor() as cursor:
        cursor.execute(
            "select diagnostics.start_case(%s, %s, %s)", [reference, hand.by.name, hand.grant]
        )
        (result,) = cursor.fetchone()
    if result == "closed":
        raise Refused(Denied("Erasing is closed.", UNSTARTED["closed"], "closed"))
    if result != "started":
        raise WrongState(UNSTARTED[result])
    audit.record(
        "case.running",
        subject=("case", reference),
        scopes=[Scope.DATA_ERASE.value],
        grants=[hand.grant],
        purpose=hand.purpose,
        detail={},
    )


def _locked(case: Case) -> Case:
    found = Case.objects.select_for_update().filter(tenant_id=case.tenant_id, pk=case.pk).first()
    if found is None:
        raise Refused(Denied("No such case is open to you.", "", "unknown"))
    return found


def _move(case: Case, to: CaseState) -> None:
    case.state = to
    case.save(update_fields=["state"])
    _record(f"case.{to.value}", case, {})


def _record(kind: str, case: Case, detail: dict[str, object]) -> None:
    audit.record(kind, subject=("case", case.reference), detail=detail)
