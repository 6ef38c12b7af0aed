"""What a room shows: the worst of what decides, and what overrides it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rooms.health.room import RoomVerdict, Standing, judge_room
from rooms.states import DeviceState, IncidentState, RoomStatus, Severity

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

AT = datetime(2026, 11, 18, 9, tzinfo=UTC)
ACTIVE, RESOLVED = IncidentState.ACTIVE, IncidentState.RESOLVED
MONITORED, ONBOARDING = DeviceState.MONITORED, DeviceState.ONBOARDING
C, I, W, R, N = Severity  # noqa: E741 - as in the table of the catalogue


def fault(
    code: str,
    severity: Severity,
    minutes: int = 0,
    incident: IncidentState | None = ACTIVE,
    *,
    device: str = "DV-1",
    held: bool = False,
) -> Standing:
    """An incident of the compute unit, active since so many minutes."""
    return Standing(device, code, severity, incident, AT - timedelta(minutes=minutes), held)


def speaks(device: str = "DV-1") -> Standing:
    """A device that is heard."""
    return fault("monitoring", I, incident=None, device=device)


def judged(*standings: Standing, devices: tuple[DeviceState, ...] = (MONITORED,)) -> RoomVerdict:
    """The verdict on a room with one monitored device."""
    return judge_room(standings, devices, AT)


def test_room_without_incidents_is_healthy():
    verdict = judged(
        speaks(), fault("network", W, incident=RESOLVED), fault("camera_room", I, 0, None)
    )
    assert verdict == RoomVerdict(RoomStatus.HEALTHY, 9, "", "", 0, 0, AT)


@pytest.mark.parametrize(
    ("severity", "status", "attention"),
    [
        (C, RoomStatus.UNHEALTHY, 0),
        (I, RoomStatus.UNHEALTHY, 1),
        (W, RoomStatus.HEALTHY, 3),
        (R, RoomStatus.HEALTHY, 9),
        (N, RoomStatus.HEALTHY, 9),
    ],
)
def test_only_critical_and_important_decide(severity, status, attention):
    verdict = judged(speaks(), fault("x", severity))
    assert (verdict.status, verdict.attention) == (status, attention)


def test_worst_is_the_most_severe_and_then_the_oldest():
    verdict = judged(
        speaks(), fault("camera_room", I, 900), fault("sign_in_teams", C, 5),
        fault("app_heartbeat", C, 50), fault("network", W, 999), fault("wifi_only", R),
    )  # fmt: skip
    assert (verdict.worst_signal, verdict.worst_severity) == ("app_heartbeat", "critical")
    assert (verdict.faults, verdict.warnings) == (3, 2)


def test_warning_shows_beside_a_healthy_room():
    verdict = judged(speaks(), fault("network", W), fault("wifi_only", R))
    assert (verdict.worst_signal, verdict.faults, verdict.warnings) == ("network", 0, 2)


@pytest.mark.parametrize("severity", [C, I, W])
def test_factory_password_never_makes_a_room_unhealthy(severity):
    assert judged(fault("default_credentials", severity)).status == RoomStatus.HEALTHY


def test_held_signal_does_not_count():
    verdict = judged(speaks(), fault("camera_room", I, held=True), fault("network", W, held=True))
    assert (verdict.status, verdict.faults, verdict.warnings) == (RoomStatus.HEALTHY, 0, 0)


def test_recorded_incident_makes_the_room_unhealthy():
    assert judged(speaks(), fault("recorded_issue", C, device="")).status == RoomStatus.UNHEALTHY


@pytest.mark.parametrize("devices", [(), (ONBOARDING,), (DeviceState.UNENROLLED, ONBOARDING)])
def test_until_a_device_is_monitored_the_room_is_onboarding(devices):
    verdict = judged(fault("camera_room", I), devices=devices)
    assert (verdict.status, verdict.attention) == (RoomStatus.ONBOARDING, 5)


def test_one_monitored_device_is_enough():
    assert judged(devices=(ONBOARDING, MONITORED)).status == RoomStatus.HEALTHY


def test_suppressed_overrides_faults_and_silence():
    standings = [fault("camera_room", I), fault("offline", I)]
    verdict = judge_room(standings, [MONITORED], AT, suppressed=True)
    assert (verdict.status, verdict.attention) == (RoomStatus.SUPPRESSED, 4)


def test_onboarding_overrides_suppressed():
    assert judge_room([], [ONBOARDING], AT, suppressed=True).status == RoomStatus.ONBOARDING


def test_silent_device_makes_the_room_unmonitored():
    verdict = judged(fault("monitoring", I), fault("sign_in_teams", C))
    assert (verdict.status, verdict.worst_signal) == (RoomStatus.UNMONITORED, "monitoring")
    assert verdict.attention == 2


def test_offline_is_said_rather_than_monitoring():
    assert judged(fault("offline", I), fault("monitoring", I, 200)).worst_signal == "offline"


def test_silent_device_is_a_fault_while_another_speaks():
    verdict = judged(fault("offline", C, device="DV-2"), speaks("DV-1"))
    assert (verdict.status, verdict.worst_signal) == (RoomStatus.UNHEALTHY, "offline")


def test_since_stays_while_the_status_does():
    before = ("unhealthy", AT - timedelta(hours=3))
    still = judge_room([fault("camera_room", I)], [MONITORED], AT, before=before)
    mended = judge_room([], [MONITORED], AT, before=before)
    assert (still.since, mended.since) == (before[1], AT)


@unhurried
@given(
    st.lists(
        st.builds(
            fault,
            st.sampled_from(["camera_room", "network", "monitoring", "default_credentials"]),
            st.sampled_from(Severity),
            st.integers(0, 3),
            st.sampled_from([None, *IncidentState]),
            device=st.sampled_from(["DV-1", "DV-2"]),
            held=st.booleans(),
        ),
        max_size=6,
    )
)
def test_unhealthy_means_that_something_decides_and_nothing_else_does(standings):
    verdict = judge_room(iter(standings), [MONITORED], AT)
    decide = [
        one for one in standings
        if one.incident == ACTIVE and not one.held and one.severity in (C, I)
        and one.code != "default_credentials"
    ]  # fmt: skip
    assert (verdict.status != RoomStatus.HEALTHY) == bool(decide)
    assert verdict.faults == len(decide)
    if verdict.status == RoomStatus.UNHEALTHY:
        assert verdict.attention == (0 if any(one.severity == C for one in decide) else 1)
