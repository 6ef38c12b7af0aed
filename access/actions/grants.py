"""What people do to a grant: start it, return it, revoke it; and suspending it."""

from __future__ import annotations

import uuid
from datetime import datetime

from access import audit, clock, relations, rules
from access.audit.leaves import moment
from access.lock import context
from access.models import Grant, Staff, Tenant
from access.personnel import Personnel, contract_end, findings
from access.policy import Policy
from access.relations import Relations
from access.states import GrantState
from access.verdict import Denied


def lock_grant(grant_id: uuid.UUID) -> Grant:
    """The grant, with its row locked until the transaction ends."""
    return Grant.objects.select_for_update().get(pk=grant_id)


def record_grant(kind: str, grant: Grant, **detail: object) -> None:
    """Record something that happened to a grant."""
    audit.record(
        kind,
        subject=("grant", grant.reference),
        scopes=grant.scopes,
        grants=[grant.reference],
        purpose=grant.purpose,
        detail={"holder": str(grant.holder_id), **detail},
        tenant=(grant.tenant_id, grant.tenant_reference),
    )


def ending(grant: Grant) -> dict[str, object]:
    """What the record keeps of an end: when, by the database's clock. Null for one not started."""
    return {"ends_at": time_or_none(grant.ends_at), "closed_at": time_or_none(grant.closed_at)}


def time_or_none(at: datetime | None) -> str | None:
    """A time as the record writes it."""
    return None if at is None else moment(at)


def start_grant(
    *, by: Personnel, policy: Policy, tenant: Tenant, grant_id: uuid.UUID, step_up_method: str
) -> Grant:
    """The holder starts the clock; it ends after its time, or with a contract that ends sooner."""
    grant = lock_grant(grant_id)
    at = clock.now(context.current().region)
    rules.may_start(
        person=by,
        relations=relations.of(by.staff),
        policy=policy,
        tenant=tenant,
        grant=grant,
        at=at,
    ).enforce()
    _refuse_too_many(by.staff, policy, at)
    grant.state = GrantState.ACTIVE
    grant.starts_at = at
    # The database ends it after its duration; a contract that ends sooner is the earlier end.
    grant.ends_at = contract_end(by.staff)
    grant.save(update_fields=["state", "starts_at", "ends_at"])
    # The database sets both times by its own clock; read back what holds.
    grant.refresh_from_db(fields=["starts_at", "ends_at"])
    record_grant(
        "grant.started",
        grant,
        second_factor=step_up_method,
        request=grant.request_reference,
        scopes=list(grant.scopes),
        whole_tenant=grant.whole_tenant,
        rooms=list(grant.room_references),
        starts_at=time_or_none(grant.starts_at),
        ends_at=time_or_none(grant.ends_at),
        policy_version=grant.policy_version,
        gates=[found.gate for found in findings(by, policy, at) if found.verdict],
    )
    return grant


def return_grant(*, by: Staff, grant_id: uuid.UUID) -> Grant:
    """The holder is done; access ends at once."""
    grant = lock_grant(grant_id)
    rules.may_return(by, grant).enforce()
    _close(grant, GrantState.RETURNED, by.pk, by.name, "")
    record_grant("grant.returned", grant, **ending(grant))
    return grant


def revoke_grant(
    *, by: Staff, standing: Relations, grant_id: uuid.UUID, reason: str, step_up_method: str
) -> Grant:
    """An approver ends somebody's grant, with a reason; access ends at once."""
    grant = lock_grant(grant_id)
    rules.may_revoke(by, standing, grant).enforce()
    if not rules.says_something(reason):
        Denied("Ending another's access needs a reason.", "", "reason").enforce()
    _close(grant, GrantState.REVOKED, by.pk, by.name, reason)
    record_grant("grant.revoked", grant, second_factor=step_up_method, **ending(grant))
    return grant


def suspend_grant(*, grant: Grant, by_label: str, by_id: uuid.UUID, reason: str, code: str) -> None:
    """Close a grant because of a stop, or because its holder is no longer fit.

    `code` names the cause in the record, which keeps no sentences.
    """
    _close(grant, GrantState.SUSPENDED, by_id, by_label, reason)
    record_grant("grant.suspended", grant, because=code, **ending(grant))


def suspend_unfit_holder(*, by: Staff, denied: Denied) -> int:
    """A gate failed at use: suspend all the holder's grants of the context's tenant.

    Returns how many. A mended gate does not bring them back; the holder asks again.
    """
    tenant = context.current().tenant
    if tenant is None:
        return 0
    held = Grant.objects.select_for_update().filter(
        holder_id=by.pk, tenant_id=tenant.pk, state=GrantState.ACTIVE
    )
    at = clock.now(context.current().region)
    count = 0
    for grant in held:
        if grant.ends_at is not None and at < grant.ends_at:
            suspend_grant(
                grant=grant,
                by_label="Rooms Ops",
                by_id=by.pk,
                reason=denied.reason,
                code=denied.code,
            )
            count += 1
    return count


def _close(grant: Grant, state: GrantState, by_id: uuid.UUID, by_label: str, reason: str) -> None:
    """Write the end. The database sets the moment, and refuses one later than the end approved."""
    grant.state = state
    grant.closed_by_id = by_id
    grant.closed_by_label = by_label
    grant.close_reason = reason
    grant.save(update_fields=["state", "closed_by_id", "closed_by_label", "close_reason"])
    grant.refresh_from_db(fields=["closed_at", "ends_at"])


def _refuse_too_many(person: Staff, policy: Policy, at: datetime) -> None:
    """One person works with a handful of grants in a region at a time."""
    in_use = Grant.objects.held_by(person).filter(state=GrantState.ACTIVE, ends_at__gt=at)
    if in_use.count() >= policy.concurrent_grants:
        Denied(
            f"You have {policy.concurrent_grants} grants in use.",
            "End one first: " + ", ".join(grant.reference for grant in in_use),
            "too_many",
        ).enforce()
