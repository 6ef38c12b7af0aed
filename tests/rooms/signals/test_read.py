"""A whole report: every signal once, nothing that a device can say breaks it."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rooms.kinds import DeviceKind, PeripheralKind, Platform
from rooms.signals import SIGNALS, DeviceType
from rooms.signals.read import DISPLAYS, ELSEWHERE, JUDGES, device_type, read_all
from rooms.signals.reading import Value
from tests.rooms.signals import (
    test_behaviour,
    test_environment,
    test_hardware,
    test_ready,
    test_up_to_date,
)
from tests.rooms.signals.reports import report, seen

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

FAMILIES = (test_up_to_date, test_ready, test_environment, test_hardware, test_behaviour)
# Both clocks are always told, so nothing can be unknown of them.
NEVER_UNKNOWN = {"time_drift"}


def test_every_signal_has_a_case_of_each_value():
    shown = defaultdict(set)
    for family in FAMILIES:
        for code, _, value, _ in family.CASES:
            shown[code].add(value)
    for code in {*JUDGES, DISPLAYS}:
        expected = set(Value) - ({Value.UNKNOWN} if code in NEVER_UNKNOWN else set())
        assert shown[code] == expected, code


@pytest.mark.parametrize("device", DeviceType)
def test_reads_what_the_device_type_has_and_nothing_else(device):
    codes = {reading.code for reading in read_all(report(), device)}
    has = {code for code, signal in SIGNALS.items() if device in signal.on} - ELSEWHERE
    assert codes == has - {"calendar_sync"}


@pytest.mark.parametrize("device", DeviceType)
def test_well_room_has_no_fault(device):
    assert {reading.value for reading in read_all(report(), device)} <= {Value.HEALTHY}


def test_instance_that_is_gone_resolves():
    one_display = report({"displays": {"front_configured": 1, "front_found": 1}})
    known = [("display_front", "display 2"), ("display_front", "")]
    readings = read_all(one_display, DeviceType.WINDOWS, known=known)
    fronts = {r.instance: r.value for r in readings if r.code == "display_front"}
    assert fronts == {"": Value.HEALTHY, "display 2": Value.HEALTHY}


@pytest.mark.parametrize(
    ("part", "key"),
    [("displays", ("display_front", "display 2")), ("configured", ("camera_default", ""))],
)
def test_part_that_is_left_out_resolves_nothing(part, key):
    readings = read_all(report({part: ...}), DeviceType.WINDOWS, known=[key])
    (reading,) = [reading for reading in readings if reading.key == key]
    assert reading.value == Value.UNKNOWN


def test_what_is_judged_elsewhere_is_left_alone():
    known = [(code, "") for code in ELSEWHERE]
    readings = read_all(report(), DeviceType.WINDOWS, known=known)
    assert not {reading.code for reading in readings} & ELSEWHERE


@pytest.mark.parametrize(
    ("platform", "kind", "device"),
    [
        (Platform.WINDOWS, DeviceKind.COMPUTE, DeviceType.WINDOWS),
        (Platform.WINDOWS, DeviceKind.CONSOLE, DeviceType.WINDOWS),
        (Platform.ANDROID, DeviceKind.VIDEO_BAR, DeviceType.VIDEO_BAR),
        (Platform.ANDROID, DeviceKind.CONSOLE, DeviceType.TOUCH_CONSOLE),
        (Platform.ANDROID, DeviceKind.PANEL, DeviceType.PANEL),
        ("android", "video_bar", DeviceType.VIDEO_BAR),
    ],
)
def test_type_of_device_follows_from_platform_and_kind(platform, kind, device):
    assert device_type(platform, kind) == device


LINES = st.text(
    st.characters(codec="utf-8", exclude_characters="@\x7f", min_codepoint=32), max_size=40
).map(str.strip)
VERSIONS = st.one_of(LINES, st.from_regex(r"\A[0-9]{1,12}(\.[0-9]{0,9}){0,4}\Z").map(str.strip))
COUNTS = st.one_of(st.none(), st.integers(0, 100_000))
TOLD = st.none() | st.booleans()
OFFSETS = st.integers(-840, 840).map(lambda minutes: timezone(timedelta(minutes=minutes)))
PERIPHERALS = st.lists(
    st.builds(
        seen,
        st.sampled_from([kind.value for kind in PeripheralKind]),
        st.integers(0, 65535),
        connected=st.booleans(),
        usable=st.booleans(),
        port=LINES,
        link_changes_24h=COUNTS,
    ),
    max_size=5,
)


@unhurried
@given(
    system=st.fixed_dictionaries(
        {
            "os_name": LINES,
            "os_build": VERSIONS,
            "uptime_minutes": st.integers(0, 5_256_000),
            "restarts_24h": COUNTS,
            "disk_free_bytes": st.none() | st.integers(0, 2**50),
            "disk_total_bytes": st.none() | st.integers(0, 2**50),
        }
    ),
    app=st.fixed_dictionaries({"version": VERSIONS, "newer_interface": st.booleans()}),
    network=st.fixed_dictionaries(
        {"ethernet": TOLD, "wifi": TOLD, "wifi_dbm": st.none() | st.floats(-120, 0)}
    ),
    displays=st.fixed_dictionaries(
        {"front_configured": st.integers(0, 4), "front_found": st.none() | st.integers(0, 8)}
    ),
    clock=st.datetimes(timezones=OFFSETS),
    peripherals=PERIPHERALS,
    device=st.sampled_from(DeviceType),
)
def test_nothing_that_the_schema_lets_in_breaks_it(
    system, app, network, displays, clock, peripherals, device
):
    whole = report(
        {
            "system": system,
            "app": app,
            "network": network,
            "displays": displays,
            "device_clock": clock.isoformat(),
            "peripherals": peripherals,
        }
    )
    readings = read_all(whole, device)
    keys = [reading.key for reading in readings]
    assert len(keys) == len(set(keys))
    for reading in readings:
        assert device in SIGNALS[reading.code].on
        assert 0 < len(reading.sentence) <= 300
        assert len(reading.instance) <= 40
