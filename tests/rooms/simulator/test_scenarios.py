"""Scenarios: whom each strikes, the signals it trips, and that its mend makes all well again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from rooms.kinds import PeripheralKind
from rooms.reports.schema import Report
from rooms.signals.read import device_type, read_all
from rooms.signals.reading import Value
from rooms.simulator.condition import Condition, well
from rooms.simulator.course import Course
from rooms.simulator.machines import Machine, dice
from rooms.simulator.scenarios import SCENARIOS
from rooms.simulator.scenarios.bad_firmware import BAD, RINGS
from rooms.simulator.scenarios.clock_drift import BATTERY_DIES
from rooms.simulator.scenarios.loose_hdmi import DARK, TURN
from rooms.simulator.scenarios.scenario import Scenario
from rooms.simulator.telling import report_of
from rooms.simulator.world import World

BEGAN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
COURSE = Course(BEGAN, speed=1)
NAMES = tuple(SCENARIOS)
FALLS_ILL = tuple(
    name for name, scenario in SCENARIOS.items() if name not in ("attacker", "power_loss")
)


@pytest.fixture(scope="module")
def world() -> World:
    return World.of(400, 2022, COURSE, NAMES)


def chosen(world: World, name: str) -> list[Machine]:
    return [world.machines[one] for one in sorted(world.struck(SCENARIOS[name], 0))]


def at(scenario: Scenario, machine: Machine, minutes: float) -> tuple[Condition, datetime]:
    """A machine that was well, so many minutes after the scenario began."""
    moment = COURSE.moment(scenario.begins + minutes)
    phase = COURSE.phase(moment, scenario.begins, scenario.lasts)
    return scenario.change(machine, well(machine, moment), phase), moment


def tripped(machine: Machine, condition: Condition, moment: datetime) -> set[str]:
    told = Report.model_validate(report_of(machine, condition, moment))
    readings = read_all(told, device_type(machine.platform, machine.kind))
    return {one.code for one in readings if one.value == Value.UNHEALTHY}


def lasting(scenario: Scenario, machine: Machine) -> Iterator[float]:
    """Minutes at which a machine is struck: for the bad firmware from its ring's turn on."""
    late = RINGS[machine.room.ring] if scenario.name == "bad_firmware" else 0.0
    yield from (late, late + 5, min(late + 50, scenario.lasts - 1))


@pytest.mark.parametrize("name", FALLS_ILL)
def test_scenario_trips_its_signals_and_no_other(world: World, name: str):
    scenario = SCENARIOS[name]
    struck = chosen(world, name)
    assert struck
    for machine in struck:
        for minutes in lasting(scenario, machine):
            condition, moment = at(scenario, machine, minutes)
            assert tripped(machine, condition, moment) == scenario.signals, (machine.name, minutes)


@pytest.mark.parametrize("name", FALLS_ILL)
def test_mended_scenario_makes_all_well(world: World, name: str):
    scenario = SCENARIOS[name]
    for machine in chosen(world, name):
        condition, moment = at(scenario, machine, scenario.every - 1)
        assert tripped(machine, condition, moment) == set()


@pytest.mark.parametrize("name", NAMES)
def test_scenario_is_mended_before_it_begins_again(name: str):
    scenario = SCENARIOS[name]
    assert 0 < scenario.lasts < scenario.every
    assert scenario.begins >= 0
    assert scenario.tells


@pytest.mark.parametrize("name", NAMES)
def test_scenario_leaves_the_room_of_the_story_alone(world: World, name: str):
    for number in range(20):
        struck = world.struck(SCENARIOS[name], number)
        assert not any(world.machines[one].room.shown for one in struck)


@pytest.mark.parametrize("name", NAMES)
def test_scenario_strikes_few(world: World, name: str):
    for number in range(5):
        assert len(world.struck(SCENARIOS[name], number)) <= len(world.machines) / 10


@pytest.mark.parametrize("name", NAMES)
def test_smallest_fleet_bears_every_scenario(name: str):
    world = World.of(1, 1, COURSE, [name])
    for machine in world.machines.values():
        for minutes in range(0, 2000, 100):
            world.report(machine, BEGAN + timedelta(minutes=minutes))


def test_another_round_strikes_others(world: World):
    rounds = {world.struck(SCENARIOS["expired_password"], number) for number in range(6)}
    assert len(rounds) > 3


def test_bad_firmware_goes_from_ring_to_ring(world: World):
    scenario = SCENARIOS["bad_firmware"]
    struck = chosen(world, "bad_firmware")
    assert {machine.room.ring for machine in struck} >= {"General", "Staging"}
    for machine in struck:
        late = RINGS[machine.room.ring]
        for minutes, has_it in ((late - 1, False), (late, True), (scenario.lasts, False)):
            if minutes >= 0:
                condition, _ = at(scenario, machine, minutes)
                assert has_it == any(part.firmware == BAD for part in condition.parts)


def test_bad_firmware_loses_links_and_finds_them_again(world: World):
    [machine, *_] = chosen(world, "bad_firmware")
    scenario = SCENARIOS["bad_firmware"]
    cameras = [
        at(scenario, machine, minutes)[0].connected(PeripheralKind.CAMERA)
        for minutes in range(int(RINGS[machine.room.ring]), int(scenario.lasts))
    ]
    assert {0, 1} == set(cameras)


def test_power_loss_silences_one_building_and_starts_it_again(world: World):
    scenario = SCENARIOS["power_loss"]
    struck = chosen(world, "power_loss")
    [site] = {machine.room.site.key for machine in struck}
    assert len(struck) == sum(one.room.site.key == site for one in world.machines.values())
    for machine in struck:
        condition, _ = at(scenario, machine, 1)
        assert not condition.powered
        condition, moment = at(scenario, machine, scenario.lasts + 3)
        assert condition.powered
        assert condition.restarts == 1
        assert moment - condition.started_at == timedelta(minutes=3)
        assert tripped(machine, condition, moment) == set()


def test_powerless_machine_says_nothing(world: World):
    scenario = SCENARIOS["power_loss"]
    moment = COURSE.moment(scenario.begins + 1)
    for name in world.struck(scenario, 0):
        assert world.report(world.machines[name], moment) is None


def test_loose_cable_finds_its_contact_now_and_then(world: World):
    [machine, *_] = chosen(world, "loose_hdmi")
    scenario = SCENARIOS["loose_hdmi"]
    dark, bright = at(scenario, machine, DARK - 1)[0], at(scenario, machine, TURN - 1)[0]
    assert dark.connected(PeripheralKind.FRONT_DISPLAY) == machine.displays - 1
    assert bright.connected(PeripheralKind.FRONT_DISPLAY) == machine.displays


def test_clock_is_wrong_by_a_day_once_the_battery_is_dead(world: World):
    [machine, *_] = chosen(world, "clock_drift")
    condition, moment = at(SCENARIOS["clock_drift"], machine, BATTERY_DIES)
    told = Report.model_validate(report_of(machine, condition, moment))
    assert told.device_clock - told.observed_at < timedelta(hours=-20)
    assert told.observed_at == moment


def test_crashing_machine_is_never_up_for_long(world: World):
    [machine, *_] = chosen(world, "excessive_reboots")
    scenario = SCENARIOS["excessive_reboots"]
    for minutes in (0.0, 10.0, 24.9, 25.0, 200.0):
        condition, moment = at(scenario, machine, minutes)
        up = moment - condition.started_at
        assert timedelta(minutes=1) <= up <= timedelta(minutes=25)


def test_attacker_changes_nobody(world: World):
    assert world.struck(SCENARIOS["attacker"], 0) == frozenset()


def test_choice_hangs_on_the_seed_alone(world: World):
    again = World.of(400, 2022, COURSE, NAMES)
    for scenario in SCENARIOS.values():
        assert world.struck(scenario, 3) == again.struck(scenario, 3)
        made = list(world.machines.values())
        assert scenario.choose(made, dice(1, "a")) == scenario.choose(made, dice(1, "a"))
