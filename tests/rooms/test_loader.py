"""From event records to rows: what decides the health of a room, and since when."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest

from rooms.models import (
    DeviceAddress,
    PeripheralKind,
    RoomAccount,
    RoomDay,
    RoomEventHour,
    RoomHealth,
    SignalState,
    SoftwareVersion,
)
from rooms.states import DeviceState, LinkState, RoomStatus, SignalStatus
from tests.fleet.descriptions import Component
from tests.fleet.loader import NoRecords, RoomFacts, RoomRows, read_lines, rows_of
from tests.fleet.writer import Fault, Machine, log_of

NOW = datetime(2022, 8, 29, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PARTS = (
    Component.MICROPHONE,
    Component.SPEAKER,
    Component.DEFAULT_SPEAKER,
    Component.CAMERA,
    Component.FRONT_DISPLAY,
)


def machine(**changes: object) -> Machine:
    values: dict[str, object] = {
        "name": "MTR-1",
        "os_version": "10.0.19044.1889",
        "app_version": "4.13.132.0",
        "alias": "hall@contoso.example",
        "display_name": "Hall",
        "ipv4": "10.0.0.5",
        "ipv6": "fd12::5",
        "displays": 2,
        "parts": PARTS,
    }
    return Machine(**{**values, **changes})  # type: ignore[arg-type] # a literal of this test


def facts(**changes: object) -> RoomFacts:
    values: dict[str, object] = {
        "tenant_id": uuid.uuid4(),
        "room_id": uuid.uuid4(),
        "device_id": uuid.uuid4(),
        "time_zone": "Europe/Berlin",
        "front_displays": 2,
        "state": DeviceState.MONITORED,
    }
    return RoomFacts(**{**values, **changes})  # type: ignore[arg-type] # a literal of this test


def loaded(
    *faults: Fault,
    silent_for: timedelta = MINUTE,
    of: RoomFacts | None = None,
    by: Machine | None = None,
) -> RoomRows:
    lines = log_of(
        by or machine(),
        faults,
        first=NOW - timedelta(days=10),
        last=NOW - silent_for,
        every_error_since=NOW - timedelta(hours=24),
    )
    records, left_out = read_lines(lines)
    assert left_out == []
    return rows_of(of or facts(), records, NOW)


def fault(component: Component, minutes: int, word: str = "Unhealthy", **more: int) -> Fault:
    return Fault(component, word, NOW - minutes * MINUTE, **more)


def health(rows: RoomRows) -> RoomHealth:
    [row] = rows.rows[RoomHealth]
    assert isinstance(row, RoomHealth)
    return row


def signal(rows: RoomRows, code: str, instance: str = "") -> SignalState:
    [row] = [
        row
        for row in rows.rows[SignalState]
        if isinstance(row, SignalState) and (row.code, row.instance) == (code, instance)
    ]
    return row


def test_room_without_faults_is_healthy():
    row = health(loaded())
    assert (row.status, row.attention, row.worst_signal) == (RoomStatus.HEALTHY, 9, "")
    assert row.since == NOW - timedelta(days=10)


def test_important_fault_makes_the_room_unhealthy_after_its_watch():
    rows = loaded(fault(Component.CAMERA, 30))
    row = health(rows)
    assert (row.status, row.attention) == (RoomStatus.UNHEALTHY, 1)
    assert row.worst_signal == "camera_room"
    assert row.since == NOW - 25 * MINUTE
    assert rows.links[PeripheralKind.CAMERA, 1].state == LinkState.DISCONNECTED
    assert rows.links[PeripheralKind.CAMERA, 1].since == NOW - 30 * MINUTE


def test_fault_within_its_watch_only_watches():
    rows = loaded(fault(Component.TEAMS_SIGN_IN, 20))
    assert signal(rows, "sign_in_teams").state == SignalStatus.WATCHING
    assert health(rows).status == RoomStatus.HEALTHY


def test_critical_comes_before_an_older_important_fault():
    rows = loaded(fault(Component.CAMERA, 600), fault(Component.TEAMS_SIGN_IN, 60))
    row = health(rows)
    assert (row.worst_signal, row.attention, row.faults) == ("sign_in_teams", 0, 2)
    assert row.since == NOW - 595 * MINUTE


def test_warning_is_shown_and_does_not_decide():
    row = health(loaded(fault(Component.NETWORK, 60)))
    assert (row.status, row.attention) == (RoomStatus.HEALTHY, 3)
    assert (row.worst_signal, row.faults, row.warnings) == ("network", 0, 1)


def test_old_app_is_a_warning_and_a_version_behind():
    rows = loaded(by=machine(app_version="4.12.126.0"))
    assert signal(rows, "app_version").state == SignalStatus.UNHEALTHY
    assert health(rows).status == RoomStatus.HEALTHY
    [app] = [
        row
        for row in rows.rows[SoftwareVersion]
        if isinstance(row, SoftwareVersion) and row.component == "Meeting app"
    ]
    assert (app.installed, app.available, app.behind_by) == ("4.12.126.0", "4.13.132.0", 2)


def test_dead_skype_leg_leaves_the_room_healthy():
    rows = loaded(by=machine(skype_leg="Unhealthy"))
    assert rows.rows[RoomEventHour]
    assert health(rows).status == RoomStatus.HEALTHY


def test_one_of_two_displays_is_its_own_instance():
    rows = loaded(fault(Component.FRONT_DISPLAY, 30, displays_left=1))
    assert signal(rows, "display_front", "display 1").state == SignalStatus.HEALTHY
    second = signal(rows, "display_front", "display 2")
    assert second.state == SignalStatus.UNHEALTHY
    assert second.sentence == "1 of 2 front of room displays found."
    assert rows.links[PeripheralKind.FRONT_DISPLAY, 1].state == LinkState.CONNECTED
    assert rows.links[PeripheralKind.FRONT_DISPLAY, 2].state == LinkState.DISCONNECTED


@pytest.mark.parametrize(
    ("silence", "status", "worst"),
    [
        (60, RoomStatus.HEALTHY, ""),
        (62, RoomStatus.UNMONITORED, "monitoring"),
        (182, RoomStatus.UNMONITORED, "offline"),
    ],
)
def test_silence_makes_the_room_unmonitored(silence, status, worst):
    row = health(loaded(silent_for=silence * MINUTE))
    assert (row.status, row.worst_signal) == (status, worst)


def test_silence_hides_what_was_known_before():
    rows = loaded(fault(Component.CAMERA, 300), silent_for=90 * MINUTE)
    assert health(rows).status == RoomStatus.UNMONITORED
    assert signal(rows, "camera_room").state == SignalStatus.UNKNOWN


def test_onboarding_overrides_a_fault():
    rows = loaded(fault(Component.CAMERA, 30), of=facts(state=DeviceState.ONBOARDING))
    assert health(rows).status == RoomStatus.ONBOARDING


def test_suppression_hides_a_fault_until_it_ends():
    asleep = facts(suppressed_until=NOW + MINUTE, suppressed_from=NOW - 60 * MINUTE)
    rows = loaded(fault(Component.CAMERA, 30), of=asleep)
    assert health(rows).status == RoomStatus.SUPPRESSED
    assert signal(rows, "camera_room").state == SignalStatus.UNHEALTHY
    over = loaded(fault(Component.CAMERA, 30), of=facts(suppressed_until=NOW))
    assert health(over).status == RoomStatus.UNHEALTHY


def test_recovered_room_is_healthy_since_then():
    past = Fault(Component.CAMERA, "Unhealthy", NOW - 120 * MINUTE, NOW - 60 * MINUTE)
    rows = loaded(past)
    assert health(rows).status == RoomStatus.HEALTHY
    assert health(rows).since == NOW - 60 * MINUTE
    assert rows.status_at(NOW - 90 * MINUTE) == RoomStatus.UNHEALTHY
    assert rows.status_at(NOW - 118 * MINUTE) == RoomStatus.HEALTHY


def test_unhealthy_minutes_are_cut_at_local_midnight():
    # 21:30 to 23:00 UTC is 23:30 to 01:00 in Berlin in summer; the camera is watched for 5 min.
    evening = datetime(2022, 8, 27, 21, 30, tzinfo=UTC)
    rows = loaded(Fault(Component.CAMERA, "Unhealthy", evening, evening + 90 * MINUTE))
    days = {
        row.day: (row.unhealthy_minutes, row.working_minutes)
        for row in rows.rows[RoomDay]
        if isinstance(row, RoomDay)
    }
    assert days == {date(2022, 8, 27): (25, 0), date(2022, 8, 28): (60, 0)}


def test_working_minutes_count_from_five_to_nine():
    morning = datetime(2022, 8, 26, 2, 45, tzinfo=UTC)  # 04:45 in Berlin
    rows = loaded(Fault(Component.CAMERA, "Unhealthy", morning, morning + 60 * MINUTE))
    [day] = rows.rows[RoomDay]
    assert isinstance(day, RoomDay)
    assert (day.unhealthy_minutes, day.working_minutes) == (55, 45)


def test_errors_are_counted_by_the_hour():
    rows = loaded(fault(Component.CAMERA, 60))
    counted = {
        row.hour: row.events for row in rows.rows[RoomEventHour] if isinstance(row, RoomEventHour)
    }
    assert sum(counted.values()) == 13  # each five minutes, and the change itself
    assert all(hour.minute == 0 for hour in counted)


def test_account_survives_a_refused_sign_in():
    refused = fault(Component.TEAMS_SIGN_IN, 60, "Unhealthy.Refused, AADSTS50126")
    lines = log_of(machine(), [refused], first=NOW - 600 * MINUTE, last=NOW)
    records, _ = read_lines(line for line in lines if "HardwareCheckEngine" not in line)
    assert records[-1].alias == ""
    rows = rows_of(facts(), records, NOW)
    [account] = rows.rows[RoomAccount]
    assert isinstance(account, RoomAccount)
    assert account.upn == "hall@contoso.example"
    assert "wrong user name or password" in signal(rows, "sign_in_teams").sentence
    [address] = rows.rows[DeviceAddress]
    assert isinstance(address, DeviceAddress)
    assert (address.ipv4, address.ipv6) == ("10.0.0.5", "fd12::5")


def test_free_text_of_the_device_is_not_kept():
    rows = loaded(fault(Component.TEAMS_SIGN_IN, 60, "Unhealthy.Asha Rao typed something"))
    stored = [str(vars(row)) for kind in rows.rows.values() for row in kind]
    assert not any("Asha" in row for row in stored)


def test_room_without_records_has_no_health():
    with pytest.raises(NoRecords):
        rows_of(facts(), [], NOW)


def test_broken_lines_are_left_out_and_numbered():
    lines = log_of(machine(), (), first=NOW - 10 * MINUTE, last=NOW)
    records, left_out = read_lines(["nonsense", *lines])
    assert len(records) == len(lines)
    assert left_out == ["line 1: The line is no JSON."]
