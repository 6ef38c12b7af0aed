"""Setting the limits of a tenant, or going back to the stated ones."""

from __future__ import annotations

from collections.abc import Mapping

from access import audit
from access.models import Tenant
from access.scopes import Scope
from access.verdict import WrongState
from rooms.actions.incident_row import Hand, time_of_work
from rooms.models import SignalThresholds
from rooms.rules import thresholds as rules

CHANGED = "Somebody has set the limits since you opened the page. Look again, then decide."


def version_of(row: SignalThresholds | None) -> str:
    """What stands there: a form carries it, so that nobody undoes what they never saw."""
    return row.changed_at.isoformat() if row else ""


def set_limits(
    *, hand: Hand, tenant: Tenant, limits: Mapping[str, float], seen: str
) -> SignalThresholds:
    """From its next report on, each device is judged by these; what is not named is as stated.

    `seen` is the version that the person saw; WrongState when another one stands by now.
    """
    row = SignalThresholds.objects.select_for_update().first()
    at = time_of_work(None)
    if version_of(row) != seen:
        raise WrongState(CHANGED)
    stand = row.limits if row else {}
    rules.may_set_limits(limits, stand=stand).enforce()
    row = row or SignalThresholds(tenant_id=tenant.pk)
    row.limits, row.changed_at = rules.own_limits(limits), at
    row.by_id, row.by_label = hand.by.pk, hand.by.name
    row.save(force_insert=row._state.adding)
    changed = {name for name, _ in stand.items() ^ row.limits.items()}
    audit.record(
        "signal.limits_set",
        subject=("signal", "limits"),
        scopes=[Scope.INCIDENT_WORK.value],
        grants=[hand.grant],
        purpose=hand.purpose,
        detail={"changed": sorted(changed), "own": sorted(row.limits)},
    )
    return row
