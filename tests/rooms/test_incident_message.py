"""Messages between us and the customer about an incident."""

from __future__ import annotations

import pytest

from rooms.models import IncidentMessage
from rooms.states import IncidentState
from tests.acts import granted
from tests.factories import furnish, incident_of
from tests.rooms.incidents import (
    HEALTH,
    INVENTORY,
    OWNER,
    WORK,
    acts,
    again,
    do,
    entries_of,
    url_of,
    wrong,
)
from tests.rooms.pages import text_of


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


def messages_of(incident) -> list[tuple[bool, str, str]]:
    """From the customer, by whom, and the words, oldest first."""
    rows = IncidentMessage.objects.using(OWNER).filter(incident_id=incident.pk).order_by("at")
    return [(row.from_customer, row.by_label, row.text) for row in rows]


def test_message_is_kept_and_its_words_stay_out_of_the_timeline(
    sign_in, asha, incident, path, open_all, superuser
):
    client = sign_in(asha)
    assert do(client, path, "message", text="Please look at the cable").status_code == 303
    assert messages_of(incident) == [(False, "Asha", "Please look at the cable")]
    assert entries_of(incident)[-1] == ("message", "Asha", "wrote to the customer")
    assert "Please look at the cable" in text_of(client.get(path))
    assert acts(superuser) == [("incident.message", "ok", incident.reference)]


def test_answer_of_the_customer_hands_the_next_step_on(sign_in, asha, incident, path, open_all):
    client = sign_in(asha)
    do(client, path, "message", text="Please look at the cable", then="customer")
    assert again(incident).assignment == "customer"
    do(client, path, "message", text="It was loose", from_customer="on", then="me")
    assert messages_of(incident)[1] == (True, "Asha", "It was loose")
    assert again(incident).assignee_id == asha.pk
    assert "The customer, entered by Asha" in text_of(client.get(path))


def test_closed_incident_takes_a_message_but_no_next_step(sign_in, asha, tenant, small, open_all):
    closed = incident_of(small.rooms[1], state=IncidentState.CLOSED)
    client, path = sign_in(asha), url_of(tenant, closed)
    assert do(client, path, "message", text="It is mended").status_code == 303
    response = do(client, path, "message", text="It is mended", then="us")
    assert response.status_code == 409
    assert len(messages_of(closed)) == 1


def test_message_without_words_is_refused(sign_in, asha, incident, path, open_all):
    response = do(sign_in(asha), path, "message", text=" ", then="customer")
    assert response.status_code == 422
    assert "Write a message." in wrong(response)
    assert messages_of(incident) == []
    assert again(incident).assignment == "pending"


def test_without_work_nothing_is_written(sign_in, asha, bo, tenant, incident, path):
    granted(asha, tenant, [bo], HEALTH, INVENTORY)
    assert sign_in(asha).post(f"{path}message/", {"text": "Hello there"}).status_code == 403
    assert messages_of(incident) == []
