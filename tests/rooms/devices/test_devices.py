"""The list of devices: what waits for Enroll, and what can be done to each."""

from __future__ import annotations

import pytest
from django.test import Client

from rooms.models import Device
from tests.acts import granted
from tests.factories import computer_of
from tests.rooms.devices.conftest import NEEDED
from tests.rooms.pages import INVENTORY, leaks, main_of, rows_of, statements, text_of


@pytest.fixture
def path(tenant) -> str:
    return f"/t/{tenant.reference}/devices/"


@pytest.fixture
def waiting(tenant, small, superuser) -> Device:
    """A device in Onboarding."""
    device = computer_of(tenant, small.rooms[0].pk)
    superuser["eu"].execute(
        "update rooms_device set state = 'onboarding' where id = %s", [device.pk]
    )
    return device


def test_anonymous_is_sent_to_sign_in(path):
    response = Client().get(path)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/sign-in/")


def test_closed_shows_no_value(closed, small, path):
    response = closed.get(path)
    assert leaks(response, small) == []
    assert "Enrolment in this tenant is closed" in text_of(response)


def test_inventory_alone_shows_no_device(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], INVENTORY)
    response = sign_in(asha).get(path)
    assert leaks(response, small) == []
    assert "Enrol and unenrol" in response.content.decode()


def test_devices_are_listed_with_their_acts(client, small, path, waiting):
    response = client.get(path)
    assert len(rows_of(response)) == Device.objects.using("eu_owner").count()
    main = main_of(response)
    buttons = [b.get("aria-label") for b in main.select("table button")]
    assert buttons == [f"Enroll {waiting.reference}"]
    assert "1 device waits in Onboarding" in text_of(response)


def test_filter_shows_what_waits(client, path, waiting):
    (row,) = rows_of(client.get(path, {"state": "onboarding"}))
    assert row.startswith(waiting.reference)


def test_grant_of_one_room_shows_that_room(sign_in, asha, bo, bea, tenant, small, path):
    room = small.rooms[1]
    granted(asha, tenant, [bo, bea], *NEEDED, rooms=[room.reference])
    main = main_of(sign_in(asha).get(path))
    shown = {link["href"].split("/")[4] for link in main.select("tbody th a")}
    assert shown == {room.reference}


def test_act_is_not_offered_where_the_grant_does_not_reach(
    sign_in, asha, bo, bea, tenant, small, path
):
    granted(asha, tenant, [bo], INVENTORY)
    granted(asha, tenant, [bo, bea], NEEDED[0], rooms=[small.rooms[1].reference])
    response = sign_in(asha).get(path)
    links = main_of(response).select("tbody a[aria-label^=Unenrol]")
    inside = Device.objects.using("eu_owner").filter(room_id=small.rooms[1].pk)
    enrolled = inside.exclude(state="unenrolled").values_list("reference", flat=True)
    assert {link["aria-label"] for link in links} == {f"Unenrol {one}" for one in enrolled}


def test_list_takes_the_same_statements_for_more_devices(client, path, superuser, small):
    client.get(path, {"state": "monitored"})
    with statements("default", "eu") as many:
        assert len(rows_of(client.get(path, {"state": "monitored"}))) > 2
    superuser["eu"].execute(
        "update rooms_device set state = 'unenrolled' where room_id <> %s", [small.rooms[0].pk]
    )
    with statements("default", "eu") as few:
        assert len(rows_of(client.get(path, {"state": "monitored"}))) < 3
    assert few.number == many.number


def test_ticked_devices_are_taken_to_the_order(client, small, path, tenant):
    main = main_of(client.get(path))
    ticks = main.select("tbody input[type=checkbox]")
    monitored = Device.objects.using("eu_owner").filter(state="monitored")
    assert {tick["value"] for tick in ticks} == {one.reference for one in monitored}
    (form,) = main.select("form#ticked")
    assert {tick["form"] for tick in ticks} == {form["id"]}
    assert form["action"] == f"/t/{tenant.reference}/collections/new/"
