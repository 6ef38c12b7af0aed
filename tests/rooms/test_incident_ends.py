"""Resolving, closing and calling a false alarm: which incident takes which end."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from rooms.rules.incidents import version_of
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
    soon,
    url_of,
    wrong,
)
from tests.rooms.pages import OVER, SHORT


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


def test_resolved_with_a_cause(sign_in, asha, incident, path, open_all, superuser):
    response = do(sign_in(asha), path, "resolve", cause="cabling", text="Cable put back")
    assert (response.status_code, response.headers["Location"]) == (303, path)
    row = again(incident)
    assert (row.state, row.cause, row.closed_at) == ("resolved", "cabling", None)
    assert row.resolved_at is not None
    assert entries_of(incident)[-1] == ("resolved", "Asha", "Cable or connection. Cable put back")
    assert soon(incident)
    assert acts(superuser) == [("incident.resolved", "ok", incident.reference)]


def test_resolving_needs_a_cause_and_knows_no_false_alarm(sign_in, asha, incident, path, open_all):
    client = sign_in(asha)
    assert "Choose a cause." in wrong(do(client, path, "resolve", cause=""))
    assert do(client, path, "resolve", cause="false_alarm").status_code == 422
    assert again(incident).state == "active"


def test_false_alarm_closes_for_good(sign_in, asha, incident, path, open_all, superuser):
    client = sign_in(asha)
    assert do(client, path, "false-alarm", text="The display sleeps").status_code == 303
    row = again(incident)
    assert (row.state, row.cause) == ("closed", "false_alarm")
    assert entries_of(incident)[-1] == ("closed", "Asha", "False alarm. The display sleeps")
    assert soon(incident)
    assert acts(superuser) == [("incident.false_alarm", "ok", incident.reference)]
    assert "/resolve/" not in client.get(path).content.decode()


def test_after_a_false_alarm_the_same_trouble_is_a_new_incident(
    sign_in, asha, small, incident, path, open_all
):
    do(sign_in(asha), path, "false-alarm")
    assert incident_of(small.rooms[0]).reference != incident.reference


def test_incident_of_a_signal_is_not_closed_by_hand(sign_in, asha, incident, path, open_all):
    client = sign_in(asha)
    assert "/close/" not in client.get(path).content.decode()
    sent = {"version": version_of(again(incident)), "cause": "other"}
    response = client.post(f"{path}close/", sent)
    assert response.status_code == 422
    assert "Seven healthy days close an incident of a signal." in wrong(response)
    assert again(incident).state == "active"


@pytest.mark.parametrize("cause", ["hardware", "false_alarm"])
def test_recorded_one_is_closed_by_hand(sign_in, asha, tenant, small, open_all, superuser, cause):
    recorded = incident_of(small.rooms[1], "recorded_issue")
    client, path = sign_in(asha), url_of(tenant, recorded)
    html = client.get(path).content.decode()
    assert "/resolve/" not in html
    assert "/false-alarm/" not in html
    assert do(client, path, "close", cause=cause).status_code == 303
    row = again(recorded)
    assert (row.state, row.cause) == ("closed", cause)
    assert soon(recorded)
    assert acts(superuser) == [("incident.closed", "ok", recorded.reference)]


@pytest.mark.parametrize("act", ["resolve", "false-alarm"])
def test_recorded_one_takes_no_other_end(sign_in, asha, tenant, small, open_all, act):
    recorded = incident_of(small.rooms[1], "recorded_issue")
    path = url_of(tenant, recorded)
    sent = {"version": version_of(again(recorded)), "cause": "other"}
    response = sign_in(asha).post(f"{path}{act}/", sent)
    assert response.status_code == 422
    assert "lose it with" in wrong(response)
    assert again(recorded).state == "active"


@pytest.mark.parametrize("act", ["resolve", "false-alarm"])
def test_closed_incident_moves_nowhere(sign_in, asha, tenant, small, open_all, act):
    closed = incident_of(small.rooms[1], state=IncidentState.CLOSED)
    sent = {"version": version_of(again(closed)), "cause": "other"}
    response = sign_in(asha).post(f"{url_of(tenant, closed)}{act}/", sent)
    assert response.status_code == 409
    assert "already closed" in wrong(response)


def test_resolved_one_may_still_be_called_a_false_alarm(sign_in, asha, tenant, small, open_all):
    resolved = incident_of(small.rooms[1], state=IncidentState.RESOLVED)
    client, path = sign_in(asha), url_of(tenant, resolved)
    assert do(client, path, "false-alarm").status_code == 303
    assert again(resolved).state == "closed"


def test_stale_form_ends_nothing(sign_in, asha, incident, path, open_all):
    client = sign_in(asha)
    old = fill(client, path, "/resolve/", cause="power", text="Socket was off")
    do(client, path, "assign", to="me")
    response = client.post(f"{path}resolve/", old)
    assert response.status_code == 409
    text = wrong(response)
    assert "Asha assigned it to Asha" in text
    assert "Socket was off" in response.content.decode()
    assert again(incident).state == "active"
    # The form that came back is about the incident as it is now.
    page = BeautifulSoup(response.content.decode(), "html.parser")
    form = page.find("form", action=f"{path}resolve/")
    now = {"version": form.find("input", {"name": "version"})["value"], "cause": "power"}
    assert client.post(f"{path}resolve/", now).status_code == 303


def test_grant_that_ended_ends_nothing(sign_in, asha, bo, tenant, incident, path, held_clock):
    granted(asha, tenant, [bo], HEALTH, WORK, duration=SHORT)
    client = sign_in(asha)
    sent = fill(client, path, "/false-alarm/")
    held_clock.shift(OVER)
    assert client.post(f"{path}false-alarm/", sent).status_code == 403
    assert again(incident).state == "active"
