"""Board, list, item, ledger and one's own page of remediations: what each shows, and to whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup

from access.residency import region
from access.scopes import Scope
from diagnostics.models import CoveredBy, EmergencyStop, Remediation
from diagnostics.remediation.catalogue import ActionCode
from diagnostics.remediation.states import ItemState
from rooms.models import Device
from tests.acts import granted
from tests.diagnostics.remediations import (
    HEALTH,
    INVENTORY,
    OWNER,
    USB,
    item_of,
    reported,
)
from tests.diagnostics.test_remediation_item import SECRET, found_on
from tests.diagnostics.test_remediation_new import words
from tests.factories import computer_of, furnish, incident_of
from tests.rooms.pages import poll, statements, text_of
from tests.rooms.signals.reports import CAMERA, plugged


@pytest.fixture
def small(tenant):
    return furnish(tenant)


@pytest.fixture
def device(tenant, small) -> Device:
    return computer_of(tenant, small.rooms[0].pk)


@pytest.fixture
def board(tenant) -> str:
    return f"/t/{tenant.reference}/remediation/"


@pytest.fixture
def health(tenant, asha, bo):
    return granted(asha, tenant, [bo], HEALTH, INVENTORY)


def many(device, tenant, number: int, **fields) -> None:
    """So many that have ended, each a minute older than the one before."""
    first = item_of(device, tenant, state=ItemState.SUCCEEDED, **fields)
    rows = []
    for n in range(1, number):
        one = Remediation.objects.using(OWNER).get(pk=first.pk)
        one.pk, one.reference = None, f"RJ-{n:08d}"
        one._state.adding = True
        one.id = Remediation._meta.get_field("id").get_default()
        one.requested_at = one.state_at = first.requested_at - timedelta(minutes=n)
        rows.append(one)
    with region("eu"):
        Remediation.objects.using(OWNER).bulk_create(rows)


# -- The board and the list ------------------------------------------------------------------------


def test_board_counts_each_column_and_links_to_the_list(
    sign_in, asha, tenant, device, board, health
):
    waits = item_of(device, tenant, state=ItemState.PROPOSED)
    runs = item_of(device, tenant, state=ItemState.RUNNING, action=ActionCode.RESET_USB)
    many(device, tenant, 12)
    page = BeautifulSoup(sign_in(asha).get(board).content, "html.parser")
    columns = {
        one.select_one("h2").get_text(" ", strip=True): one for one in page.select(".three .card")
    }
    assert list(columns) == [
        "Proposed 1", "Waiting 0", "Scheduled 0", "Sent and running 1", "Verifying 0", "Ended 12",
    ]  # fmt: skip
    assert waits.reference in columns["Proposed 1"].text
    assert runs.reference in columns["Sent and running 1"].text
    ended = columns["Ended 12"]
    assert len(ended.select("li")) == 8
    (more,) = [one for one in ended.select("a") if "All 12" in one.text]
    listed = text_of(sign_in(asha).get(more["href"]))
    assert "12 items" in listed


def test_board_says_when_it_has_changed(sign_in, asha, tenant, device, board, health):
    item = item_of(device, tenant)
    client = sign_in(asha)
    response = client.get(board)
    assert poll(client, board, response, "board").status_code == 204
    Remediation.objects.using(OWNER).filter(pk=item.pk).update(
        state=ItemState.PAUSED, state_at=datetime.now(UTC)
    )
    news = poll(client, board, response, "board")
    assert news.status_code == 200
    assert "Paused" in news.content.decode()


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("state=succeeded", 1),
        ("state=proposed,succeeded", 2),
        ("action=reset_usb", 1),
        ("by=me", 1),
        ("by=policy", 0),
    ],
)
def test_list_narrows(sign_in, asha, tenant, device, board, health, query, number):
    item_of(device, tenant, asha, state=ItemState.PROPOSED)
    item_of(device, tenant, state=ItemState.SUCCEEDED, action=ActionCode.RESET_USB)
    page = BeautifulSoup(sign_in(asha).get(f"{board}?view=list&{query}").content, "html.parser")
    assert len(page.select("table[data-list] tbody th")) == number


@pytest.mark.parametrize("field", ["reference", "device_reference", "room_reference"])
def test_list_finds_by_reference(sign_in, asha, tenant, small, device, board, health, field):
    item = item_of(device, tenant)
    item_of(computer_of(tenant, small.rooms[1].pk), tenant)
    path = f"{board}?view=list&q={getattr(item, field)}"
    page = BeautifulSoup(sign_in(asha).get(path).content, "html.parser")
    (row,) = page.select("table[data-list] tbody th")
    assert row.get_text(strip=True) == item.reference


def test_list_goes_on_page_by_page(sign_in, asha, tenant, device, board, health):
    many(device, tenant, 45)
    client = sign_in(asha)
    first = BeautifulSoup(client.get(f"{board}?view=list").content, "html.parser")
    following = first.select_one("a[rel=next]")["href"]
    second = BeautifulSoup(client.get(board + following).content, "html.parser")
    seen = [one.text for page in (first, second) for one in page.select("tbody th")]
    assert (len(seen), len(set(seen))) == (45, 45)


def test_pages_are_light_and_their_statements_fixed(
    sign_in, asha, tenant, small, device, board, health
):
    client = sign_in(asha)
    paths = (
        board,
        f"{board}?view=list",
        f"/t/{tenant.reference}/devices/{device.reference}/actions/",
    )
    counts = []
    for number in (1, 60):
        many(device, tenant, number, action=ActionCode(list(ActionCode)[number % 5]))
        took = []
        for path in paths:
            client.get(path)
            with statements("default", "eu") as counted:
                response = client.get(path)
            assert len(response.content) < 60 * 1024, path
            took.append(counted.number)
        counts.append(took)
    assert counts[0] == counts[1]


def test_closed_board_shows_no_value(sign_in, asha, tenant, device, board):
    item = item_of(device, tenant)
    for path in (board, f"{board}?view=list"):
        response = sign_in(asha).get(path)
        assert response.status_code == 200
        assert item.reference not in response.content.decode()


def test_grant_of_one_room_shows_its_items_only(sign_in, asha, bo, tenant, small, device, board):
    here = item_of(device, tenant)
    there = item_of(computer_of(tenant, small.rooms[1].pk), tenant)
    granted(asha, tenant, [bo], HEALTH, rooms=[device.room.reference])
    for path in (board, f"{board}?view=list"):
        shown = sign_in(asha).get(path).content.decode()
        assert (here.reference in shown, there.reference in shown) == (True, False)


# -- What is one's own -----------------------------------------------------------------------------


def test_own_page_shows_orders_without_a_grant(sign_in, asha, eli, tenant, device):
    mine = item_of(device, tenant, asha)
    theirs = item_of(device, tenant, eli, action=ActionCode.RESET_USB)
    found_on(mine)
    response = sign_in(asha).get("/remediation/")
    text = text_of(response)
    assert (mine.reference in text, theirs.reference in text) == (True, False)
    assert SECRET not in response.content.decode()


def test_own_page_shows_what_waits_for_a_decision(sign_in, asha, bo, casey, tenant, device):
    item = item_of(device, tenant, asha, state=ItemState.PROPOSED, covered_by=CoveredBy.APPROVAL)
    page = BeautifulSoup(sign_in(bo).get("/remediation/").content, "html.parser")
    assert f"{item.reference}/decide/" in page.find("main").decode()
    assert item.reference not in sign_in(casey).get("/remediation/").content.decode()


def test_own_page_names_the_stops_in_force(sign_in, asha, tenant):
    with region("eu"):
        EmergencyStop.objects.using(OWNER).create(
            reference="ES-23456789", level="action", target="restart_app",
            reason="It hangs since this morning", placed_by_id=asha.pk,
            placed_by_person=asha.person_id, placed_by_label="Bea", placed_at=datetime.now(UTC),
        )  # fmt: skip
    text = text_of(sign_in(asha).get("/remediation/"))
    assert "Restart the meeting app is held in EU" in text


def test_catalogue_names_every_action(sign_in, asha):
    text = text_of(sign_in(asha).get("/remediation/actions/"))
    assert [one.label for one in ActionCode if one.label not in text] == []


# -- The ways there --------------------------------------------------------------------------------


def test_search_finds_an_item_by_its_reference(sign_in, asha, bo, eli, tenant, device):
    item = item_of(device, tenant, asha)
    for person in (asha, bo):
        response = sign_in(person).get(f"/search/?q={item.reference.lower()}")
        assert response.status_code == 303, person.name
        assert response["Location"].endswith(f"/remediation/{item.reference}/")
    assert sign_in(eli).get(f"/search/?q={item.reference}").status_code == 200


def test_incident_suggests_repairs_with_their_success_here(sign_in, asha, bo, tenant, small):
    device = reported(computer_of(tenant, small.rooms[0].pk), peripherals=plugged(CAMERA))
    incident = incident_of(small.rooms[0], "camera_room", device_id=device.pk)
    item_of(
        device, tenant, state=ItemState.SUCCEEDED, action=ActionCode.RESET_USB,
        signal="camera_room", incident_id=incident.pk,
    )  # fmt: skip
    item_of(
        device, tenant, state=ItemState.FAILED, action=ActionCode.RESET_USB, signal="camera_room"
    )
    granted(asha, tenant, [bo], HEALTH, INVENTORY, USB)
    client = sign_in(asha)
    response = client.get(f"/t/{tenant.reference}/incidents/{incident.reference}/")
    page = BeautifulSoup(response.content, "html.parser").find(id="remedies")
    (row,) = [one for one in page.select("tbody tr") if "Reset a USB port" in one.text]
    assert "worked 1 of 2 times here" in row.text
    assert "port USB 1" in row.text
    ordered = client.get(row.select_one("a")["href"])
    assert "Something 1 (not connected: Something 1)" in words(ordered)


def test_incident_without_inventory_suggests_nothing(sign_in, asha, bo, tenant, small, device):
    reported(device)
    incident = incident_of(small.rooms[0], "camera_room", device_id=device.pk)
    granted(asha, tenant, [bo], HEALTH, Scope.INCIDENT_WORK)
    response = sign_in(asha).get(f"/t/{tenant.reference}/incidents/{incident.reference}/")
    assert "opens with inventory" in text_of(response)
    assert device.reference not in response.content.decode()
