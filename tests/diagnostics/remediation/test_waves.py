"""Waves: rings in order, within the pace, in each room's own night, and the same every time."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from diagnostics.remediation.catalogue import ACTIONS, PUBLIC, ActionCode, OperationKind
from diagnostics.remediation.guardrails import Limits, Tally
from diagnostics.remediation.guardrails.limits import DEFAULTS
from diagnostics.remediation.states import ItemState
from diagnostics.remediation.waves import (
    STANDARD,
    Candidate,
    Ring,
    RingProgress,
    Touched,
    UnfitWave,
    WaveOrder,
    in_order,
    may_begin_next,
    plan_roll_back,
    plan_wave,
)
from diagnostics.remediation.waves.rings import UnfitRings
from diagnostics.remediation.windows import Freeze, Interval, TenantCalendar, may_now
from rooms.kinds import Platform
from rooms.states import DeviceState
from tests.diagnostics.remediation.rooms_now import told

# A Sunday; the Wednesday after it is the 25th.
AT = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
ZONES = (
    "Europe/Berlin",
    "Europe/Lisbon",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
)
RINGS = ("Staging", "General", "General", "General", "General", "General", "Executive")
FIRMWARE = ACTIONS[ActionCode.UPDATE_FIRMWARE]
RESTART = ACTIONS[ActionCode.RESTART_DEVICE]


def row(number: int, **other: object) -> Candidate:
    """A healthy device that runs an older firmware."""
    return Candidate(
        device=f"DV-{number:06d}",
        tenant="TN-CONTOSO",
        room=f"RM-{number // 2:06d}",
        platform=Platform.WINDOWS,
        state=DeviceState.MONITORED,
        heard=True,
        zone=ZONES[number // 2 % len(ZONES)],
        ring=RINGS[number // 2 % len(RINGS)],
        installed=("10.2.1",),
    )._replace(**other)


def firmware_wave(**other: object) -> WaveOrder:
    order = WaveOrder("TN-CONTOSO", FIRMWARE, told(ActionCode.UPDATE_FIRMWARE), AT)
    return dataclasses.replace(order, **other)


def restart_wave(**other: object) -> WaveOrder:
    order = WaveOrder("TN-CONTOSO", RESTART, told(ActionCode.RESTART_DEVICE), AT)
    return dataclasses.replace(order, **other)


def test_rings_follow_each_other_and_each_waits_for_the_one_before():
    plan = plan_wave(firmware_wave(), [row(n) for n in range(140)])
    assert [ring.name for ring in plan.rings] == ["Staging", "General", "Executive"]
    assert [ring.devices for ring in plan.rings] == [20, 100, 20]
    for before, after in zip(plan.rings, plan.rings[1:], strict=False):
        assert after.begins == before.judged_from
        begun = [one.window.begin for one in plan.items if one.ring == before.name]
        assert max(begun) + timedelta(days=2) < after.begins
        assert all(one.window.begin >= after.begins for one in plan.items if one.ring == after.name)
    assert [one.place for one in plan.items] == list(range(140))


def test_update_starts_on_a_wednesday_unless_it_is_critical():
    rows = [row(n) for n in range(14)]
    plan = plan_wave(firmware_wave(), rows)
    assert plan.rings[0].begins == datetime(2026, 11, 25, tzinfo=UTC)
    assert plan_wave(firmware_wave(critical=True), rows).rings[0].begins == AT
    assert plan_wave(restart_wave(), rows).rings[0].begins == AT


def test_every_device_is_planned_into_its_own_night():
    plan = plan_wave(firmware_wave(), [row(n) for n in range(280)])
    assert len(plan.items) == 280
    for one in plan.items:
        assert 2 <= one.local_begin.hour < 5
        assert may_now(one.zone, FIRMWARE.window, one.window.begin, needs=FIRMWARE.needs)


def test_pace_and_the_rooms_cap_hold_in_every_hour():
    order = restart_wave(per_hour=7, limits=Limits(room_per_hour=1))
    plan = plan_wave(order, [row(n) for n in range(200)])
    assert len(plan.items) == 200
    hours = Counter(one.window.begin.replace(minute=0) for one in plan.items)
    rooms = Counter((one.room, one.window.begin.replace(minute=0)) for one in plan.items)
    assert max(hours.values()) == 7
    assert max(rooms.values()) == 1


def test_pace_never_passes_the_tenants_cap():
    order = restart_wave(per_hour=400, limits=Limits(tenant_per_hour=3))
    plan = plan_wave(order, [row(n, zone="UTC", ring="General") for n in range(20)])
    assert max(Counter(one.window.begin for one in plan.items).values()) == 3


@pytest.mark.parametrize(
    "limit", ["tenant_per_hour", "region_per_hour", "room_per_hour", "device_per_day"]
)
def test_limit_of_none_plans_nobody(limit):
    order = restart_wave(limits=Limits.from_settings({limit: 0}))
    assert plan_wave(order, [row(0), row(1)]).excluded_by == {"cap": 2}


def test_work_that_nobody_notices_does_not_wait_for_meetings():
    clock = WaveOrder(
        "TN-CONTOSO", ACTIONS[ActionCode.RESYNC_TIME], told(ActionCode.RESYNC_TIME), AT
    )
    always = (Interval(AT - timedelta(days=1), AT + timedelta(days=90)),)
    (one,) = plan_wave(clock, [row(0, busy=always, ring="Staging")]).items
    assert one.window.begin == AT


def test_plan_is_the_same_whatever_the_order_of_the_rows():
    rows = [row(n, busy=_meetings(n)) for n in range(300)]
    plan = plan_wave(firmware_wave(per_hour=20, pilot=3), rows)
    random.Random(7).shuffle(rows)
    again = plan_wave(firmware_wave(per_hour=20, pilot=3), rows)
    assert again == plan
    assert plan_wave(firmware_wave(per_hour=21, pilot=3), rows).digest != plan.digest


def test_digest_names_the_parameters_too():
    rows = [row(1)]
    other = told(ActionCode.UPDATE_FIRMWARE, model="Logitech Rally Bar Mini", version="10.5.880")
    plans = [plan_wave(firmware_wave(), rows), plan_wave(firmware_wave(parameters=other), rows)]
    assert plans[0].digest != plans[1].digest


def test_pilot_goes_first_and_the_rest_waits_for_it():
    plan = plan_wave(restart_wave(pilot=2), [row(n, ring="General") for n in range(40)])
    first = [one for one in plan.items if one.pilot]
    assert plan.items[:2] == tuple(first)
    seen_well = max(one.window.begin for one in first) + restart_wave().watched
    assert all(one.window.begin >= seen_well for one in plan.items[2:])


def test_meetings_and_freezes_are_planned_round():
    night = Interval(AT, AT + timedelta(days=1))
    order = restart_wave(calendar=TenantCalendar(freezes=(Freeze(night, "Go-live"),)))
    (one,) = plan_wave(order, [row(0, ring="General")]).items
    assert one.window.begin >= night.end
    busy = (Interval(one.window.begin, one.window.end),)
    (later,) = plan_wave(order, [row(0, ring="General", busy=busy)]).items
    assert later.window.begin >= one.window.end


def _meetings(n: int) -> tuple[Interval, ...]:
    begin = AT + timedelta(minutes=37 * n % 2880)
    return (Interval(begin, begin + timedelta(minutes=90)),) if n % 3 == 0 else ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tenant": "TN-FABRIKAM"}, "other_tenant"),
        ({"state": DeviceState.UNENROLLED}, "device_left"),
        ({"state": DeviceState.ONBOARDING}, "device_onboarding"),
        ({"heard": False}, "device_unmonitored"),
        ({"ring": "Night owls"}, "no_ring"),
        ({"open_kinds": frozenset({OperationKind.UPDATE})}, "open_operation"),
        ({"ran_at": (AT, AT - timedelta(days=1))}, "repeat"),
        ({"zone": "Mars/Olympus"}, "zone_unknown"),
        ({"installed": ()}, "nothing_to_update"),
        ({"installed": ("10.3.82",)}, "nothing_to_do"),
        ({"busy": (Interval(AT, AT + timedelta(days=90)),)}, "no_window"),
    ],
)
def test_device_that_is_left_out_is_named_with_the_reason(changes, code):
    plan = plan_wave(firmware_wave(), [row(0), row(1, **changes)])
    assert [one.device for one in plan.items] == ["DV-000000"]
    (out,) = plan.excluded
    assert (out.device, out.code) == ("DV-000001", code)
    assert out.reason
    assert plan.excluded_by == {code: 1}


def test_device_with_one_old_and_one_new_peripheral_takes_part():
    plan = plan_wave(firmware_wave(), [row(0, installed=("10.2.1", "10.3.82"))])
    assert len(plan.items) == 1


def test_platform_without_the_action_and_unknown_version_are_left_out():
    usb = WaveOrder("TN-CONTOSO", ACTIONS[ActionCode.RESET_USB], told(ActionCode.RESET_USB), AT)
    assert plan_wave(usb, [row(0, platform=Platform.ANDROID)]).excluded_by == {"platform": 1}
    unknown = told(ActionCode.UPDATE_FIRMWARE, version="99.0.1")
    plan = plan_wave(firmware_wave(parameters=unknown), [row(0)])
    assert plan.excluded_by == {"version_unknown": 1}


def test_ring_that_is_full_and_roll_out_that_is_over_leave_devices_out():
    rings = (Ring("Staging", most=3), Ring("General", rollout_days=1))
    rows = [row(n, zone="UTC", ring="Staging" if n < 5 else "General") for n in range(40)]
    plan = plan_wave(firmware_wave(rings=rings, per_hour=4), rows)
    assert plan.excluded_by["ring_full"] == 2
    assert plan.excluded_by["no_window"] == 35 - 3 * 4


@pytest.mark.parametrize(("devices", "votes"), [(10, 1), (11, 2)])
def test_plan_says_how_many_votes_it_needs(devices, votes):
    rows = [row(n, ring="General") for n in range(devices)]
    assert plan_wave(firmware_wave(), rows).votes == votes


def test_device_that_was_chosen_twice_is_refused():
    with pytest.raises(UnfitWave, match="DV-000001 was chosen twice"):
        plan_wave(firmware_wave(), [row(1), row(2), row(1, room="RM-9")])


def test_empty_selection_is_an_empty_plan():
    plan = plan_wave(firmware_wave(), [])
    assert (plan.items, plan.excluded) == ((), ())


@pytest.mark.parametrize(
    "other",
    [
        {"not_before": datetime(2026, 11, 22)},  # noqa: DTZ001 - what is refused
        {"parameters": told(ActionCode.RESTART_APP)},
        {"per_hour": 0},
        {"pilot": -1},
        {"rings": ()},
    ],
)
def test_order_that_cannot_be_meant_is_refused(other):
    with pytest.raises(UnfitWave):
        firmware_wave(**other)


def test_rings_are_put_in_their_published_order():
    own = [Ring(f"Own {n}", n) for n in (9, 1, 5)]
    names = [ring.name for ring in in_order([*own, *reversed(STANDARD)])]
    assert names == ["Staging", "General", "Executive", "Own 1", "Own 5", "Own 9"]


@pytest.mark.parametrize(
    "rings",
    [
        [Ring("Own", 0)],
        [Ring("Own", 10)],
        [Ring("Own")],
        [Ring("Staging", 1)],
        [Ring("", 1)],
        [Ring("A", 1), Ring("a", 2)],
        [Ring("A", 1), Ring("B", 1)],
        [Ring("A", 1, test_days=-1)],
        [Ring("A", 1, most=-1)],
        [Ring("A", 1, deferment_days=30), Ring("B", 2, rollout_days=20, test_days=11)],
    ],
)
def test_rings_that_cannot_be_are_refused(rings):
    with pytest.raises(UnfitRings):
        in_order(rings)


# -- From one ring to the next ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told_of", "ended", "days", "code"),
    [
        ((20, 20, 20, 0, 0, 0), 20, 2, ""),
        ((20, 20, 19, 1, 0, 1), 20, 2, ""),
        ((20, 18, 18, 0, 0, 0), 18, 2, "ring_not_over"),
        ((20, 20, 17, 3, 0, 1), 20, 2, "failed_share"),
        ((20, 20, 20, 0, 2, 0), 20, 2, "harmed_share"),
        ((20, 0, 0, 0, 0, 0), 20, 2, "nothing_proved"),
        ((20, 20, 20, 0, 0, 0), 20, 1.9, "test"),
        ((0, 0, 0, 0, 0, 0), 0, 0, ""),
    ],
)
def test_next_ring_begins_when_the_one_before_is_over_and_well(told_of, ended, days, code):
    ring = RingProgress(Tally(*told_of), ended, AT)
    verdict = may_begin_next(ring, 2, DEFAULTS, AT + timedelta(days=days))
    assert getattr(verdict, "code", "") == code


def test_roll_back_cancels_what_waits_and_brings_back_what_was_sent():
    update = told(ActionCode.UPDATE_APP)
    windows, old = "windows", ("4.13.132.0",)
    State = ItemState
    plan = plan_roll_back(
        update,
        [
            Touched("DV-5", windows, 4, State.SCHEDULED, False, old),
            Touched("DV-2", windows, 1, State.FAILED, True, old),
            Touched("DV-1", windows, 0, State.SUCCEEDED, True, old),
            Touched("DV-3", windows, 2, State.EXPIRED, False, old),
            Touched("DV-4", windows, 3, State.EXPIRED, True, old),
            Touched("DV-6", windows, 5, State.SUCCEEDED, True, ("1.0.0.0",)),
            Touched("DV-7", windows, 6, State.SUCCEEDED, True, ("4.13.132.0", "4.12.126.0")),
            Touched("DV-8", windows, 7, State.VERIFYING, True, ()),
        ],
        PUBLIC,
    )
    assert plan.cancel == ("DV-5",)
    assert [step.device for step in plan.steps] == ["DV-1", "DV-2", "DV-4"]
    assert {step.parameters.version for step in plan.steps} == {"4.13.132.0"}
    assert [one.device for one in plan.left] == ["DV-3", "DV-6", "DV-7", "DV-8"]


# -- Ten thousand -------------------------------------------------------------------------------


@pytest.mark.parametrize("meetings", ["few", "every night in every room"])
def test_ten_thousand_devices_are_planned(meetings):
    rows = [row(n, busy=_meetings(n)) for n in range(10_000)]
    if meetings != "few":
        rows = [
            one._replace(
                busy=tuple(
                    Interval(begin, begin + timedelta(minutes=40))
                    for begin in (AT + timedelta(days=day, minutes=n % 1440) for day in range(30))
                )
            )
            for n, one in enumerate(rows)
        ]
    calendar = TenantCalendar(
        holidays=frozenset({date(2026, 12, 25)}),
        freezes=(Freeze(Interval(AT + timedelta(days=9), AT + timedelta(days=11)), "x"),),
    )
    plan = plan_wave(firmware_wave(calendar=calendar, pilot=5), rows)
    assert len(plan.items) + len(plan.excluded) == 10_000
    assert len(plan.items) > 9_000
