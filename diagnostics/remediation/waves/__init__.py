"""Waves: one action on many devices, ring by ring, with a plan that shows everything beforehand.

Plain rows in, a plan out: the same rows always give the same plan, whatever their order.
"""

from diagnostics.remediation.waves.order import Candidate, UnfitWave, WaveOrder
from diagnostics.remediation.waves.plan import (
    Excluded,
    Planned,
    PlannedRing,
    WavePlan,
    find_windows,
    plan_wave,
)
from diagnostics.remediation.waves.progress import RingProgress, may_begin_next
from diagnostics.remediation.waves.rings import STANDARD, Ring, in_order
from diagnostics.remediation.waves.roll_back import (
    NotRolledBack,
    RollBack,
    RollBackStep,
    Touched,
    plan_roll_back,
)

__all__ = [
    "STANDARD",
    "Candidate",
    "Excluded",
    "NotRolledBack",
    "Planned",
    "PlannedRing",
    "Ring",
    "RingProgress",
    "RollBack",
    "RollBackStep",
    "Touched",
    "UnfitWave",
    "WaveOrder",
    "WavePlan",
    "find_windows",
    "in_order",
    "may_begin_next",
    "plan_roll_back",
    "plan_wave",
]
