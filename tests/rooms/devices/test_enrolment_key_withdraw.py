"""Withdraw an enrolment key before a device uses it."""

from __future__ import annotations

import pytest

from rooms.models import EnrolmentKey
from tests.rooms.enrolment.agents import issue_key
from tests.rooms.pages import main_of


@pytest.fixture
def key(tenant, small) -> str:
    """The reference of a usable key."""
    issue_key(tenant, small.rooms[0])
    return EnrolmentKey.objects.using("eu_owner").get().reference


@pytest.fixture
def path(tenant, key) -> str:
    return f"/t/{tenant.reference}/devices/keys/{key}/withdraw/"


@pytest.fixture
def is_withdrawn(rows):
    return lambda: rows("select withdrawn_at is not null from rooms_enrolmentkey")[0][0]


def test_key_is_withdrawn_and_the_act_is_recorded(client, path, key, is_withdrawn, events):
    response = client.post(path)
    assert (response.status_code, response.url) == (303, path.split("EK-")[0])
    assert is_withdrawn()
    assert events("enrolment_key.withdrawn") == [key]


def test_list_offers_it_while_the_key_is_usable(client, path, key):
    page = path.split("EK-")[0]
    (button,) = main_of(client.get(page)).select("tbody button")
    assert button["aria-label"] == f"Withdraw {key}"
    client.post(path)
    assert main_of(client.get(page)).select("tbody button") == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("used_at = lock.now()", "was used already"),
        ("withdrawn_at = lock.now()", "was withdrawn already"),
        ("expires_at = lock.now()", "has expired already"),
    ],
)
def test_key_that_is_over_is_a_conflict(client, path, superuser, change, words):
    superuser["eu"].execute(f"update rooms_enrolmentkey set {change}")
    response = client.post(path)
    assert response.status_code == 409
    assert words in response.content.decode()


def test_unknown_key_is_not_found(client, tenant):
    path = f"/t/{tenant.reference}/devices/keys/EK-N0NE0000/withdraw/"
    assert client.post(path).status_code == 404


def test_closed_is_refused(closed, path, is_withdrawn):
    assert closed.post(path).status_code == 403
    assert closed.get(path).status_code == 405
    assert not is_withdrawn()
