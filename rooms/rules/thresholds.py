"""May a tenant's limits be set so?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from access.verdict import Allowed, Denied, Verdict
from rooms.signals.thresholds import DEFAULTS, Thresholds, UnfitThresholds


def own_limits(limits: Mapping[str, Any]) -> dict[str, Any]:
    """Those that differ from the stated defaults; only they are stored."""
    stated = asdict(DEFAULTS)
    return {
        name: value for name, value in limits.items() if name not in stated or value != stated[name]
    }


def may_set_limits(limits: Mapping[str, Any], *, stand: Mapping[str, Any]) -> Verdict:
    """Set a tenant's own limits. `stand` are those that it has now."""
    try:
        Thresholds.from_settings(limits)
    except UnfitThresholds as unfit:
        return Denied(str(unfit), "", "limits")
    if own_limits(limits) == own_limits(stand):
        return Denied("Nothing would change.", "Change a limit, or leave the page.", "limits")
    return Allowed()
