"""Switching a signal on or off for a whole tenant."""

from __future__ import annotations

from datetime import datetime

from access import audit
from access.models import Tenant
from access.scopes import Scope
from rooms.actions.incident_row import Hand, evaluate_soon, tell, time_of_work
from rooms.models import Incident, SignalSetting
from rooms.rules import incidents as rules
from rooms.states import EntryKind, IncidentState


def switch_signal(
    *, hand: Hand, tenant: Tenant, code: str, enabled: bool, reason: str
) -> tuple[SignalSetting, int]:
    """Off: its incidents are closed and never come back. On: the next evaluation begins anew.

    Returns the setting and how many incidents were closed.
    """
    setting = SignalSetting.objects.select_for_update().filter(code=code).first()
    at = time_of_work(None)
    stands = setting.enabled if setting else True
    rules.may_switch_signal(code, enabled=enabled, stands=stands, reason=reason).enforce()
    setting = setting or SignalSetting(tenant_id=tenant.pk, code=code)
    setting.enabled, setting.reason, setting.changed_at = enabled, reason, at
    setting.by_id, setting.by_label = hand.by.pk, hand.by.name
    setting.save(force_insert=setting._state.adding)
    incidents = [] if enabled else _close_all(code, hand, at)
    audit.record(
        "signal.switched_on" if enabled else "signal.switched_off",
        subject=("signal", code),
        scopes=[Scope.INCIDENT_WORK.value],
        grants=[hand.grant],
        purpose=hand.purpose,
        detail={"closed": len(incidents)},
    )
    return setting, len(incidents)


def _close_all(code: str, hand: Hand, at: datetime) -> list[Incident]:
    """Close what the signal opened, however many there are, in a fixed number of statements."""
    open_ones = Incident.objects.not_closed().filter(code=code)
    incidents = list(open_ones.select_for_update().order_by("id"))
    Incident.objects.filter(pk__in=[one.pk for one in incidents]).update(
        state=IncidentState.CLOSED, closed_at=at, updated_at=at
    )
    tell(incidents, EntryKind.CLOSED, hand=hand, at=at, text="The signal was switched off.")
    evaluate_soon({one.room_id for one in incidents}, at)
    return incidents
