"""What the tests of holds and cases share: people, a hold, and a case at the state they want."""

from __future__ import annotations

import uuid
from contextlib import AbstractContextManager
from typing import Any

from access import audit, relations
from access.lock import context
from access.models import Grant, Staff, Tenant
from access.residency import region
from access.rules import group_names
from access.scopes import Relation, Scope
from diagnostics.actions import cases as acts
from diagnostics.actions import holds
from diagnostics.models import Case, CaseKind, CaseReach, HoldReach, LegalHold
from rooms.actions.incident_row import Hand
from tests.acts import granted
from tests.diagnostics.collections import OWNER

HEALTH, ERASE = Scope.HEALTH_VIEW, Scope.DATA_ERASE


def gated(by: Staff, tenant: Tenant) -> AbstractContextManager[context.Context]:
    """Enter as the gate does: with a record, and no relation claimed."""
    event = audit.view_id(tenant.region, by, "test", "view.test", ("tenant", ""), [], [])
    return context.opened(tenant.region, by=by, session="test", tenant=tenant, event_id=event)


def record(event: context.Context) -> None:
    """Write the view's record, as the gate does."""
    assert event.event_id is not None
    audit.record_view(
        event.event_id,
        "view.test",
        outcome="opened",
        subject=("tenant", ""),
        scopes=[],
        grants=[],
    )


def as_voter(
    by: Staff, tenant: Tenant, case: Case | None = None
) -> AbstractContextManager[context.Context]:
    """Enter as the pages of cases do."""
    standing = relations.of(by)
    claims = [f"{r.value}:{tenant.pk}" for r in Relation if standing.has(r, tenant.pk)]
    claims += [f"in_group:{name}" for name in group_names(by)]
    if case is not None:
        claims.append(f"step_up:case:{case.pk}")
    return context.opened(tenant.region, by=by, session="test", tenant=tenant, claims=claims)


def opened_case(
    by: Staff,
    tenant: Tenant,
    *,
    kind: CaseKind = CaseKind.ERASURE,
    reach: CaseReach = CaseReach.TENANT,
    reference: str = "",
) -> Case:
    """A case that waits for approval."""
    with as_voter(by, tenant):
        return acts.open_case(
            by=by,
            tenant=tenant,
            wanted=acts.Wanted(kind, reach, reference, "The customer asks for it", "Letter 17"),
        )


def voted(by: Staff, tenant: Tenant, case: Case, approves: bool = True) -> Case:
    """Vote with a fresh second factor."""
    with as_voter(by, tenant, case):
        return acts.vote_on_case(
            by=by,
            groups=group_names(by),
            decides=relations.of(by).has(Relation.MAY_DECIDE, tenant.pk),
            case=case,
            approves=approves,
            reason="Checked with the customer",
            step_up_method="totp",
        )


def started(by: Staff, tenant: Tenant, case: Case, grant: Grant) -> None:
    """Start an approved case under a grant for data.erase."""
    with gated(by, tenant) as opened:
        record(opened)
        hand = Hand(by, grant.reference, grant.purpose)
        acts.start_case(hand=hand, tenant=tenant, reference=case.reference)


def running_case(asha: Staff, bo: Staff, bea: Staff, tenant: Tenant, **more: Any) -> Case:
    """A case that the worker finds."""
    case = opened_case(asha, tenant, **more)
    voted(bo, tenant, case)
    voted(bea, tenant, case)
    started(asha, tenant, case, granted(asha, tenant, [bo, bea], ERASE))
    return stands(case)


def stands(case: Case) -> Case:
    """The case as it stands now."""
    with region("eu"):
        return Case.objects.using(OWNER).get(pk=case.pk)


def placed_hold(
    by: Staff,
    tenant: Tenant,
    grant: Grant,
    reach: HoldReach = HoldReach.TENANT,
    key: uuid.UUID | None = None,
    reference: str = "",
) -> LegalHold:
    """A hold that nobody has confirmed yet."""
    with gated(by, tenant) as opened:
        record(opened)
        return holds.place_hold(
            hand=Hand(by, grant.reference, grant.purpose),
            tenant=tenant,
            reached=holds.Reached(reach, key, reference or tenant.reference),
            reason="A court asks for it",
        )
