"""Limits of signals: stated by us, set by a tenant, and back again."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.http import HttpResponse
from django.test import Client

from access.models import Grant, Staff, Tenant
from rooms.models import SignalThresholds
from rooms.signals.thresholds import DEFAULTS, Thresholds
from tests import people
from tests.acts import granted
from tests.factories import furnish
from tests.rooms.incidents import HEALTH, INVENTORY, OWNER, WORK, acts, wrong
from tests.rooms.pages import text_of


@pytest.fixture
def open_all(tenant: Tenant, asha: Staff, bo: Staff) -> Grant:
    return granted(asha, tenant, [bo], HEALTH, INVENTORY, WORK)


@pytest.fixture
def page(tenant: Tenant) -> str:
    return f"/t/{tenant.reference}/signals/limits/"


def send(client: Client, page: str, **typed: Any) -> HttpResponse:
    """What the form would send, with what was typed."""
    fields = BeautifulSoup(client.get(page).content, "html.parser").select("main form.form input")
    sent = {field["name"]: field.get("value", "") for field in fields}
    return client.post(page, sent | typed)


def own() -> dict[str, float]:
    """What is stored."""
    row = SignalThresholds.objects.using(OWNER).first()
    return row.limits if row else {}


def test_limit_is_set_and_told(sign_in, asha, page, open_all, superuser):
    client = sign_in(asha)
    response = send(client, page, least_free_gib="20.5", most_restarts="6")
    assert response.status_code == 303
    assert own() == {"least_free_gib": 20.5, "most_restarts": 6}
    assert Thresholds.from_settings(own()).least_free_gib == 20.5
    text = text_of(client.get(page))
    assert "by Asha" in text
    assert "GiB free on the system drive At least 10 20.5" in text
    assert acts(superuser, "signal.%") == [("signal.limits_set", "ok", "limits")]
    rows = superuser["eu"].execute(
        "select detail from access_auditevent where type = 'signal.limits_set'"
    )
    changed = ["least_free_gib", "most_restarts"]
    assert rows.fetchone()[0] == {"changed": changed, "own": changed}


def test_empty_field_and_stated_value_go_back_to_what_is_stated(sign_in, asha, page, open_all):
    client = sign_in(asha)
    send(client, page, least_free_gib="20", most_restarts="6")
    response = send(client, page, least_free_gib="", most_restarts=str(DEFAULTS.most_restarts))
    assert response.status_code == 303
    assert own() == {}


def test_all_limits_go_back_at_once(sign_in, asha, page, open_all):
    client = sign_in(asha)
    assert b'name="back"' not in client.get(page).content
    send(client, page, least_free_gib="20", most_restarts="6")
    assert send(client, page, back="1").status_code == 303
    assert own() == {}
    assert "As stated" in text_of(client.get(page))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"least_free_gib": "much"}, "Type a number from 0.5 to 200."),
        ({"least_free_gib": "0.4"}, "Type a number from 0.5 to 200."),
        ({"least_free_gib": "nan"}, "Type a number from 0.5 to 200."),
        ({"least_wifi_dbm": "-30"}, "Type a number from -95 to -40."),
        ({"most_restarts": "2.5"}, "Type a whole number from 1 to 100."),
        ({"most_restarts": "101"}, "Type a whole number from 1 to 100."),
        ({}, "Nothing would change."),
        ({"back": "1"}, "Nothing would change."),
    ],
)
def test_mistakes_set_nothing(sign_in, asha, page, open_all, typed, words):
    response = send(sign_in(asha), page, **typed)
    assert response.status_code == 422
    assert words in wrong(response)
    assert own() == {}


def test_what_somebody_set_meanwhile_is_not_undone(sign_in, asha, page, open_all):
    client = sign_in(asha)
    old = {"least_free_gib": "30", "seen": ""}
    assert send(client, page, most_restarts="6").status_code == 303
    response = client.post(page, old)
    assert response.status_code == 409
    assert "Somebody has set the limits" in wrong(response)
    assert own() == {"most_restarts": 6}


def test_page_of_signals_leads_to_the_limits(sign_in, asha, tenant, page, open_all):
    html = sign_in(asha).get(f"/t/{tenant.reference}/signals/").content.decode()
    assert f'href="{page}"' in html


def test_grant_of_single_rooms_sets_nothing(sign_in, asha, bo, tenant, page):
    small = furnish(tenant)
    granted(asha, tenant, [bo], HEALTH, WORK, rooms=[small.rooms[0].reference])
    client = sign_in(asha)
    assert "take access to the whole tenant" in text_of(client.get(page))
    assert client.post(page, {"least_free_gib": "20"}).status_code == 403
    assert own() == {}


def test_health_alone_reads_and_sets_nothing(sign_in, asha, bo, tenant, page, open_all):
    send(sign_in(asha), page, least_free_gib="20.5")
    eve = people.person("eve", asks=[tenant])
    granted(eve, tenant, [bo], HEALTH)
    client = sign_in(eve)
    assert "At least 10 20.5" in text_of(client.get(page))
    assert client.post(page, {"least_free_gib": "30"}).status_code == 403
    assert own() == {"least_free_gib": 20.5}


def test_closed_page_shows_what_is_stated_and_no_more(sign_in, asha, tenant, page, open_all):
    send(sign_in(asha), page, least_free_gib="20.5")
    client = sign_in(people.person("eve", asks=[tenant]))
    html = client.get(page).content.decode()
    assert "20.5" not in html
    assert "GiB free on the system drive" in html
    assert "Work on incidents is closed" in html
    assert client.post(page, {"least_free_gib": "30"}).status_code == 403
