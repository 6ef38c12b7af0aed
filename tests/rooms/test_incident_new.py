"""Recording an incident that no signal saw."""

from __future__ import annotations

import pytest

from rooms.models import Incident
from tests.acts import granted
from tests.factories import furnish
from tests.rooms.incidents import (
    HEALTH,
    INVENTORY,
    OWNER,
    WORK,
    acts,
    entries_of,
    soon,
    url_of,
    wrong,
)
from tests.rooms.pages import main_of


@pytest.fixture
def small(tenant):
    return furnish(tenant)


@pytest.fixture
def open_all(tenant, asha, bo):
    return granted(asha, tenant, [bo], HEALTH, INVENTORY, WORK)


def made(tenant) -> list[Incident]:
    rows = Incident.objects.using(OWNER).filter(tenant_id=tenant.pk, code="recorded_issue")
    return list(rows.order_by("room_id"))


@pytest.fixture
def page(tenant) -> str:
    return f"/t/{tenant.reference}/incidents/new/"


def test_one_room_is_unhealthy_from_now_on(sign_in, asha, tenant, small, page, open_all, superuser):
    sent = {"rooms": small.rooms[1].reference, "text": "The table wobbles"}
    response = sign_in(asha).post(page, sent)
    (incident,) = made(tenant)
    assert (response.status_code, response.headers["Location"]) == (303, url_of(tenant, incident))
    assert (incident.room_id, incident.sentence) == (small.rooms[1].pk, "The table wobbles")
    assert (incident.severity, incident.severity_rank, incident.state) == ("critical", 0, "active")
    assert (incident.recorded_by_label, incident.high_impact) == ("Asha", False)
    assert entries_of(incident) == [("opened", "Asha", "The table wobbles")]
    assert soon(incident)
    assert acts(superuser) == [("incident.recorded", "ok", incident.reference)]


def test_several_rooms_get_one_each_and_high_impact_its_reason(
    sign_in, asha, tenant, small, page, open_all
):
    sent = {
        "rooms": f"{small.rooms[0].reference}, {small.rooms[1].reference.lower()}",
        "text": "No sound in the whole wing",
        "high_impact": "on",
        "impact": "Board meeting at nine",
    }
    response = sign_in(asha).post(page, sent)
    assert response.headers["Location"] == f"/t/{tenant.reference}/incidents/"
    rows = made(tenant)
    assert {row.room_id for row in rows} == {room.pk for room in small.rooms[:2]}
    assert {row.high_impact_reason for row in rows} == {"Board meeting at nine"}
    assert len({row.reference for row in rows}) == 2


def test_a_room_may_have_two_recorded_at_once(sign_in, asha, tenant, small, page, open_all):
    client = sign_in(asha)
    for _ in range(2):
        client.post(page, {"rooms": small.rooms[0].reference, "text": "The table wobbles"})
    assert len(made(tenant)) == 2


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"rooms": ""}, "Name at least one room."),
        ({"rooms": "the big one"}, "Write 1 to 10 room references"),
        ({"rooms": "RM-00000000"}, "Not open to you in this tenant: RM-00000000."),
        ({"text": ""}, "Write what is wrong."),
        ({"high_impact": "on"}, "High impact needs a reason."),
        ({"impact": "Board meeting"}, "Tick this, or take its reason away."),
        ({"text": "a" * 301}, "At most 300 characters; this has 301."),
    ],
)
def test_mistakes_are_told_and_nothing_is_recorded(
    sign_in, asha, tenant, small, page, open_all, typed, words
):
    sent = {"rooms": small.rooms[0].reference, "text": "The table wobbles"} | typed
    response = sign_in(asha).post(page, sent)
    assert response.status_code == 422
    assert words in wrong(response)
    assert made(tenant) == []


def test_one_room_that_is_not_open_records_none(sign_in, asha, bo, tenant, small, page, superuser):
    granted(asha, tenant, [bo], HEALTH, INVENTORY, WORK, rooms=[small.rooms[0].reference])
    both = f"{small.rooms[0].reference} {small.rooms[1].reference}"
    response = sign_in(asha).post(page, {"rooms": both, "text": "The table wobbles"})
    assert response.status_code == 422
    assert f"Not open to you in this tenant: {small.rooms[1].reference}." in wrong(response)
    assert made(tenant) == []


def test_link_from_a_room_names_it(sign_in, asha, small, page, open_all):
    html = sign_in(asha).get(f"{page}?room={small.rooms[2].reference}").content.decode()
    assert f'value="{small.rooms[2].reference}"' in html


def test_closed_page_asks_for_work_with_health(sign_in, asha, bo, tenant, page):
    granted(asha, tenant, [bo], HEALTH)
    client = sign_in(asha)
    main = main_of(client.get(page))
    assert not main.find("textarea")
    ask = main.find("a", string="Ask for access")["href"]
    assert ask.endswith("?scope=health.view&scope=incident.work")
    assert client.post(page, {"rooms": "RM-00000000", "text": "Hello"}).status_code == 403


def test_other_tenants_people_find_no_page(sign_in, casey, page):
    assert sign_in(casey).get(page).status_code == 404


def test_room_page_leads_here_and_lists_it(sign_in, asha, tenant, small, page, open_all):
    client = sign_in(asha)
    client.post(page, {"rooms": small.rooms[1].reference, "text": "The table wobbles"})
    room = f"/t/{tenant.reference}/rooms/{small.rooms[1].reference}/"
    main = main_of(client.get(f"{room}?tab=incidents"))
    assert made(tenant)[0].reference in main.get_text()
    assert main.find("a", string="Record an incident…")["href"].startswith(page)
