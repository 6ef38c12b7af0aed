"""Simulated machines: the same by seed, believable, and never outside of the closed schema."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access.references import is_reference, room_key
from access.residency import REGIONS
from rooms.fleet.places import FRESH_OF, SHOWN_NAME, planned_fleet, planned_rooms, shares
from rooms.fleet.plans import TENANTS, room_reference
from rooms.kinds import DeviceKind
from rooms.reports.parse import parse
from rooms.reports.schema import MOST_BYTES, Report
from rooms.signals.read import device_type, read_all
from rooms.signals.reading import Value
from rooms.simulator.condition import well
from rooms.simulator.course import Course
from rooms.simulator.days import in_use, meetings
from rooms.simulator.machines import Machine, machines_of
from rooms.simulator.scenarios import SCENARIOS
from rooms.simulator.telling import report_of
from rooms.simulator.world import World
from tests.plugins.cluster import ROOT

BEGAN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
LATER = st.floats(min_value=0, max_value=3000)


def plain(machine: Machine) -> dict[str, Any]:
    return {one.name: getattr(machine, one.name) for one in fields(machine)}


@pytest.mark.parametrize("rooms", [1, 3, 8, 9, 360, 5000])
def test_rooms_are_shared_out_to_the_last(rooms: int):
    given_out = shares(rooms)
    assert sum(given_out.values()) == rooms
    assert min(given_out.values()) >= (rooms >= len(TENANTS))


def test_rooms_have_keys_of_their_reference_and_unique_names_at_a_site():
    fleet = planned_fleet(900)
    assert {room.tenant.region for room in fleet} == set(REGIONS)
    for room in fleet:
        assert is_reference(room.reference, "RM")
        assert room.reference == room_reference(room.tenant, room.index)
        assert room.id == room_key(room.tenant.id, room.reference)
    assert max(Counter((room.site.id, room.name) for room in fleet).values()) == 1
    sites = {room.site.id: (room.tenant.id, room.site.name) for room in fleet}
    assert len(set(sites.values())) == len(sites)


def test_one_more_room_moves_none():
    plan = TENANTS[0]
    few, many = planned_rooms(plan, 34), planned_rooms(plan, 60)
    assert [(room.reference, room.capacity, room.ring) for room in few] == [
        (room.reference, room.capacity, room.ring) for room in many[:34]
    ]


def test_each_region_has_rooms_that_were_fitted_lately():
    fresh = {room.tenant.region for room in planned_fleet(360) if room.fresh}
    assert fresh == set(REGIONS)
    assert sum(room.fresh for room in planned_fleet(360)) < 360 / FRESH_OF * 1.5


def test_room_of_the_story_has_two_displays():
    [machine] = [one for one in machines_of(planned_fleet(360), 7) if one.room.shown]
    assert (machine.room.name, machine.displays, machine.kind) == (
        SHOWN_NAME,
        2,
        DeviceKind.COMPUTE,
    )


def test_machines_of_one_seed_are_the_same_and_of_another_are_not():
    fleet = planned_fleet(60)
    one, again, other = (machines_of(fleet, seed) for seed in (1, 1, 2))
    assert [plain(machine) for machine in one] == [plain(machine) for machine in again]
    assert [machine.serial for machine in one] != [machine.serial for machine in other]


def test_machines_are_the_same_in_another_process():
    """Whatever the seed of Python's own hashes is."""
    script = (
        "from rooms.fleet.places import planned_fleet\n"
        "from rooms.simulator.machines import machines_of\n"
        "print([(m.name, m.serial, m.model, m.mac) for m in machines_of(planned_fleet(40), 5)])\n"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": hashes},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hashes in ("1", "2")
    }
    assert len(said) == 1


def test_machines_have_names_serials_and_addresses_of_their_own():
    made = machines_of(planned_fleet(2000), 3)
    for what in ("name", "serial", "mac"):
        assert len({getattr(machine, what) for machine in made}) == len(made)
    kinds = Counter(machine.kind for machine in made)
    assert kinds[DeviceKind.COMPUTE] + kinds[DeviceKind.VIDEO_BAR] == 2000
    assert kinds[DeviceKind.VIDEO_BAR] == kinds[DeviceKind.CONSOLE] > 50
    assert kinds[DeviceKind.PANEL] > 50


def test_machine_that_is_well_trips_nothing_and_hides_nothing():
    for machine in machines_of(planned_fleet(400), 11):
        told = Report.model_validate(report_of(machine, well(machine, BEGAN), BEGAN))
        readings = read_all(told, device_type(machine.platform, machine.kind))
        if machine.kind != DeviceKind.PANEL:
            assert readings
        assert {reading.value for reading in readings} <= {Value.HEALTHY}, [
            reading for reading in readings if reading.value != Value.HEALTHY
        ]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(min_value=0, max_value=2**32), minutes=LATER)
def test_reports_are_always_taken(seed: int, minutes: float):
    world = World.of(12, seed, Course(BEGAN, speed=60), tuple(SCENARIOS))
    moment = BEGAN + timedelta(minutes=minutes)
    for machine in world.machines.values():
        told = world.report(machine, moment)
        if told is not None:
            sent = json.dumps(told).encode()
            assert len(sent) < MOST_BYTES
            parse(sent)


def test_reports_of_one_seed_and_moment_are_the_same():
    moment = BEGAN + timedelta(minutes=47)
    one, again, other = (
        World.of(40, seed, Course(BEGAN, speed=15), tuple(SCENARIOS)) for seed in (9, 9, 10)
    )

    def said(world: World) -> list[Any]:
        return [world.report(machine, moment) for machine in world.machines.values()]

    assert said(one) == said(again)
    assert said(one) != said(other)


def test_most_rooms_are_well_and_some_are_not():
    world = World.of(800, 2022, Course(BEGAN))
    troubled = 0
    for machine in world.machines.values():
        told = world.report(machine, BEGAN)
        assert told is not None
        device = device_type(machine.platform, machine.kind)
        readings = read_all(Report.model_validate(told), device)
        tripped = {one.code for one in readings if one.value == Value.UNHEALTHY}
        troubled += bool(tripped)
    assert 0.06 < troubled / len(world.machines) < 0.2


def test_passing_troubles_come_and_go():
    world = World.of(300, 2022, Course(BEGAN))
    day = [BEGAN + timedelta(minutes=20 * step) for step in range(72)]
    changed = set()
    for machine in world.machines.values():
        seen = {world.condition(machine, moment).parts for moment in day}
        codes = {world.condition(machine, moment).teams_code for moment in day}
        if len(seen) > 1 or len(codes) > 1:
            changed.add(machine.name)
    assert changed


def test_rooms_are_used_on_working_days_by_the_clock_on_their_wall():
    [machine] = [one for one in machines_of(planned_fleet(60), 1) if one.room.key == "litware-0000"]
    week = [BEGAN + timedelta(minutes=10 * step) for step in range(7 * 144)]
    busy = [at for at in week if in_use(1, machine.room.key, machine.zone, at)]
    assert 0.1 < len(busy) / len(week) < 0.4
    for at in busy:
        local = at.astimezone(machine.zone)
        assert local.weekday() < 5
        assert 8 <= local.hour < 18


def test_meetings_follow_each_other():
    for day in range(739_000, 739_040):
        booked = meetings(5, "contoso-0001", day)
        ends = [0, *(ended for _, ended in booked)]
        for (begun, ended), before in zip(booked, ends, strict=False):
            assert before <= begun < ended <= 18 * 60
