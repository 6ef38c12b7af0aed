"""The made-up fleet: the same each time, and every record of it readable."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

from access.references import is_reference, room_key
from access.residency import REGIONS
from rooms.fleet.plans import TENANTS, room_reference
from rooms.models import Room, RoomHealth, SignalState
from rooms.states import RoomStatus
from tests.fleet.descriptions import Component
from tests.fleet.seed import triage_items
from tests.fleet.small import small_tenant
from tests.fleet.tenants import SHOWN_NAME, make_tenant

NOW = datetime(2022, 8, 29, 12, 0, tzinfo=UTC)
[PROSEWARE] = [plan for plan in TENANTS if plan.key == "proseware"]


def test_plans_cover_every_region():
    assert {plan.region for plan in TENANTS} == set(REGIONS)
    assert len({plan.reference for plan in TENANTS}) == len(TENANTS) == 8
    assert 850 <= sum(plan.rooms for plan in TENANTS) <= 950
    zones = available_timezones()
    assert all(city.time_zone in zones for plan in TENANTS for city in plan.cities)


def test_same_moment_makes_the_same_tenant():
    one, two = make_tenant(PROSEWARE, NOW), make_tenant(PROSEWARE, NOW)
    for first, second in zip(one.rooms, two.rooms, strict=True):
        assert vars(first.fitted.room) | {"_state": 0} == vars(second.fitted.room) | {"_state": 0}
        assert first.rows.verdict == second.rows.verdict
        assert first.fitted.machine == second.fitted.machine


def test_references_do_not_depend_on_the_moment():
    one, two = make_tenant(PROSEWARE, NOW), make_tenant(PROSEWARE, NOW + timedelta(days=40))
    assert [made.fitted.room.reference for made in one.rooms] == [
        made.fitted.room.reference for made in two.rooms
    ]


def test_rooms_have_keys_of_their_reference_and_unique_names_at_a_site():
    made = make_tenant(PROSEWARE, NOW)
    rooms = [one.fitted.room for one in made.rooms]
    for index, room in enumerate(rooms):
        assert is_reference(room.reference, "RM")
        assert room.reference == room_reference(PROSEWARE, index)
        assert room.id == room_key(PROSEWARE.id, room.reference)
    assert max(Counter((room.site_id, room.name) for room in rooms).values()) == 1


def test_shown_room_has_one_dark_display_of_two():
    made = make_tenant(TENANTS[0], NOW).rooms[0]
    assert made.fitted.room.name == SHOWN_NAME
    assert made.fitted.machine.displays == 2
    assert made.rows.verdict.status == RoomStatus.UNHEALTHY
    assert made.rows.verdict.worst is not None
    assert made.rows.verdict.worst.code == "display_front"


def test_triage_has_one_item_for_each_deciding_fault():
    made = make_tenant(PROSEWARE, NOW)
    items = triage_items(made)
    shown = {RoomStatus.UNHEALTHY, RoomStatus.UNMONITORED}
    expected = sum(
        one.rows.verdict.faults for one in made.rooms if one.rows.verdict.status in shown
    )
    assert len(items) == expected > 0
    assert len({item.reference for item in items}) == len(items)


def test_small_tenant_says_each_word_once():
    small = small_tenant(uuid.uuid4(), "TN-TEST00", at=NOW)
    words = [word for word in small.canaries if word.startswith("Cnry")]
    assert len(words) == len(set(words)) > 50
    assert len(small.rooms) == 3


def test_small_tenants_first_room_is_ill():
    small = small_tenant(uuid.uuid4(), "TN-TEST00", at=NOW, ill=Component.TEAMS_SIGN_IN)
    [health] = small.made.rooms[0].rows.rows[RoomHealth]
    assert isinstance(health, RoomHealth)
    assert health.worst_signal == "sign_in_teams"
    assert {made.rows.verdict.status for made in small.made.rooms[1:]} == {RoomStatus.HEALTHY}


def test_canaries_stand_in_every_text_a_page_may_show():
    small = small_tenant(uuid.uuid4(), "TN-TEST00", at=NOW)
    made = small.made.rooms[0]
    room = made.fitted.room
    assert isinstance(room, Room)
    for text in (room.name, room.floor, room.ring, made.fitted.device.serial):
        assert text in small.canaries
    for row in made.rows.rows[SignalState]:
        assert isinstance(row, SignalState)
        assert row.sentence in small.canaries
