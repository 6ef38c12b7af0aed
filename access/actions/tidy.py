"""Put the right label on what the clock has already ended. Run by the worker, as the system.

Nothing here ends access: that happened by itself, at its time. Running it late, twice, or on
two workers changes nothing: each row moves once, and the end written is the true end.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.db.models import F

from access import audit, clock, residency
from access.actions.grants import ending
from access.models import AccessRequest, Grant
from access.states import PENDING, GrantState, RequestState

BATCH = 500


def label_due(region: str) -> dict[str, int]:
    """Label one batch of ended grants, unused approvals and lapsed requests of a region.

    Returns how many of each were moved.
    """
    steps: dict[str, Callable[[str], int]] = {
        "ended": _label_ended,
        "unused": _label_unused,
        "lapsed": _label_lapsed,
    }
    with residency.region(region), transaction.atomic(using=region):
        return {name: step(region) for name, step in steps.items()}


def _label_ended(region: str) -> int:
    due = Grant.objects.select_for_update(skip_locked=True).filter(
        state__in=[GrantState.ACTIVE, GrantState.SUSPENDED], ends_at__lte=clock.now(region)
    )[:BATCH]
    return sum(_label_grant(region, grant, GrantState.ENDED) for grant in due)


def _label_unused(region: str) -> int:
    due = Grant.objects.select_for_update(skip_locked=True).filter(
        state=GrantState.READY, claim_by__lte=clock.now(region)
    )[:BATCH]
    return sum(_label_grant(region, grant, GrantState.LAPSED) for grant in due)


def _label_grant(region: str, grant: Grant, state: GrantState) -> int:
    grant.state = state
    grant.save(update_fields=["state"])
    audit.record_system(
        f"grant.{state}",
        region=region,
        tenant=(grant.tenant_id, grant.tenant_reference),
        subject=("grant", grant.reference),
        scopes=grant.scopes,
        grants=[grant.reference],
        purpose=grant.purpose,
        detail={"holder": str(grant.holder_id), **ending(grant)},
    )
    return 1


def _label_lapsed(region: str) -> int:
    due = AccessRequest.objects.select_for_update(skip_locked=True).filter(
        state__in=PENDING, lapses_at__lte=clock.now(region)
    )[:BATCH]
    count = 0
    for access_request in due:
        access_request.state = RequestState.LAPSED
        access_request.version = F("version") + 1
        access_request.save(update_fields=["state", "version"])
        audit.record_system(
            "request.lapsed",
            region=region,
            tenant=(access_request.tenant_id, access_request.tenant_reference),
            subject=("request", access_request.reference),
            scopes=access_request.scopes,
            purpose=access_request.purpose,
        )
        count += 1
    return count
