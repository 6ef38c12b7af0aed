"""The list of a tenant's incidents: closed, open, narrowed, sorted, and its weight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rooms.models import Incident, Site
from rooms.signals import SIGNALS
from rooms.states import Assignment, IncidentState, Severity
from tests.acts import granted
from tests.factories import furnish, incident_of
from tests.rooms.incidents import HEALTH, INVENTORY, OWNER, WORK
from tests.rooms.pages import leaks, main_of, poll, rows_of, statements, text_of
from tests.rooms.test_page_size import LONGEST, MOST, production_names, weight

__all__ = ["production_names"]


@pytest.fixture
def small(tenant):
    return furnish(tenant)


@pytest.fixture
def path(tenant) -> str:
    return f"/t/{tenant.reference}/incidents/"


@pytest.fixture
def open_all(tenant, asha, bo):
    return granted(asha, tenant, [bo], HEALTH, INVENTORY, WORK)


def references(response) -> list[str]:
    """The incidents of the page, in its order."""
    return [row.split()[-1] for row in rows_of(response)]


def test_closed_shows_columns_and_no_value(sign_in, asha, small, path):
    incident = incident_of(small.rooms[0])
    response = sign_in(asha).get(path)
    main = main_of(response)
    assert leaks(response, small) == []
    assert incident.reference not in response.content.decode()
    assert [th.get_text() for th in main.select("thead th")][:3] == ["Incident", "Severity", "Room"]
    assert main.find("a", string="Ask for access")["href"].endswith(
        "?scope=inventory.view&scope=health.view"
    )


def test_somebody_of_another_tenant_finds_no_page(sign_in, casey, path, small):
    assert sign_in(casey).get(path).status_code == 404


def test_worst_and_oldest_first(sign_in, asha, small, path, open_all):
    light = incident_of(small.rooms[0], "app_version", age=timedelta(days=3))
    young = incident_of(small.rooms[1], age=timedelta(minutes=1))
    old = incident_of(small.rooms[2], age=timedelta(hours=2))
    grave = incident_of(small.rooms[0], "sign_in_teams", age=timedelta(seconds=5))
    client = sign_in(asha)
    worst = [one.reference for one in (grave, old, young, light)]
    assert references(client.get(path)) == worst
    assert references(client.get(path + "?sort=-severity")) == worst[::-1]
    newest = [one.reference for one in (grave, young, old, light)]
    assert references(client.get(path + "?sort=newest")) == newest


def test_only_active_ones_until_others_are_asked_for(sign_in, asha, small, path, open_all):
    active = incident_of(small.rooms[0])
    resolved = incident_of(small.rooms[1], state=IncidentState.RESOLVED)
    closed = incident_of(small.rooms[1], state=IncidentState.CLOSED)
    client = sign_in(asha)
    assert references(client.get(path)) == [active.reference]
    assert references(client.get(path + "?state=resolved")) == [resolved.reference]
    assert references(client.get(path + "?state=closed")) == [closed.reference]
    tabs = main_of(client.get(path + "?state=closed")).select(".tabs a")
    assert [tab.get_text(strip=True) for tab in tabs] == ["Active", "Resolved", "Closed"]
    assert tabs[2]["aria-current"] == "page"


def test_filters(sign_in, asha, small, path, open_all):
    display = incident_of(small.rooms[0], assignment=Assignment.CUSTOMER)
    network = incident_of(small.rooms[1], "network", assignee_id=asha.pk, assignment="us")
    client = sign_in(asha)

    def found(query: str) -> list[str]:
        return references(client.get(f"{path}?{query}"))

    assert found("signal=network") == [network.reference]
    assert found("severity=important") == [display.reference]
    assert found("category=connectivity") == [network.reference]
    assert found("step=customer") == [display.reference]
    assert found("step=me") == [network.reference]
    assert found("step=me,customer") == [display.reference, network.reference]
    assert found(f"q={small.rooms[1].reference}") == [network.reference]
    assert found(f"q={display.reference}") == [display.reference]
    assert found(f"q={small.rooms[0].name}") == [display.reference]
    site = Site.objects.using(OWNER).get(tenant_id=small.rooms[0].tenant_id)
    assert len(found(f"site={site.pk}")) == 2
    assert "No incident matches" in text_of(client.get(path + "?signal=calendar_sync"))


def test_health_alone_masks_the_rooms(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], HEALTH)
    incident_of(small.rooms[0])
    response = sign_in(asha).get(path)
    assert "Front of room display" in text_of(response)
    assert small.rooms[0].name not in response.content.decode()
    assert small.rooms[0].reference not in response.content.decode()
    assert not main_of(response).select("input[name=pick]")
    assert "Work on incidents is closed" in text_of(response)


def test_grant_of_one_room_lists_its_incidents_only(sign_in, asha, bo, tenant, small, path):
    here, there = incident_of(small.rooms[0]), incident_of(small.rooms[1])
    granted(asha, tenant, [bo], HEALTH, INVENTORY, rooms=[small.rooms[0].reference])
    response = sign_in(asha).get(path)
    assert references(response) == [here.reference]
    assert there.reference not in response.content.decode()
    assert "names single rooms" in text_of(response)


def test_pages_meet_every_incident_once(sign_in, asha, small, path, open_all):
    room = small.rooms[0]
    made = {incident_of(room, "recorded_issue").reference for _ in range(80)}
    client = sign_in(asha)
    first = client.get(path)
    second = client.get(path + main_of(first).find("a", string="Next")["href"])
    seen = references(first) + references(second)
    assert len(seen) == 80
    assert set(seen) == made


def test_same_statements_for_one_incident_and_many(sign_in, asha, small, path, open_all):
    client = sign_in(asha)
    numbers = []
    for more in (1, 30):
        for _ in range(more):
            incident_of(small.rooms[0], "recorded_issue")
        client.get(path)
        with statements("default", "eu") as counted:
            client.get(path)
        numbers.append(counted.number)
    assert numbers[0] == numbers[1]


def test_poll_answers_204_until_one_changes(sign_in, asha, small, path, open_all):
    incident = incident_of(small.rooms[0])
    client = sign_in(asha)
    page = client.get(path)
    assert poll(client, path, page, "list-news").status_code == 204
    Incident.objects.using(OWNER).filter(pk=incident.pk).update(assignment=Assignment.CUSTOMER)
    assert "has changed" in poll(client, path, page, "list-news").content.decode()


def test_weight_of_a_full_page(sign_in, asha, tenant, path, open_all):
    small = furnish(tenant, rooms=60)
    now = datetime.now(UTC)
    Incident.objects.using(OWNER).bulk_create(
        Incident(
            tenant_id=tenant.pk,
            reference=f"INC-{number:08d}",
            room_id=room.pk,
            code=LONGEST.code,
            category=SIGNALS[LONGEST.code].category,
            severity=Severity.RECOMMENDED,
            severity_rank=3,
            sentence="x" * 300,
            assignment=Assignment.US,
            assignee_label="Asha Lindqvist-Okafor",
            opened_at=now,
            activated_at=now - timedelta(days=2, minutes=number),
            updated_at=now,
        )
        for number, room in enumerate(small.rooms)
    )
    page = sign_in(asha).get(path)
    assert len(main_of(page).select("input[name=pick]")) == 50
    assert weight(page) < MOST


def test_view_is_recorded(sign_in, asha, small, path, open_all, superuser):
    sign_in(asha).get(path)
    rows = superuser["eu"].execute(
        "select outcome, subject_type, grant_references from access_auditevent"
        " where type = 'view.incidents'"
    )
    assert rows.fetchall() == [("opened", "tenant", [open_all.reference])]
