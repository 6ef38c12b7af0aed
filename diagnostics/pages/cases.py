"""Deletion cases as a list and as a page: what is asked, who agreed, how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.http import Http404
from django.urls import reverse

from access import audit, clock
from access.entrance import claims_for
from access.lock import context
from access.models import Tenant
from access.residency import region_of
from access.rules import group_names
from access.scopes import Relation, Scope
from access.verdict import Verdict
from diagnostics.case_states import CaseState
from diagnostics.cases.steps import WORDS
from diagnostics.models import Case, CaseCertificate, CaseStep, CaseVote
from diagnostics.rules.cases import GROUPS, may_vote_on_case, may_withdraw_case

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

    from access.held import HeldGrant
    from access.http import HttpRequest

LATEST: Final = 100
TONES: Final = {
    CaseState.OPENED: "brand",
    CaseState.APPROVED: "brand",
    CaseState.RUNNING: "warn",
    CaseState.DONE: "ok",
    CaseState.REFUSED: "bad",
    CaseState.WITHDRAWN: "off",
}


def tenant_of(request: HttpRequest, reference: str) -> Tenant:
    """The tenant of a URL, also one that is gone: its certificates outlive it. Else 404."""
    for tenant in request.relations.tenants.values():
        if tenant.reference == reference and not tenant.is_control:
            request.tenant_in_hand = tenant
            return tenant
    raise Http404("No such tenant.")


def entered(
    request: HttpRequest, tenant: Tenant, *more: str
) -> AbstractContextManager[context.Context]:
    """Enter the tenant's region with relations and groups claimed: cases open to these."""
    claims = claims_for(request.relations, [tenant])
    claims += [f"in_group:{name}" for name in group_names(request.user) if name in GROUPS]
    return context.opened(
        region_of(tenant),
        by=request.user,
        session=audit.session_mark(request),
        tenant=tenant,
        claims=[*claims, *more],
    )


def may_open(request: HttpRequest, tenant: Tenant) -> bool:
    """Whoever may ask for the tenant opens cases; it destroys nothing by itself."""
    return bool(request.relations.has(Relation.MAY_ASK, tenant.pk))


def decides(request: HttpRequest, tenant: Tenant) -> bool:
    """Whether the reader decides for the tenant."""
    return bool(request.relations.has(Relation.MAY_DECIDE, tenant.pk))


def erasing_grant(request: HttpRequest, tenant: Tenant) -> HeldGrant | None:
    """The grant under which the reader could start a case."""
    held: Iterable[HeldGrant] = request.held_grants.reaching(tenant.reference, None)
    found = [one for one in held if Scope.DATA_ERASE.value in one.scopes and one.whole_tenant]
    return next(iter(found), None)


def case_rows(tenant: Tenant, now: datetime) -> list[dict[str, Any]]:
    """The cases of a tenant, newest first."""
    return [
        {
            "one": case,
            "tone": TONES[CaseState(case.state)],
            "late": is_late(case, now),
            "url": reverse("diagnostics:case", args=[tenant.reference, case.reference]),
        }
        for case in Case.objects.filter(tenant_id=tenant.pk).order_by("-opened_at")[:LATEST]
    ]


def is_late(case: Case, now: datetime) -> bool:
    """Whether its deadline is over and it is not."""
    over = (CaseState.DONE, CaseState.REFUSED, CaseState.WITHDRAWN)
    return case.state not in over and now >= case.deadline_at


@dataclass
class CasePage:
    """One case with what belongs to it, and what this reader may do."""

    tenant: Tenant
    case: Case
    votes: list[CaseVote]
    steps: list[dict[str, Any]]
    certificate: CaseCertificate | None
    may_vote: Verdict
    may_withdraw: Verdict
    late: bool

    @property
    def tone(self) -> str:
        """The look of its state."""
        return TONES[CaseState(self.case.state)]


def find_case(request: HttpRequest, tenant: Tenant, reference: str) -> CasePage:
    """The case, if the reader has a part in its tenant; 404 otherwise."""
    with entered(request, tenant):
        now = clock.now(region_of(tenant))
        case = Case.objects.filter(tenant_id=tenant.pk, reference=reference).first()
        if case is None:
            raise Http404("No such case.")
        votes = list(CaseVote.objects.filter(tenant_id=tenant.pk, case=case))
        steps = list(CaseStep.objects.filter(tenant_id=tenant.pk, case=case))
        certificate = CaseCertificate.objects.filter(tenant_id=tenant.pk, case=case).first()
    person, judge = request.user.person_id, decides(request, tenant)
    return CasePage(
        tenant=tenant,
        case=case,
        votes=votes,
        steps=[{"one": step, "words": WORDS.get(step.name, step.name)} for step in steps],
        certificate=certificate,
        may_vote=may_vote_on_case(case, votes, person, group_names(request.user), judge),
        may_withdraw=may_withdraw_case(case, person, judge),
        late=is_late(case, now),
    )
