"""Sessions end without use and in any case, by the database's clock, and show the way back in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connections

from access import session_times
from access.models import ControlEvent

IDLE = timedelta(minutes=30)
LIMIT = timedelta(hours=10)
SECOND = timedelta(seconds=1)
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/me/privacy/?a=1"}


@pytest.fixture
def browser(asha, sign_in, held_clock):
    """Asha's browser, used just now; the database's clock can be moved."""
    client = sign_in(asha)
    assert client.get("/me/").status_code == 200
    return client


def reasons() -> list[str]:
    return [
        event.detail["reason"]
        for event in ControlEvent.objects.using("default_owner").filter(type="session.ended")
    ]


def test_session_lives_until_it_is_idle_too_long(browser, held_clock):
    held_clock.shift(IDLE - 60 * SECOND)
    assert browser.get("/me/").status_code == 200


def test_idle_session_ends_and_leads_back(browser, held_clock):
    key = browser.session.session_key
    held_clock.shift(IDLE + SECOND)
    answer = browser.get("/me/privacy/?a=1")
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in/?next=%2Fme%2Fprivacy%2F%3Fa%3D1&ended=idle"
    assert not Session.objects.filter(session_key=key).exists()
    assert reasons() == ["idle"]
    page = browser.get(answer["Location"]).content.decode()
    assert "It was not used for 30 min" in page or "It was not used for 30 minutes" in page


def test_ended_session_stays_ended_when_the_clock_goes_back(browser, held_clock):
    held_clock.shift(IDLE + SECOND)
    browser.get("/me/")
    held_clock.release()
    assert browser.get("/me/").status_code == 302


def test_use_keeps_the_session_until_its_limit(browser, held_clock):
    step = timedelta(minutes=25)
    passed = step
    while passed < LIMIT:
        held_clock.shift(passed)
        assert browser.get("/me/").status_code == 200
        passed += step
    held_clock.shift(LIMIT + SECOND)
    assert browser.get("/me/")["Location"].endswith("ended=limit")
    assert reasons() == ["limit"]


def test_refresh_by_itself_is_no_use(browser, held_clock):
    held_clock.shift(timedelta(minutes=20))
    assert browser.get("/me/", headers={"X-Tick": "1"}).status_code == 200
    held_clock.shift(IDLE + SECOND)
    assert browser.get("/me/").status_code == 302


def test_fragment_of_an_ended_session_loads_the_sign_in_page(browser, held_clock):
    held_clock.shift(IDLE + SECOND)
    answer = browser.get("/me/", headers=HTMX)
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/sign-in/?next=%2Fme%2Fprivacy%2F%3Fa%3D1&ended=idle"
    assert answer.content == b""


def test_fragment_names_no_other_site_to_come_back_to(browser, held_clock):
    held_clock.shift(IDLE + SECOND)
    foreign = {**HTMX, "HX-Current-URL": "https://evil.example/me/"}
    assert browser.get("/me/", headers=foreign)["HX-Redirect"] == "/sign-in/?ended=idle"


def test_form_sent_by_an_ended_session_changes_nothing(browser, held_clock, asha):
    held_clock.shift(IDLE + SECOND)
    answer = browser.post("/me/appearance/", {"theme": "dark"})
    assert answer["Location"] == "/sign-in/?ended=idle"
    asha.refresh_from_db()
    assert asha.theme == "system"


def test_public_page_of_an_ended_session_answers_as_for_anybody(browser, held_clock):
    held_clock.shift(IDLE + SECOND)
    answer = browser.get("/sign-in/")
    assert answer.status_code == 200
    assert reasons() == ["idle"]


def test_nobody_is_known_while_the_control_plane_is_down(browser, monkeypatch):
    control = connections["default"]
    control.close()
    monkeypatch.setitem(control.settings_dict, "PORT", "1")
    answer = browser.get("/me/")
    monkeypatch.undo()
    assert answer.status_code == 503
    page = answer.content.decode()
    assert "A database does not answer, so nothing was changed." in page
    assert "Asha" not in page
    assert browser.get("/me/").status_code == 200


def test_limits_begin_at_sign_in(browser):
    assert session_times.is_started(browser.session)
    started = browser.session[session_times.STARTED_KEY]
    browser.get("/me/")
    assert browser.session[session_times.STARTED_KEY] == started


def test_signing_in_again_after_the_end_goes_back_to_the_page(browser, held_clock, asha):
    held_clock.shift(IDLE + SECOND)
    page = browser.get(browser.get("/me/privacy/")["Location"]).content.decode()
    assert 'name="next" value="/me/privacy/"' in page
