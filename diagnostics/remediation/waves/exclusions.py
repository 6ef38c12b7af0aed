"""Why a device of the selection takes no part in a wave."""

from __future__ import annotations

from access.verdict import Denied
from diagnostics.remediation.catalogue.parameters import ToVersion
from diagnostics.remediation.catalogue.preconditions import version_exists
from diagnostics.remediation.guardrails.gates import is_in_service, runs_on
from diagnostics.remediation.guardrails.pace import may_repeat
from diagnostics.remediation.waves.order import Candidate, WaveOrder
from diagnostics.remediation.windows.clock import UnknownZone, zone_of


def reason_to_exclude(order: WaveOrder, one: Candidate, rings: frozenset[str]) -> Denied | None:
    """The first reason that there is, or None for a device that takes part."""
    if one.tenant != order.tenant:
        return Denied("The device belongs to another tenant.", "", "other_tenant")
    for verdict in (is_in_service(one), runs_on(order.action, one)):
        if isinstance(verdict, Denied):
            return verdict
    if one.ring not in rings:
        return Denied(f"The wave has no ring {one.ring}.", "Add the ring to the wave.", "no_ring")
    if order.pace == 0:
        return Denied("A limit of the policy lets nothing run.", "Change the policy.", "cap")
    if order.action.kind in one.open_kinds:
        return Denied(
            "An operation of the kind is open on the device.", "Wait for it.", "open_operation"
        )
    repeat = may_repeat(order.action, one.ran_at, order.not_before) if one.ran_at else None
    if isinstance(repeat, Denied):
        return repeat
    try:
        zone_of(one.zone)
    except UnknownZone as error:
        return Denied(str(error), "Correct the site's time zone.", "zone_unknown")
    return _update_makes_no_sense(order, one)


def _update_makes_no_sense(order: WaveOrder, one: Candidate) -> Denied | None:
    told = order.parameters
    if not isinstance(told, ToVersion):
        return None
    known = version_exists(one.platform, told, order.releases)
    if isinstance(known, Denied):
        return known
    if not one.installed:
        return Denied(f"The device has no {told.model_on(one.platform)}.", "", "nothing_to_update")
    if set(one.installed) == {told.version}:
        return Denied(f"{told.version} is installed already.", "", "nothing_to_do")
    return None
