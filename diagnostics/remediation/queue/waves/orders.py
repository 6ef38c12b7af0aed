"""What a stored wave orders, read once more from its row: nothing in it is taken on trust."""

from __future__ import annotations

from datetime import datetime

from diagnostics.models import Wave
from diagnostics.remediation.catalogue import action_of, read_parameters
from diagnostics.remediation.tenant_rules import TenantRules
from diagnostics.remediation.wave_draft import rings_of
from diagnostics.remediation.waves import Ring, UnfitWave, WaveOrder


def order_of(wave: Wave, rules: TenantRules, at: datetime) -> WaveOrder:
    """The order of a wave that begins now at the earliest.

    Raises UnfitWave, UnfitRings, BadParameters or UnknownAction, each with words.
    """
    action = action_of(wave.action)
    return WaveOrder(
        tenant=wave.tenant_reference,
        action=action,
        parameters=read_parameters(action.parameters, wave.parameters),
        not_before=max(wave.not_before, at),
        rings=rings_in(wave),
        per_hour=wave.per_hour,
        pilot=wave.pilot,
        critical=wave.critical,
        limits=rules.limits,
        calendar=rules.calendar,
    )


def rings_in(wave: Wave) -> tuple[Ring, ...]:
    """The rings of a wave, in their order. Raises UnfitWave or UnfitRings."""
    try:
        return rings_of(wave.rings)
    except TypeError as error:
        raise UnfitWave("A ring has a name and days, and nothing else.") from error
