"""Incidents that closed long ago are destroyed, with all that was written about them."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from access.residency import region
from rooms.drain import retention
from rooms.drain.retention import keep
from rooms.models import Incident, IncidentEntry, IncidentMessage, Room
from rooms.states import IncidentState
from tests.factories import incident_of
from tests.rooms.drain.house import OWNER, House

AGE = timedelta(days=180)


@pytest.fixture
def room(house: House) -> Room:
    """A room of the house."""
    return house.box().room


def closed(house: House, age: timedelta, code: str = "display_front") -> Incident:
    """An incident that closed so long ago, with a message."""
    room = house.boxes[0].room
    with region("eu"):
        incident = incident_of(
            room, code, state=IncidentState.CLOSED, closed_at=house.now - age, age=age
        )
        IncidentMessage.objects.using(OWNER).create(
            tenant_id=incident.tenant_id,
            incident=incident,
            room_id=room.pk,
            at=house.now - age,
            by_id=uuid.uuid4(),
            by_label="Asha",
            text="Is the display back?",
        )
    return incident


def left() -> tuple[set[str], int, int]:
    """The references that stand, and how many lines and messages."""
    with region("eu"):
        return (
            set(Incident.objects.using(OWNER).values_list("reference", flat=True)),
            IncidentEntry.objects.using(OWNER).count(),
            IncidentMessage.objects.using(OWNER).count(),
        )


def destroyed(house: House) -> list[tuple[str, dict[str, int]]]:
    """What the record says was destroyed, by tenant."""
    return house.behind.execute(
        "select tenant_reference, detail from access_auditevent where type = 'incident.destroyed'"
    ).fetchall()


def test_incident_is_destroyed_half_a_year_after_it_closed(house: House, room: Room) -> None:
    closed(house, AGE + timedelta(hours=1))
    young = closed(house, AGE - timedelta(hours=1), "network")
    assert keep("eu").incidents == 1
    assert left() == ({young.reference}, 1, 1)
    counts = {"incidents": 1, "entries": 1, "messages": 1}
    assert destroyed(house) == [(house.tenant.reference, counts)]


def test_open_incident_stays_however_old(house: House, room: Room) -> None:
    with region("eu"):
        active = incident_of(room, age=3 * AGE)
        resolved = incident_of(room, "network", age=3 * AGE, state=IncidentState.RESOLVED)
    assert keep("eu").incidents == 0
    assert left()[0] == {active.reference, resolved.reference}
    assert destroyed(house) == []


def test_many_incidents_go_batch_by_batch(
    house: House, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        closed(house, 2 * AGE)
    monkeypatch.setattr(retention, "INCIDENTS_AT_ONCE", 2)
    monkeypatch.setattr(retention, "MOST_BATCHES", 2)
    assert keep("eu").incidents == 4
    assert keep("eu").incidents == 1
    assert left() == (set(), 0, 0)
    assert [detail["messages"] for _, detail in destroyed(house)] == [2, 2, 1]


def test_setting_says_for_how_long(house: House, room: Room) -> None:
    closed(house, timedelta(days=31))
    with override_settings(INCIDENT_RETENTION_DAYS=30):
        assert keep("eu").incidents == 1


@pytest.mark.parametrize("days", [0, -1, 4000])
def test_setting_that_cannot_be_meant_destroys_nothing(house: House, room: Room, days: int) -> None:
    closed(house, 2 * AGE)
    with override_settings(INCIDENT_RETENTION_DAYS=days), pytest.raises(ImproperlyConfigured):
        keep("eu")
    assert len(left()[0]) == 1
