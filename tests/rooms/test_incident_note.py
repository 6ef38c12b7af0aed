"""Notes in the timeline of an incident."""

from __future__ import annotations

import pytest

from rooms.states import IncidentState
from tests.acts import granted
from tests.factories import furnish, incident_of
from tests.rooms.incidents import HEALTH, INVENTORY, WORK, acts, do, entries_of, url_of, wrong
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


def test_note_is_told_and_recorded_without_its_words(
    sign_in, asha, incident, path, open_all, superuser
):
    response = do(sign_in(asha), path, "note", text="Asked the site to look")
    assert (response.status_code, response.headers["Location"]) == (303, path)
    assert entries_of(incident)[-1] == ("note", "Asha", "Asked the site to look")
    assert acts(superuser) == [("incident.noted", "ok", incident.reference)]
    details = superuser["eu"].execute(
        "select detail::text from access_auditevent where type = 'incident.noted'"
    )
    assert "site" not in details.fetchone()[0]


def test_note_without_words_is_refused_and_kept(sign_in, asha, incident, path, open_all):
    response = do(sign_in(asha), path, "note", text="...")
    assert response.status_code == 422
    assert "Write it in words" in wrong(response)
    assert len(entries_of(incident)) == 1


def test_note_of_two_thousand_letters_fits_and_no_more(sign_in, asha, incident, path, open_all):
    client = sign_in(asha)
    assert do(client, path, "note", text="a" * 2000).status_code == 303
    response = do(client, path, "note", text="a" * 2001)
    assert response.status_code == 422
    assert "At most 2000 characters; this has 2001." in wrong(response)


def test_closed_incident_takes_notes(sign_in, asha, tenant, small, open_all):
    closed = incident_of(small.rooms[1], state=IncidentState.CLOSED)
    response = do(sign_in(asha), url_of(tenant, closed), "note", text="Seen again in spring")
    assert response.status_code == 303


def test_markup_in_a_note_is_text(sign_in, asha, path, open_all):
    client = sign_in(asha)
    do(client, path, "note", text="<script>alert(1)</script>")
    html = client.get(path).content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_without_work_nothing_is_written(sign_in, asha, bo, tenant, incident, path):
    granted(asha, tenant, [bo], HEALTH)
    assert sign_in(asha).post(f"{path}note/", {"text": "Hello there"}).status_code == 403
    assert len(entries_of(incident)) == 1


def test_grant_that_ended_writes_nothing(sign_in, asha, bo, tenant, incident, path, held_clock):
    granted(asha, tenant, [bo], HEALTH, WORK, duration=SHORT)
    client = sign_in(asha)
    held_clock.shift(OVER)
    assert client.post(f"{path}note/", {"text": "Hello there"}).status_code == 403
    assert len(entries_of(incident)) == 1
