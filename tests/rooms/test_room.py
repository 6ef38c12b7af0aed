"""The page of one room: closed, open scope by scope, and gone."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from access import clock
from rooms.models import RoomAccount, RoomDay, RoomHealth, SignalState
from tests.acts import ask, granted, start
from tests.factories import furnish
from tests.rooms.pages import (
    ACCOUNT,
    HEALTH,
    INVENTORY,
    OVER,
    SHORT,
    approve,
    leaks,
    main_of,
    poll,
    said,
    text_of,
)

TABS = ("", "?tab=devices", "?tab=account")


@pytest.fixture
def small(tenant):
    """Three rooms, the first one ill."""
    return furnish(tenant)


@pytest.fixture
def path(tenant, small) -> str:
    return f"/t/{tenant.reference}/rooms/{small.rooms[0].reference}/"


@pytest.fixture
def open_all(tenant, asha, bo):
    """Everything of the tenant under one grant."""
    return granted(asha, tenant, [bo], INVENTORY, HEALTH, ACCOUNT)


@pytest.mark.parametrize("tab", TABS)
def test_closed_shows_structure_and_no_value(sign_in, asha, small, path, tab):
    response = sign_in(asha).get(path + tab)
    main = main_of(response)
    assert leaks(response, small) == []
    assert len(main.select(".locked")) == 1
    assert len(main.select(".mask")) >= 7
    assert "What you can see without access" in main.get_text()
    assert main.find("a", string="Ask for access to this room")


def test_closed_asks_for_what_the_tab_shows(sign_in, asha, small, path):
    client = sign_in(asha)
    asked = [
        main_of(client.get(path + tab)).find("a", string="Ask for access to this room")["href"]
        for tab in TABS
    ]
    assert ["inventory.view" in url for url in asked] == [True, True, False]
    assert ["health.view" in url for url in asked] == [True, False, False]
    assert ["account.view" in url for url in asked] == [False, False, True]
    assert all(f"room={small.rooms[0].reference}" in url for url in asked)


@pytest.mark.parametrize("tab", TABS)
def test_closed_does_not_tell_whether_the_room_exists(sign_in, asha, tenant, path, tab):
    client = sign_in(asha)
    real = client.get(path + tab).content.decode()
    made_up = client.get(f"/t/{tenant.reference}/rooms/RM-00000000/{tab}").content.decode()
    reference = path.rstrip("/").rsplit("/", 1)[1]

    def plain(html: str, name: str) -> list[str]:
        html = re.sub(r"<time.*?</time>", "", html.replace(name, "RM"))
        return [line for line in html.splitlines() if "csrf" not in line and "data-now" not in line]

    assert plain(real, reference) == plain(made_up, "RM-00000000")


def test_unknown_tab_is_the_first_one(sign_in, asha, path):
    main = main_of(sign_in(asha).get(path + "?tab=secrets"))
    assert main.select_one(".tabs [aria-current]").get_text(strip=True) == "Status"


def test_status_tells_what_is_wrong_and_when_it_is_read_again(sign_in, asha, small, path, open_all):
    room = small.rooms[0]
    # the 42 minutes since it fell ill may be of the night, or of yesterday
    days = RoomDay.objects.using("eu_owner")
    days.filter(room_id=room.pk).delete()
    days.create(
        tenant_id=room.tenant_id,
        room_id=room.pk,
        day=clock.now("eu").astimezone(ZoneInfo("Europe/Berlin")).date(),
        unhealthy_minutes=42,
        working_minutes=42,
    )
    response = sign_in(asha).get(path)
    text = text_of(response)
    assert room.name in text
    assert "Front of room display, display 2" in text
    assert "Important" in text
    assert "local (Europe/Berlin)" in text
    main = main_of(response)
    first = main.select_one("section.card table tbody tr")
    assert "Unhealthy" in first.get_text()
    assert main.select_one("svg.bars").find_all("rect")[-1]["class"] == ["bad"]
    assert len(main.select("svg.bars rect")) == 90
    assert "healthy signals" in text


def test_everything_opened_stands_inside_an_opened_section(sign_in, asha, small, path, open_all):
    client = sign_in(asha)
    for tab in TABS:
        main = main_of(client.get(path + tab))
        for part in main.select("[data-grant]"):
            part.decompose()
        left = main.decode()
        assert [word for word in small.canaries if word in left] == []


def test_title_names_the_reference_only(sign_in, asha, small, path, open_all):
    html = sign_in(asha).get(path).content.decode()
    title = html[html.index("<title>") : html.index("</title>")]
    assert small.rooms[0].reference in title
    assert small.rooms[0].name not in title


def test_room_that_was_never_read_is_not_called_healthy(sign_in, asha, small, path, open_all):
    SignalState.objects.using("eu_owner").filter(room_id=small.rooms[0].pk).delete()
    text = text_of(sign_in(asha).get(path))
    assert "No signal of this room has been read yet." in text
    assert "Every signal is healthy" not in text


def test_devices_link_to_their_pages(sign_in, asha, small, path, open_all):
    main = main_of(sign_in(asha).get(path + "?tab=devices"))
    cards = main.select("section.card")
    assert cards
    assert all(card.h2.a["href"].startswith(f"{path}devices/DV-") for card in cards)
    assert "1 not detected" in main.get_text()


def test_account_needs_its_own_scope(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], INVENTORY, HEALTH)
    client = sign_in(asha)
    account = RoomAccount.objects.using("eu_owner").get(room_id=small.rooms[0].pk)
    response = client.get(path + "?tab=account")
    html = response.content.decode()
    assert "The account of this room is closed" in text_of(response)
    assert account.upn not in html
    assert account.display_name not in html


def test_account_alone_shows_no_inventory(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], ACCOUNT)
    client = sign_in(asha)
    account = RoomAccount.objects.using("eu_owner").get(room_id=small.rooms[0].pk)
    response = client.get(path + "?tab=account")
    assert account.upn in text_of(response)
    assert small.rooms[0].name not in response.content.decode()
    assert "DV-" not in main_of(response).get_text()


def test_account_of_another_room_is_not_shown(sign_in, asha, small, path, open_all):
    html = sign_in(asha).get(path + "?tab=account").content.decode()
    others = RoomAccount.objects.using("eu_owner").exclude(room_id=small.rooms[0].pk)
    assert [one.upn for one in others if one.upn in html] == []


def test_health_alone_names_nothing(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], HEALTH)
    response = sign_in(asha).get(path)
    text = text_of(response)
    assert "Front of room display, display 2" in text
    assert "The inventory of this room is closed" in text
    assert small.rooms[0].name not in response.content.decode()


def test_inventory_alone_masks_health(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], INVENTORY)
    response = sign_in(asha).get(path)
    text = text_of(response)
    assert small.rooms[0].name in text
    assert "Unhealthy" not in text
    assert "The health of this room is closed" in text


def test_grant_for_another_room_opens_nothing(sign_in, asha, bo, tenant, small, path):
    other = small.rooms[1].reference
    granted(asha, tenant, [bo], INVENTORY, HEALTH, ACCOUNT, rooms=[other])
    client = sign_in(asha)
    for tab in TABS:
        assert leaks(client.get(path + tab), small) == []


def test_no_such_room_is_the_page_of_no_such_tenant(sign_in, asha, tenant, open_all):
    client = sign_in(asha)
    no_room = client.get(f"/t/{tenant.reference}/rooms/RM-00000000/")
    no_tenant = client.get("/t/TN-00000000/rooms/RM-00000000/")
    assert (no_room.status_code, no_tenant.status_code) == (404, 404)
    assert said(no_room) == said(no_tenant)


def test_grant_that_ended_closes_the_page(sign_in, asha, bo, tenant, small, path, held_clock):
    granted(asha, tenant, [bo], INVENTORY, HEALTH, duration=SHORT)
    client = sign_in(asha)
    assert small.rooms[0].name in client.get(path).content.decode()
    held_clock.shift(OVER)
    response = client.get(path)
    assert "This room is closed" in text_of(response)
    assert leaks(response, small) == []


def test_poll_answers_204_until_the_room_is_read_again(sign_in, asha, small, path, open_all):
    client = sign_in(asha)
    page = client.get(path)
    assert poll(client, path, page, "room-body").status_code == 204
    health = RoomHealth.objects.using("eu_owner").get(room_id=small.rooms[0].pk)
    RoomHealth.objects.using("eu_owner").filter(room_id=health.room_id).update(
        last_evaluated_at=health.last_evaluated_at + timedelta(minutes=5)
    )
    changed = poll(client, path, page, "room-body")
    assert changed.status_code == 200
    assert 'id="room-body"' in changed.content.decode()
    assert "<main" not in changed.content.decode()


def test_poll_follows_the_asking(sign_in, asha, bo, tenant, small, path):
    client = sign_in(asha)
    page = client.get(path)
    assert poll(client, path, page, "room-body").status_code == 204
    request = ask(asha, tenant, INVENTORY, HEALTH, rooms=[small.rooms[0].reference])
    assert request.reference in poll(client, path, page, "room-body").content.decode()
    grant = approve(bo, tenant, request, asha)
    assert grant.reference in poll(client, path, page, "room-body").content.decode()
    start(asha, tenant, grant)
    assert poll(client, path, page, "room-body").headers["HX-Refresh"] == "true"


def test_view_is_recorded_for_the_room(sign_in, asha, small, path, open_all, superuser):
    sign_in(asha).get(path)
    rows = superuser["eu"].execute(
        "select outcome, subject_type, subject_reference, grant_references"
        " from access_auditevent where type = 'view.room'"
    )
    assert rows.fetchall() == [("opened", "room", small.rooms[0].reference, [open_all.reference])]


def test_closed_view_is_recorded_as_closed(sign_in, asha, small, path, superuser):
    sign_in(asha).get(path)
    rows = superuser["eu"].execute(
        "select outcome, grant_references from access_auditevent where type = 'view.room'"
    )
    assert rows.fetchall() == [("closed", [])]
