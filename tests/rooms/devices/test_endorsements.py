"""Register TPMs from a paste: all lines, or none."""

from __future__ import annotations

import pytest

from tests.acts import granted
from tests.rooms.devices.conftest import NEEDED
from tests.rooms.pages import INVENTORY, leaks, rows_of, said, text_of

A, B = "a" * 64, "b" * 64


@pytest.fixture
def path(tenant) -> str:
    return f"/t/{tenant.reference}/devices/endorsements/"


@pytest.fixture
def room(small) -> str:
    return small.rooms[0].reference


@pytest.fixture
def stored(rows):
    return lambda: rows("select serial, digest from rooms_trustedendorsement order by digest")


def test_lines_are_registered_and_the_act_is_recorded(client, path, room, stored, events, tenant):
    lines = f"Serial,Room,Hash\r\nSN-1,{room},{A}\n\n SN-2 , {room.lower()} , {B.upper()} \n"
    response = client.post(path, {"lines": lines})
    assert (response.status_code, response.url) == (303, path)
    assert stored() == [("SN-1", A), ("SN-2", B)]
    assert events("endorsement.registered") == [tenant.reference]
    page = client.get(path)
    assert "2 TPMs are registered." in page.content.decode()
    assert rows_of(page) == [A[:12] + "…", B[:12] + "…"]


def test_quoted_cells_and_colons_are_read(client, path, room, stored):
    digest = ":".join(A[at : at + 2] for at in range(0, 64, 2))
    client.post(path, {"lines": f'"SN, one","{room}","{digest}"'})
    assert stored() == [("SN, one", A)]


def test_same_lines_again_change_nothing(client, path, room, stored, events):
    for _ in range(2):
        assert client.post(path, {"lines": f"SN-1,{room},{A}"}).status_code == 303
    assert stored() == [("SN-1", A)]
    assert len(events("endorsement.registered")) == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("SN-1,{room}", "Line 2: write serial,room,hash."),
        ("SN-1,{room},{B},more", "Line 2: write serial,room,hash."),
        (",{room},{B}", "Line 2: the serial number is missing."),
        ("SN-1,Lobby,{B}", "Line 2: a room reference looks like RM-7K3QF92X."),
        ("SN-1,{room},bbb", "Line 2: the hash has to be 64 hexadecimal digits."),
        ("a@b,{room},{B}", "Line 2: a serial number has at most 60 characters"),
        ("SN-1,RM-N0NE0000,{B}", "Line 2: no room RM-N0NE0000 is open to you."),
        ("SN-2,{room},{A}", "Line 2: the hash of line 1 once more."),
    ],
)
def test_one_wrong_line_registers_none(client, path, room, stored, line, words):
    lines = f"SN-0,{room},{A}\n" + line.format(room=room, A=A, B=B)
    response = client.post(path, {"lines": lines})
    assert response.status_code == 422
    assert words in said(response)
    assert stored() == []


def test_tpm_of_another_device_is_not_moved(client, path, room, small, stored):
    client.post(path, {"lines": f"SN-1,{room},{A}"})
    for line in (f"SN-2,{room},{A}", f"SN-1,{small.rooms[1].reference},{A}"):
        response = client.post(path, {"lines": f"SN-9,{room},{B}\n{line}"})
        assert response.status_code == 422
        assert "Line 2: this TPM is registered for another device or room." in said(response)
    assert stored() == [("SN-1", A)]


def test_too_many_lines_and_faults_are_counted(client, path, room, stored):
    many = "\n".join(f"SN-{n},{room},{n:064x}" for n in range(1001))
    assert "At most 1,000 lines; these are 1,001." in said(client.post(path, {"lines": many}))
    wrong = "\n".join(["oops"] * 25)
    response = client.post(path, {"lines": wrong})
    assert "Line 10: write" in said(response)
    assert "Line 11: write" not in said(response)
    assert "And 15 more." in said(response)
    assert stored() == []


@pytest.mark.parametrize("lines", ["", "\n\n", "serial,room,hash", "x" * 150_000, '"'])
def test_paste_without_a_line_is_refused(client, path, lines):
    assert client.post(path, {"lines": lines}).status_code == 422


def test_closed_shows_no_value(closed, path, small, room, stored):
    response = closed.get(path)
    assert leaks(response, small) == []
    assert "Enrolment in this tenant is closed" in text_of(response)
    assert closed.post(path, {"lines": f"SN-1,{room},{A}"}).status_code == 403
    assert stored() == []


def test_grant_of_another_room_is_refused(sign_in, asha, bo, bea, tenant, small, path, stored):
    granted(asha, tenant, [bo], INVENTORY)
    granted(asha, tenant, [bo, bea], NEEDED[0], rooms=[small.rooms[1].reference])
    response = sign_in(asha).post(path, {"lines": f"SN-1,{small.rooms[0].reference},{A}"})
    assert response.status_code == 422
    assert "your grant does not reach" in said(response)
    assert stored() == []
