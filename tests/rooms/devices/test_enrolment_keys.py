"""Issue a single-use enrolment key; its text is seen once."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

import pytest

from tests.acts import granted
from tests.rooms.devices.conftest import NEEDED
from tests.rooms.pages import INVENTORY, leaks, main_of, rows_of, said, text_of

TEXT = re.compile(r"eu\.[a-z2-7]{32}")


@pytest.fixture
def path(tenant) -> str:
    return f"/t/{tenant.reference}/devices/keys/"


@pytest.fixture
def sent(small) -> dict[str, str]:
    """What asha types."""
    return {
        "room": small.rooms[0].reference.lower(),
        "serial": "",
        "hours": "8",
        "reason": "The console was replaced",
    }


@pytest.fixture
def stored(rows):
    """The keys that are stored."""
    return lambda: rows(
        "select reference, serial, enrol_at_once, expires_at - issued_at, reason, tenant_reference,"
        " room_id from rooms_enrolmentkey"
    )


def test_key_is_shown_once_and_kept_as_a_digest(client, path, sent, rows, stored, small, tenant):
    response = client.post(path, sent)
    assert response.status_code == 200
    (text,) = TEXT.findall(said(response))
    ((digest,),) = rows("select secret_digest from rooms_enrolmentkey")
    assert bytes(digest) == hashlib.sha256(text.encode()).digest()
    ((reference, *rest),) = stored()
    assert rest == [
        "",
        False,
        timedelta(hours=8),
        "The console was replaced",
        tenant.reference,
        small.rooms[0].pk,
    ]
    again = client.get(path)
    assert rows_of(again) == [reference]
    assert TEXT.findall(said(again)) == []


def test_act_is_recorded_without_the_key(client, path, sent, rows, events):
    text = TEXT.search(said(client.post(path, sent)))[0]
    ((reference,),) = rows("select reference from rooms_enrolmentkey")
    assert events("enrolment_key.issued") == [reference]
    everything = str(rows("select e::text from access_auditevent e"))
    assert text not in everything
    assert "console was replaced" not in everything


def test_key_for_one_serial_and_at_once(client, path, sent, stored):
    client.post(path, sent | {"serial": " MJ0FAKE7 ", "enrol_at_once": "on", "hours": "72"})
    ((_, serial, at_once, lasts, *_),) = stored()
    assert (serial, at_once, lasts) == ("MJ0FAKE7", True, timedelta(hours=72))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"room": ""}, "Write the reference of the room."),
        ({"room": "Lobby"}, "A room reference looks like RM-7K3QF92X."),
        ({"room": "RM-N0NE0000"}, "No such room is open to you in this tenant."),
        ({"serial": "x@y"}, "without @"),
        ({"hours": "9999"}, "Select a valid choice"),
        ({"reason": ""}, "This field is required."),
    ],
)
def test_wrong_entry_is_said_at_its_field(client, path, sent, stored, wrong, words):
    response = client.post(path, sent | wrong)
    assert response.status_code == 422
    assert words in said(response)
    assert stored() == []


def test_link_from_a_room_fills_it_in(client, path, small):
    main = main_of(client.get(path, {"room": small.rooms[1].reference}))
    assert main.select_one("#id_room")["value"] == small.rooms[1].reference


def test_closed_shows_no_value(closed, path, small, sent, stored):
    response = closed.get(path)
    assert leaks(response, small) == []
    assert "Enrolment in this tenant is closed" in text_of(response)
    assert closed.post(path, sent).status_code == 403
    assert stored() == []


def test_inventory_alone_is_refused(sign_in, asha, bo, tenant, path, sent, stored):
    granted(asha, tenant, [bo], INVENTORY)
    assert sign_in(asha).post(path, sent).status_code == 403
    assert stored() == []


def test_grant_of_another_room_is_refused(
    sign_in, asha, bo, bea, tenant, small, path, sent, stored
):
    granted(asha, tenant, [bo], INVENTORY)
    granted(asha, tenant, [bo, bea], NEEDED[0], rooms=[small.rooms[1].reference])
    client = sign_in(asha)
    response = client.post(path, sent)
    assert response.status_code == 403
    assert f"does not reach {small.rooms[0].reference}" in response.content.decode()
    assert stored() == []
    assert client.post(path, sent | {"room": small.rooms[1].reference}).status_code == 200


def test_other_tenant_is_not_found(client, other_tenant, sent, stored):
    assert client.post(f"/t/{other_tenant.reference}/devices/keys/", sent).status_code == 404
    assert stored() == []
