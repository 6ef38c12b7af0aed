"""Where incidents show elsewhere: My work, search, the pages of tenant, room and device."""

from __future__ import annotations

import pytest
from django.db import connections

from access.models import Tenant
from access.scopes import Relation
from rooms.models import Device, RoomHealth, TriageItem
from rooms.states import IncidentState
from tests import people
from tests.acts import entered, granted
from tests.factories import furnish, incident_of
from tests.rooms.incidents import HEALTH, INVENTORY, OWNER, WORK, do, url_of
from tests.rooms.pages import main_of, text_of
from tests.rooms.reading import reading


@pytest.fixture
def small(tenant):
    return furnish(tenant)


@pytest.fixture
def incident(small):
    device = Device.objects.using(OWNER).filter(room_id=small.rooms[0].pk, kind="compute").get()
    return incident_of(small.rooms[0], device_id=device.pk)


@pytest.fixture
def open_all(tenant, asha, bo):
    return granted(asha, tenant, [bo], HEALTH, INVENTORY, WORK)


def who_looked(by, tenant: Tenant, grant, reference: str) -> list[str]:
    """What the function of the database tells that person, under that grant."""
    with reading(by, tenant, grant), connections["eu"].cursor() as cursor:
        cursor.execute("select actor_label from lock.who_looked(%s, 40)", [reference])
        return [label for (label,) in cursor.fetchall()]


def my_incidents(by, tenant: Tenant, *claims: str) -> list[str]:
    """What the function of the database calls that person's own."""
    with entered(by, tenant, *claims), connections["eu"].cursor() as cursor:
        cursor.execute("select reference from lock.my_incidents(40)")
        return [reference for (reference,) in cursor.fetchall()]


def test_my_work_lists_what_is_assigned_to_me(sign_in, asha, eli, bo, tenant, incident, open_all):
    do(sign_in(asha), url_of(tenant, incident), "assign", to="me")
    page = sign_in(asha).get("/")
    (task,) = page.context["tasks"]
    assert (task.text, task.action) == ("Front of room display", "Look")
    assert task.url == url_of(tenant, incident)
    assert incident.reference in page.content.decode()
    assert incident.reference not in sign_in(eli).get("/").content.decode()
    do(sign_in(asha), url_of(tenant, incident), "resolve", cause="power")
    assert sign_in(asha).get("/").context["tasks"] == []


def test_my_work_forgets_a_tenant_that_one_may_no_longer_ask_for(
    sign_in, asha, tenant, incident, open_all
):
    do(sign_in(asha), url_of(tenant, incident), "assign", to="me")
    people.unrelate(asha, Relation.MAY_ASK, tenant)
    assert incident.reference not in sign_in(asha).get("/").content.decode()


def test_own_incidents_need_the_claim(asha, eli, tenant, sign_in, incident, open_all):
    do(sign_in(asha), url_of(tenant, incident), "assign", to="me")
    assert my_incidents(asha, tenant) == [incident.reference]
    assert my_incidents(eli, tenant) == []
    people.unrelate(asha, Relation.MAY_ASK, tenant)
    assert my_incidents(asha, tenant) == []


def test_who_looked_tells_nothing_without_health(
    sign_in, asha, bo, eli, tenant, small, incident, open_all
):
    sign_in(asha).get(url_of(tenant, incident))
    reference = incident.reference
    assert who_looked(asha, tenant, open_all, reference) == ["Asha"]
    assert who_looked(eli, tenant, None, reference) == []
    other = granted(eli, tenant, [bo], INVENTORY)
    assert who_looked(eli, tenant, other, reference) == []
    elsewhere = granted(eli, tenant, [bo], HEALTH, rooms=[small.rooms[1].reference])
    assert who_looked(eli, tenant, elsewhere, reference) == []
    here = granted(eli, tenant, [bo], HEALTH, rooms=[small.rooms[0].reference])
    assert who_looked(eli, tenant, here, reference) == ["Asha"]


def test_search_goes_to_the_incident(sign_in, asha, casey, tenant, small):
    item = TriageItem.objects.using(OWNER).filter(tenant_id=tenant.pk).first()
    response = sign_in(asha).get("/search/", {"q": item.reference.lower()})
    assert response.status_code == 303
    assert response.headers["Location"] == f"/t/{tenant.reference}/incidents/{item.reference}/"
    assert sign_in(casey).get("/search/", {"q": item.reference}).status_code == 200


def test_search_for_a_closed_one_needs_health_or_its_tenant(sign_in, asha, bo, tenant, small):
    closed = incident_of(small.rooms[0], state=IncidentState.CLOSED)
    client = sign_in(asha)
    assert client.get("/search/", {"q": closed.reference}).status_code == 200
    named = client.get("/search/", {"q": f"{tenant.reference} {closed.reference}"})
    assert named.headers["Location"] == url_of(tenant, closed)
    granted(asha, tenant, [bo], HEALTH)
    found = client.get("/search/", {"q": closed.reference})
    assert found.headers["Location"] == url_of(tenant, closed)


def test_tenant_page_counts_active_ones_by_severity(sign_in, asha, tenant, small, open_all):
    incident_of(small.rooms[0])
    incident_of(small.rooms[1])
    incident_of(small.rooms[1], "recorded_issue")
    incident_of(small.rooms[2], state=IncidentState.CLOSED)
    main = main_of(sign_in(asha).get(f"/t/{tenant.reference}/"))
    text = " ".join(main.get_text(" ").split())
    assert "Active incidents Critical 1 Important 2" in text
    assert main.find("a", string="Important")["href"].endswith("/incidents/?severity=important")


def test_tenant_page_without_health_counts_nothing(sign_in, asha, bo, tenant, small):
    incident_of(small.rooms[0])
    granted(asha, tenant, [bo], INVENTORY)
    assert "Active incidents" not in text_of(sign_in(asha).get(f"/t/{tenant.reference}/"))


def test_unhealthy_room_says_which_incident_makes_it_so(
    sign_in, asha, tenant, small, incident, open_all
):
    incident_of(small.rooms[0], "app_version")
    room = f"/t/{tenant.reference}/rooms/{small.rooms[0].reference}/"
    main = main_of(sign_in(asha).get(room))
    assert main.find("a", href=url_of(tenant, incident))
    assert "Meeting app version, INC" not in main.get_text()
    assert "Last evaluated" in main.get_text()


def test_room_lists_active_ones_first(sign_in, asha, tenant, small, incident, open_all):
    closed = incident_of(small.rooms[0], "network", state=IncidentState.CLOSED)
    elsewhere = incident_of(small.rooms[1])
    room = f"/t/{tenant.reference}/rooms/{small.rooms[0].reference}/?tab=incidents"
    text = text_of(sign_in(asha).get(room))
    assert text.index(incident.reference) < text.index(closed.reference)
    assert elsewhere.reference not in text


def test_room_tab_is_closed_without_health(sign_in, asha, bo, tenant, small, incident):
    granted(asha, tenant, [bo], INVENTORY)
    room = f"/t/{tenant.reference}/rooms/{small.rooms[0].reference}/?tab=incidents"
    response = sign_in(asha).get(room)
    assert "The health of this room is closed" in text_of(response)
    assert incident.reference not in response.content.decode()


def test_device_lists_its_own(sign_in, asha, tenant, small, incident, open_all):
    other = incident_of(small.rooms[0], "recorded_issue")
    device = Device.objects.using(OWNER).get(pk=incident.device_id)
    page = f"/t/{tenant.reference}/rooms/{small.rooms[0].reference}/devices/{device.reference}/"
    text = text_of(sign_in(asha).get(page))
    assert incident.reference in text
    assert other.reference not in text


def test_healthy_room_names_no_incident(sign_in, asha, tenant, small, open_all):
    incident_of(small.rooms[1])
    RoomHealth.objects.using(OWNER).filter(room_id=small.rooms[1].pk).update(status="suppressed")
    room = f"/t/{tenant.reference}/rooms/{small.rooms[1].reference}/"
    assert "Incidents that make it so" not in text_of(sign_in(asha).get(room))
