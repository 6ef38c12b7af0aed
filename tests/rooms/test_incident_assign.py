"""Giving the next step to somebody: who may, what stands against it, and what is left behind."""

from __future__ import annotations

import pytest

from rooms.states import IncidentState
from tests.acts import granted
from tests.factories import furnish, incident_of
from tests.rooms.incidents import (
    HEALTH,
    INVENTORY,
    WORK,
    acts,
    again,
    do,
    entries_of,
    fill,
    url_of,
    wrong,
)
from tests.rooms.pages import OVER, SHORT, text_of


@pytest.fixture
def small(tenant):
    return furnish(tenant)


@pytest.fixture
def incident(small):
    return incident_of(small.rooms[0])


@pytest.fixture
def path(tenant, incident) -> str:
    return url_of(tenant, incident)


@pytest.fixture
def open_all(tenant, asha, bo):
    return granted(asha, tenant, [bo], HEALTH, INVENTORY, WORK)


@pytest.mark.parametrize(
    ("to", "assignment", "by_name", "words"),
    [
        ("me", "us", "Asha", "to Asha"),
        ("us", "us", "", "to us"),
        ("customer", "customer", "", "to the customer: needs action"),
        ("pending", "pending", "", "back to pending investigation"),
    ],
)
def test_assigned_and_told(
    sign_in, asha, incident, path, open_all, superuser, to, assignment, by_name, words
):
    response = do(sign_in(asha), path, "assign", to=to)
    assert (response.status_code, response.headers["Location"]) == (303, path)
    row = again(incident)
    assert (row.assignment, row.assignee_label) == (assignment, by_name)
    assert row.assignee_id == (asha.pk if by_name else None)
    assert entries_of(incident)[-1] == ("assigned", "Asha", words)
    assert acts(superuser) == [("incident.assigned", "ok", incident.reference)]


def test_nobody_assigns_to_the_service(sign_in, asha, incident, path, open_all):
    response = do(sign_in(asha), path, "assign", to="system")
    assert response.status_code == 422
    assert again(incident).assignment == "pending"


def test_form_without_a_choice_keeps_its_place(sign_in, asha, incident, path, open_all):
    response = do(sign_in(asha), path, "assign")
    assert response.status_code == 422
    assert "Choose whose step is next." in wrong(response)


def test_stale_form_is_told_what_changed_and_keeps_what_was_typed(
    sign_in, asha, bo, tenant, incident, path, open_all, superuser
):
    client = sign_in(asha)
    old = fill(client, path, "/assign/", to="customer")
    do(client, path, "assign", to="us")
    response = client.post(f"{path}assign/", old)
    assert response.status_code == 409
    text = wrong(response)
    assert "The incident has changed since you opened it." in text
    assert "It is now: active, assigned to us." in text
    assert "Asha assigned it to us" in text
    assert 'value="customer" id="assign-to_2" required checked' in response.content.decode() or (
        "checked" in response.content.decode()
    )
    assert again(incident).assignment == "us"
    assert ("act.refused", "refused", incident.reference) in acts(superuser, "act.%")


def test_what_the_worker_writes_makes_no_form_stale(sign_in, asha, incident, path, open_all):
    client = sign_in(asha)
    sent = fill(client, path, "/assign/", to="me")
    type(incident).objects.using("eu_owner").filter(pk=incident.pk).update(
        updated_at=incident.opened_at, sentence="Seen once more"
    )
    assert client.post(f"{path}assign/", sent).status_code == 303


def test_closed_incident_is_nobodys_step(sign_in, asha, tenant, small, open_all):
    closed = incident_of(small.rooms[1], state=IncidentState.CLOSED)
    client, path = sign_in(asha), url_of(tenant, closed)
    assert "/assign/" not in client.get(path).content.decode()
    response = client.post(f"{path}assign/", {"version": "0" * 16, "to": "me"})
    assert response.status_code == 409
    assert "nobody's next step" in wrong(response).replace("\u2019", "'")


def test_without_work_nothing_is_done(sign_in, asha, bo, tenant, incident, path, superuser):
    granted(asha, tenant, [bo], HEALTH, INVENTORY)
    client = sign_in(asha)
    response = client.post(f"{path}assign/", {"version": "0" * 16, "to": "me"})
    assert response.status_code == 403
    assert "Work on this incident is closed." in response.content.decode()
    assert again(incident).assignment == "pending"
    assert acts(superuser, "act.%") == [("act.refused", "refused", incident.reference)]


def test_without_any_grant_nothing_is_done(sign_in, asha, incident, path):
    response = sign_in(asha).post(f"{path}assign/", {"version": "0" * 16, "to": "me"})
    assert response.status_code == 403
    assert again(incident).assignment == "pending"


def test_somebody_of_another_tenant_finds_no_page(sign_in, casey, incident, path):
    assert sign_in(casey).post(f"{path}assign/", {"to": "me"}).status_code == 404


def test_grant_that_ended_opens_no_act(sign_in, asha, bo, tenant, incident, path, held_clock):
    granted(asha, tenant, [bo], HEALTH, INVENTORY, WORK, duration=SHORT)
    client = sign_in(asha)
    sent = fill(client, path, "/assign/", to="me")
    held_clock.shift(OVER)
    assert client.post(f"{path}assign/", sent).status_code == 403
    assert again(incident).assignment == "pending"


def test_work_on_one_room_is_no_work_on_another(sign_in, asha, bo, tenant, small, incident):
    granted(asha, tenant, [bo], HEALTH, INVENTORY)
    granted(asha, tenant, [bo], WORK, HEALTH, rooms=[small.rooms[0].reference])
    other = incident_of(small.rooms[1])
    client = sign_in(asha)
    assert do(client, url_of(tenant, incident), "assign", to="me").status_code == 303
    page = url_of(tenant, other)
    assert "Work on this incident is closed" in text_of(client.get(page))
    sent = {"version": "0" * 16, "to": "me"}
    assert client.post(f"{page}assign/", sent).status_code == 403
    assert again(other).assignment == "pending"


def test_address_of_the_act_leads_back(sign_in, asha, path, open_all):
    response = sign_in(asha).get(f"{path}assign/")
    assert (response.status_code, response.headers["Location"]) == (302, path)
