"""Placing an emergency stop of the queue, and releasing it: one places it, two release it."""

from __future__ import annotations

from access import audit, clock
from access.models import Staff, Tenant
from access.references import new_reference
from access.relations import Relations
from access.residency import current_region
from access.verdict import Denied, Refused
from diagnostics.models import EmergencyStop
from diagnostics.remediation.guardrails import StopLevel
from diagnostics.rules import stops as rules


def place_stop(
    *,
    by: Staff,
    standing: Relations,
    level: StopLevel,
    reason: str,
    tenant: Tenant | None = None,
    action: str = "",
) -> EmergencyStop:
    """Stop it in the open region, from this moment on: the engine asks as it sends.

    A second stop of the same thing is another row; each is released.
    """
    rules.may_place(standing).enforce()
    rules.may_give_reason(reason).enforce()
    if level == StopLevel.TENANT:
        if tenant is None:
            raise Refused(Denied("No tenant is named.", "Choose one.", "target"))
        rules.may_place_on(standing, tenant.reference).enforce()
    if level == StopLevel.ACTION and not action:
        raise Refused(Denied("No action is named.", "Choose one.", "target"))
    target = {StopLevel.TENANT: tenant.reference if tenant else "", StopLevel.ACTION: action}
    stop = EmergencyStop.objects.create(
        reference=new_reference("ES"),
        level=level,
        stopped_tenant_id=tenant.pk if tenant is not None and level == StopLevel.TENANT else None,
        target=target.get(level, ""),
        reason=reason,
        placed_by_id=by.pk,
        placed_by_person=by.person_id,
        placed_by_label=by.name,
        placed_at=clock.now(current_region()),
    )
    _record("stop.placed", stop)
    return stop


def release_stop(
    *,
    by: Staff,
    standing: Relations,
    reference: str,
    reason: str,
    step_up_method: str,
) -> EmergencyStop:
    """Ask for a release, or, as a second person, confirm it. What it held then goes on."""
    stop = EmergencyStop.objects.select_for_update().filter(reference=reference).first()
    if stop is None:
        raise Refused(Denied("There is no such stop here.", "", "unknown"))
    rules.may_release(by, standing, stop).enforce()
    rules.may_give_reason(reason).enforce()
    at = clock.now(current_region())
    if stop.release_asked_at is None:
        stop.release_asked_by_person, stop.release_asked_by_label = by.person_id, by.name
        stop.release_asked_at, stop.release_reason = at, reason
        kind, changed = "stop.release_asked", ["release_asked_by_person", "release_asked_by_label"]
        changed += ["release_asked_at", "release_reason"]
    else:
        stop.released_by_person, stop.released_by_label = by.person_id, by.name
        stop.released_at = at
        kind, changed = (
            "stop.released",
            ["released_by_person", "released_by_label", "released_at"],
        )
    stop.save(update_fields=changed)
    _record(kind, stop, second_factor=step_up_method)
    return stop


def _record(kind: str, stop: EmergencyStop, **more: str) -> None:
    """Record by references; the reason stands in the stop's own row.

    The event is the region's own, for a stop may be placed by who has no part in every tenant.
    """
    audit.record(
        kind,
        subject=("emergency_stop", stop.reference),
        detail={"level": str(stop.level), "target": stop.target, **more},
    )
