"""Settings that would bend what is published, or leave nobody to drain."""

from __future__ import annotations

import pytest
from django.test import override_settings

from rooms.checks import minutes_are_real, shards_are_some


def test_real_minutes_are_real() -> None:
    with override_settings(PORTAL_ENV="production", DEMO=False, CATALOGUE_MINUTE_SECONDS=60.0):
        assert minutes_are_real(None) == []


@pytest.mark.parametrize(("env", "demo", "faults"), [
    ("production", False, 1), ("development", False, 1), ("production", True, 0),
    ("test", False, 0),
])  # fmt: skip
def test_quick_minutes_are_refused_outside_of_demo_and_test(
    env: str, demo: bool, faults: int
) -> None:
    with override_settings(PORTAL_ENV=env, DEMO=demo, CATALOGUE_MINUTE_SECONDS=2.0):
        assert len(minutes_are_real(None)) == faults


@pytest.mark.parametrize("settings", [{"DRAIN_SHARDS": 0}, {"REPORT_RETENTION_DAYS": 0}])
def test_nobody_who_drains_and_no_day_kept_are_refused(settings: dict[str, int]) -> None:
    with override_settings(**settings):
        assert [fault.id for fault in shards_are_some(None)] == ["rooms.E002"]
