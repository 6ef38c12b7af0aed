"""What commands change of a simulated machine, as its later reports show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from diagnostics.remediation.catalogue import ACTIONS, PUBLIC, Component
from rooms.fleet.firmware import BAD, NEWER
from rooms.kinds import PeripheralKind, Platform
from rooms.reports.schema import Report
from rooms.signals.read import device_type, read_all
from rooms.signals.reading import Value
from rooms.simulator.condition import Condition
from rooms.simulator.course import Course
from rooms.simulator.deeds import EFFECTS, HOLDS, Deed
from rooms.simulator.habits import SHARES, Habit, habit_of
from rooms.simulator.machines import Machine
from rooms.simulator.orders import COLLECT, OBEYED, why_not
from rooms.simulator.parts import Part
from rooms.simulator.scenarios import SCENARIOS
from rooms.simulator.telling import report_of
from rooms.simulator.world import World

BEGAN = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
COURSE = Course(BEGAN, speed=1)
MINUTE = timedelta(minutes=1)
LOOSE = SCENARIOS["loose_usb"]


@pytest.fixture(scope="module")
def fleet() -> World:
    return World.of(400, 2022, COURSE, ("loose_usb", "bad_firmware", "clock_drift", "low_disk"))


@pytest.fixture
def world(fleet: World) -> World:
    """The fleet, to which nothing has been done yet."""
    fleet.deeds.clear()
    fleet._before.clear()
    return fleet


def struck(world: World, name: str) -> list[Machine]:
    return [world.machines[one] for one in sorted(world.struck(SCENARIOS[name], 0))]


def during(name: str, minutes: float = 5) -> datetime:
    return COURSE.moment(SCENARIOS[name].begins + minutes)


def do(world: World, machine: Machine, when: datetime, kind: str, /, **parameters: Any) -> None:
    world.deeds.setdefault(machine.name, []).append(Deed(kind, when, parameters))


def tripped(world: World, machine: Machine, moment: datetime) -> set[str]:
    told = Report.model_validate(report_of(machine, world.condition(machine, moment), moment))
    readings = read_all(told, device_type(machine.platform, machine.kind))
    return {one.code for one in readings if one.value == Value.UNHEALTHY}


def camera_of(condition: Condition) -> Part:
    return next(part for part in condition.parts if part.kind == PeripheralKind.CAMERA)


def with_camera(world: World, model: str) -> Machine:
    """A well computer with that camera, which no scenario of the world strikes."""
    at = during("bad_firmware")
    ill = {name for one in world.scenarios for name in world.struck(one, 0)}
    return next(
        machine
        for machine in world.machines.values()
        if machine.windows
        and machine.name not in ill
        and any(part.name == model for part in machine.parts)
        and not tripped(world, machine, at)
        and not tripped(world, machine, at + 60 * MINUTE)
    )


# -- The kinds ------------------------------------------------------------------------------------


def test_agent_obeys_what_the_catalogue_offers_and_nothing_else() -> None:
    offered = {action.command: action for action in ACTIONS.values()}
    assert {*OBEYED, COLLECT} == set(offered)
    assert set(EFFECTS) == set(OBEYED)
    for kind, doing in OBEYED.items():
        action = offered[kind]
        assert doing.interrupts == action.interrupts, kind
        assert doing.windows == (action.platforms == {Platform.WINDOWS}), kind
        assert set(doing.needs) == set(action.parameters.model_fields), kind
        assert timedelta(minutes=doing.minutes) < action.time_outs.answer, kind


def test_newer_firmware_is_known_and_a_bad_one_has_a_good_one_before_it() -> None:
    for model, versions in NEWER.items():
        known = PUBLIC.versions(Component.FIRMWARE, model)
        assert known[: len(versions)] == versions
        assert len(known) == len(versions) + 1, "the one that rooms were fitted with"
    for model, version in BAD:
        assert NEWER[model][0] == version
        assert len(NEWER[model]) > 1


# -- USB ------------------------------------------------------------------------------------------


def test_reset_of_the_port_mends_most_loose_cables_and_a_few_stay_loose(world: World) -> None:
    mended, loose = 0, 0
    for number in range(12):
        at = COURSE.moment(LOOSE.begins + number * LOOSE.every + 5)
        for name in sorted(world.struck(LOOSE, number)):
            machine = world.machines[name]
            camera = camera_of(world.condition(machine, at))
            assert not camera.connected
            do(world, machine, at + MINUTE, "reset_usb", target="port", at=camera.port)
            assert not camera_of(world.condition(machine, at)).connected, "not yet"
            if camera_of(world.condition(machine, at + 2 * MINUTE)).connected:
                mended += 1
                assert "camera_room" not in tripped(world, machine, at + 3 * MINUTE)
            else:
                loose += 1
                assert "camera_room" in tripped(world, machine, at + 3 * MINUTE)
            world.deeds.clear()
    assert mended > loose > 0
    assert abs(mended / (mended + loose) - HOLDS) < 0.2


def test_reset_of_another_port_mends_nothing(world: World) -> None:
    at = during("loose_usb")
    for machine in struck(world, "loose_usb"):
        do(world, machine, at, "reset_usb", target="port", at="USB 9")
        assert not camera_of(world.condition(machine, at + MINUTE)).connected


def test_hub_and_all_ports_reach_the_same_parts(world: World) -> None:
    at = during("loose_usb")
    held = []
    for machine in struck(world, "loose_usb"):
        camera = camera_of(world.condition(machine, at))
        ways = [("reenumerate_usb", {}), ("reset_usb", {"target": "port", "at": camera.port})]
        if camera.parent:
            ways.append(("reset_usb", {"target": "hub", "at": camera.parent}))
        shown = set()
        for kind, parameters in ways:
            world.deeds[machine.name] = [Deed(kind, at, parameters)]
            shown.add(camera_of(world.condition(machine, at + MINUTE)).connected)
        assert len(shown) == 1
        held.append(shown.pop())
    assert any(held)


def test_trouble_that_comes_after_a_deed_stays(world: World) -> None:
    machine = struck(world, "loose_usb")[0]
    before = COURSE.moment(LOOSE.begins - 1)
    do(world, machine, before, "reenumerate_usb")
    assert not camera_of(world.condition(machine, during("loose_usb"))).connected


def test_usb_is_kept_awake(world: World) -> None:
    at = during("loose_usb")
    machine = next(one for one in world.machines.values() if world.condition(one, at).usb_suspend)
    do(world, machine, at, "usb_suspend_off")
    assert not world.condition(machine, at + MINUTE).usb_suspend
    assert "usb_suspend" not in tripped(world, machine, at + MINUTE)


# -- Updates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "version"), sorted(BAD))
def test_bad_firmware_costs_the_camera_and_the_one_before_brings_it_back(
    world: World, model: str, version: str
) -> None:
    machine, at = with_camera(world, model), during("bad_firmware")
    do(world, machine, at, "update_firmware", model=model, version=version)
    camera = camera_of(world.condition(machine, at))
    assert (camera.firmware, camera.connected, camera.usable) == (version, True, False)
    assert "camera_room" in tripped(world, machine, at)
    do(world, machine, at + MINUTE, "reset_usb", target="port", at=camera.port)
    assert "camera_room" in tripped(world, machine, at + 2 * MINUTE), "no reset helps"
    good = NEWER[model][1]
    do(world, machine, at + 3 * MINUTE, "update_firmware", model=model, version=good)
    camera = camera_of(world.condition(machine, at + 3 * MINUTE))
    assert (camera.firmware, camera.usable) == (good, True)
    assert not tripped(world, machine, at + 3 * MINUTE)


def test_good_firmware_is_told_and_harms_nobody(world: World) -> None:
    model = "Logitech MeetUp"
    machine, at = with_camera(world, model), during("bad_firmware")
    do(world, machine, at, "update_firmware", model=model.upper(), version=NEWER[model][0])
    assert camera_of(world.condition(machine, at)).firmware == NEWER[model][0]
    assert not tripped(world, machine, at)


def test_bad_firmware_of_the_scenario_is_mended_by_another_one(world: World) -> None:
    at = during("bad_firmware")
    for machine in struck(world, "bad_firmware"):
        camera = camera_of(world.condition(machine, at))
        if camera.connected:
            continue  # its ring's turn has not come
        do(world, machine, at, "update_firmware", model=camera.name, version="1.0")
        mended = camera_of(world.condition(machine, at + MINUTE))
        assert (mended.firmware, mended.connected, mended.link_changes) == ("1.0", True, 0)


@pytest.mark.parametrize(
    ("kind", "field", "version"),
    [
        ("update_app", "app", "4.13.132.0"),
        ("update_os", "os_build", "10.0.19044.1889"),
        ("update_agent", "agent", "1.2.44.0"),
    ],
)
def test_updates_show_in_reports(world: World, kind: str, field: str, version: str) -> None:
    at = during("loose_usb")
    machine = next(
        one
        for one in world.machines.values()
        if one.windows and getattr(world.condition(one, at), field) != version
    )
    do(world, machine, at, kind, version=version)
    assert getattr(world.condition(machine, at + MINUTE), field) == version
    told = report_of(machine, world.condition(machine, at + MINUTE), at + MINUTE)
    assert version in str(told)


def test_driver_is_told_once_it_was_installed(world: World) -> None:
    machine, at = struck(world, "loose_usb")[0], during("loose_usb")
    for version in ("1.0", "2.0"):
        do(world, machine, at, "update_driver", driver="Camera driver", version=version)
    told = report_of(machine, world.condition(machine, at), at)
    drivers = [one for one in told["versions"] if one["component"] == "Camera driver"]
    assert [one["installed"] for one in drivers] == ["2.0"]


# -- The rest -------------------------------------------------------------------------------------


def test_restart_shows_in_the_uptime_and_starts_the_app(world: World) -> None:
    machine, at = struck(world, "loose_usb")[0], during("loose_usb")
    world_bare = world.bare
    down: Callable[..., Condition] = lambda one, moment: replace(  # noqa: E731 - short
        world_bare(one, moment), app_running=False
    )
    world.bare = down  # type: ignore[method-assign]
    try:
        do(world, machine, at, "restart_device")
        after = world.condition(machine, at + 3 * MINUTE)
        told = report_of(machine, after, at + 3 * MINUTE)
        assert told["system"]["uptime_minutes"] == 3
        assert told["app"]["running"]
        assert after.restarts == world.bare(machine, at).restarts + 1
    finally:
        del world.bare


def test_clock_is_set_right_until_its_battery_dies(world: World) -> None:
    machine, at = struck(world, "clock_drift")[0], during("clock_drift")
    assert "time_drift" in tripped(world, machine, at)
    do(world, machine, at, "resync_time")
    assert "time_drift" not in tripped(world, machine, at + MINUTE)
    assert "time_drift" in tripped(world, machine, during("clock_drift", 70))


def test_clean_up_makes_room(world: World) -> None:
    machine, at = struck(world, "low_disk")[0], during("low_disk")
    assert "disk_space" in tripped(world, machine, at)
    do(world, machine, at, "clean_disk")
    assert "disk_space" not in tripped(world, machine, at + MINUTE)


def test_deeds_are_kept_as_they_are() -> None:
    deed = Deed("reset_usb", BEGAN, {"target": "port", "at": "USB 1"})
    assert Deed.from_json(deed.to_json()) == deed


# -- When it cannot -------------------------------------------------------------------------------


def test_what_interrupts_people_is_not_begun_while_they_meet(world: World) -> None:
    machine = struck(world, "loose_usb")[0]
    meeting = replace(world.condition(machine, BEGAN), in_use=True, app_running=True)
    for kind, doing in OBEYED.items():
        told = dict.fromkeys(doing.needs, "")
        no = why_not(kind, told, machine, meeting)
        assert (no == ("failed", "IN_MEETING")) is doing.interrupts, kind


@pytest.mark.parametrize(
    ("kind", "parameters", "expected"),
    [
        ("sing", {}, ("refused", "UNKNOWN_KIND")),
        ("restart_app", {"loud": True}, ("refused", "PARAMETERS")),
        ("reset_usb", {"target": "port"}, ("refused", "PARAMETERS")),
        ("reset_usb", {"target": "port", "at": "USB 9"}, ("failed", "USB_NOT_FOUND")),
        ("update_firmware", {"model": "x", "version": "1"}, ("failed", "MODEL_NOT_CONNECTED")),
    ],
)
def test_what_cannot_be_done_is_said(
    world: World, kind: str, parameters: dict[str, Any], expected: tuple[str, str]
) -> None:
    machine = struck(world, "loose_usb")[0]
    free = replace(world.condition(machine, BEGAN), in_use=False)
    assert why_not(kind, parameters, machine, free) == expected


def test_panel_does_not_do_what_only_windows_has(world: World) -> None:
    android = next(one for one in world.machines.values() if not one.windows)
    free = replace(world.condition(android, BEGAN), in_use=False)
    assert why_not("clean_disk", {}, android, free) == ("refused", "PLATFORM")
    assert why_not("restart_app", {}, android, free) is None


def test_most_devices_obey_well_and_that_of_the_story_always(world: World) -> None:
    habits = [habit_of(machine) for machine in world.machines.values()]
    assert habits.count(Habit.GOOD) > len(habits) * 0.85
    assert set(habits) <= set(SHARES) == set(Habit)
    shown = [machine for machine in world.machines.values() if machine.room.shown]
    assert {habit_of(machine) for machine in shown} == {Habit.GOOD}
