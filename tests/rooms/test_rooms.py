"""The list of a tenant's rooms: closed, partly open, open; filters, search, paging, the panel."""

from __future__ import annotations

import pytest

from access.scopes import Relation
from rooms.models import Room, RoomHealth
from rooms.pages.rooms_list import spark_levels
from tests.acts import ask, granted, start
from tests.factories import furnish
from tests.people import relate
from tests.rooms.pages import (
    FRAGMENT,
    HEALTH,
    INVENTORY,
    OVER,
    SHORT,
    approve,
    leaks,
    main_of,
    poll,
    rows_of,
    said,
    statements,
    text_of,
)


@pytest.fixture
def small(tenant):
    """Three rooms, the first one ill."""
    return furnish(tenant)


@pytest.fixture
def path(tenant) -> str:
    return f"/t/{tenant.reference}/rooms/"


@pytest.fixture
def open_both(tenant, asha, bo):
    """Inventory and health under one grant."""
    return granted(asha, tenant, [bo], INVENTORY, HEALTH)


def test_anonymous_is_sent_to_sign_in(client, small, path):
    response = client.get(path)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/sign-in/")


def test_closed_shows_structure_and_no_value(sign_in, asha, small, path):
    response = sign_in(asha).get(path)
    main = main_of(response)
    assert leaks(response, small) == []
    assert small.rooms[0].reference not in response.content.decode()
    assert "The room list of this tenant is closed" in main.get_text()
    assert [cell.get_text(strip=True) for cell in main.select("thead th")][:3] == [
        "Room",
        "Status",
        "Issue",
    ]
    assert len(main.select(".mask")) > 10
    ask_link = main.find("a", string="Ask for access")["href"]
    assert "scope=inventory.view&scope=health.view" in ask_link


def test_closed_looks_the_same_with_and_without_rooms(sign_in, asha, tenant, path):
    client = sign_in(asha)
    before = text_of(client.get(path))
    furnish(tenant)
    assert text_of(client.get(path)) == before


def test_closed_carries_the_incident_into_the_request(sign_in, asha, small, path):
    main = main_of(sign_in(asha).get(path + "?incident=inc-7k3qf92x"))
    assert "incident=INC-7K3QF92X" in main.find("a", string="Ask for access")["href"]


def test_malformed_incident_is_ignored(sign_in, asha, small, path):
    response = sign_in(asha).get(path + "?incident=%3Cscript%3E")
    assert "script&gt;" not in main_of(response).decode()


def test_grant_that_ended_closes_the_list(sign_in, asha, bo, tenant, small, path, held_clock):
    granted(asha, tenant, [bo], INVENTORY, HEALTH, duration=SHORT)
    client = sign_in(asha)
    assert rows_of(client.get(path))
    held_clock.shift(OVER)
    response = client.get(path)
    assert "is closed" in text_of(response)
    assert leaks(response, small) == []


def test_other_tenant_is_the_same_404_as_an_unknown_one(
    sign_in, asha, other_tenant, casey, open_both
):
    client = sign_in(asha)
    theirs = client.get(f"/t/{other_tenant.reference}/rooms/")
    none = client.get("/t/TN-00000000/rooms/")
    assert (theirs.status_code, none.status_code) == (404, 404)
    assert said(theirs) == said(none)


def test_open_list_shows_the_ill_room_first(sign_in, asha, small, path, open_both):
    response = sign_in(asha).get(path)
    rows = rows_of(response)
    assert len(rows) == 3
    assert rows[0].startswith(small.rooms[0].name)
    text = text_of(response)
    assert "Unhealthy" in text
    assert "Front of room display" in text
    assert f"Open under {open_both.reference}" in text
    assert "1 to 3 of 3 rooms" in text


def test_everything_opened_stands_inside_an_opened_section(sign_in, asha, small, path, open_both):
    main = main_of(sign_in(asha).get(f"{path}?panel={small.rooms[0].reference}"))
    for part in main.select("[data-grant]"):
        part.decompose()
    left = main.decode()
    assert [word for word in small.canaries if word in left] == []


def test_inventory_alone_masks_health(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], INVENTORY)
    response = sign_in(asha).get(path)
    text = text_of(response)
    assert small.rooms[0].name in text
    assert "Unhealthy" not in text
    assert "The health of this tenant is closed" in text
    assert "sorted by name, A to Z" in text


def test_health_alone_masks_names(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], HEALTH)
    response = sign_in(asha).get(path)
    text = text_of(response)
    assert "Unhealthy" in text
    assert "The inventory of this tenant is closed" in text
    assert leaks(response, small) == []
    assert small.rooms[0].reference not in response.content.decode()


def test_health_alone_ignores_filters_of_inventory(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], HEALTH)
    word = small.rooms[0].name
    text = text_of(sign_in(asha).get(f"{path}?q={word}"))
    assert "Ignored 1 unknown filter: q." in text
    assert "1 to 3 of 3 rooms" in text


def test_grant_for_one_room_lists_that_room(sign_in, asha, bo, tenant, small, path):
    room = small.rooms[1]
    granted(asha, tenant, [bo], INVENTORY, HEALTH, rooms=[room.reference])
    response = sign_in(asha).get(path)
    assert [row.split()[0] for row in rows_of(response)] == [room.name]
    text = text_of(response)
    assert "Your access names 1 room of this tenant" in text
    assert small.rooms[0].reference not in response.content.decode()


def test_health_of_fewer_rooms_than_inventory_loses_no_room(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], INVENTORY)
    granted(asha, tenant, [bo], HEALTH, rooms=[small.rooms[0].reference])
    response = sign_in(asha).get(path)
    assert len(rows_of(response)) == 3
    assert "sorted by name" in text_of(response)


def test_health_of_more_rooms_than_inventory_masks_their_names(
    sign_in, asha, bo, tenant, small, path
):
    granted(asha, tenant, [bo], HEALTH)
    granted(asha, tenant, [bo], INVENTORY, rooms=[small.rooms[1].reference])
    response = sign_in(asha).get(path)
    names = sorted(row.split()[0] for row in rows_of(response))
    assert names == sorted(["Withheld", "Withheld", small.rooms[1].name])
    assert small.rooms[0].name not in response.content.decode()
    assert "Inventory is open for 1 room; other names are withheld." in text_of(response)


def test_two_grants_blank_their_own_parts(sign_in, asha, bo, tenant, small, path):
    inventory = granted(asha, tenant, [bo], INVENTORY)
    health = granted(asha, tenant, [bo], HEALTH)
    main = main_of(sign_in(asha).get(path))
    cells = main.select("table tbody tr")[0].select("th, td")
    under = [cell.get("data-grant", "") for cell in cells]
    assert under == ["", *[health.reference] * 2, "", health.reference, ""]
    assert main.select_one("table").find_parent(attrs={"data-grant": inventory.reference})
    assert main.select_one(".segs").find_parent(attrs={"data-grant": health.reference})


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("status=unhealthy", 1),
        ("status=healthy", 2),
        ("status=unhealthy,healthy", 3),
        ("status=suppressed", 0),
        ("signal=display_front", 1),
        ("status=unhealthy&sort=name", 1),
        ("signal=display_front&sort=site", 1),
    ],
)
def test_filters(sign_in, asha, small, path, open_both, query, number):
    text = text_of(sign_in(asha).get(f"{path}?{query}"))
    assert f"of {number} room" in text
    assert ("No rooms match" in text) == (number == 0)


def test_site_filter(sign_in, asha, small, path, open_both):
    site = small.rooms[0].site_id
    assert len(rows_of(sign_in(asha).get(f"{path}?site={site}"))) == 3


@pytest.mark.parametrize("sort", ["", "&sort=name", "&sort=-site"])
def test_search_finds_by_the_beginning_of_a_word(sign_in, asha, small, path, open_both, sort):
    name = small.rooms[2].name
    client = sign_in(asha)
    assert [row.split()[0] for row in rows_of(client.get(f"{path}?q={name[:-2]}{sort}"))] == [
        room.name for room in small.rooms if room.name.startswith(name[:-2])
    ] or rows_of(client.get(f"{path}?q={name}{sort}"))
    assert [row.split()[0] for row in rows_of(client.get(f"{path}?q={name}{sort}"))] == [name]
    reference = small.rooms[1].reference
    assert reference in rows_of(client.get(f"{path}?q={reference}{sort}"))[0]


@pytest.mark.parametrize("text", ["%25", "'", "...", "%00", "x" * 300, "\U0010ffff"])
def test_search_for_odd_text_finds_nothing(sign_in, asha, small, path, open_both, text):
    response = sign_in(asha).get(f"{path}?q={text}")
    assert response.status_code == 200
    if text != "%00":
        assert "No rooms match" in text_of(response)


def test_unknown_filter_is_named(sign_in, asha, small, path, open_both):
    text = text_of(sign_in(asha).get(f"{path}?colour=red&status=odd&sort=size"))
    assert "Ignored 1 unknown filter: colour." in text
    assert "Ignored status that this list does not have: odd." in text
    assert "Ignored an unknown order: size." in text


@pytest.mark.parametrize("cursor", ["nonsense", "gAAAAABn" + "x" * 120, "%00", "é"])
def test_tampered_cursor_is_the_first_page_with_a_notice(
    sign_in, asha, small, path, open_both, cursor
):
    response = sign_in(asha).get(f"{path}?after={cursor}")
    assert len(rows_of(response)) == 3
    assert "was not recognised" in text_of(response)


def test_panel_shows_one_room(sign_in, asha, small, path, open_both):
    room = small.rooms[0]
    main = main_of(sign_in(asha).get(f"{path}?status=unhealthy&panel={room.reference.lower()}"))
    panel = main.select_one("aside.panel")
    assert panel.h2.get_text() == room.name
    assert "Front of room display" in panel.get_text()
    assert panel.find("a", string="Open room")["href"] == f"{path}{room.reference}/"
    assert panel.select_one("[aria-label='Close the panel']")["href"] == "?status=unhealthy"
    assert main.select_one("tr.here").th.a.get_text() == room.name


@pytest.mark.parametrize("reference", ["RM-00000000", "x'", "a%00b"])
def test_panel_of_no_room_says_so(sign_in, asha, small, path, open_both, reference):
    response = sign_in(asha).get(f"{path}?panel={reference}")
    assert response.status_code == 200
    assert "is open to you in this tenant" in text_of(response)


def test_panel_without_health_shows_none(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], INVENTORY)
    main = main_of(sign_in(asha).get(f"{path}?panel={small.rooms[0].reference}"))
    assert "Front of room" not in main.select_one("aside.panel").get_text()


def test_columns_are_chosen_in_the_address(sign_in, asha, small, path, open_both):
    client = sign_in(asha)
    heads = [
        cell.get_text(strip=True)
        for cell in main_of(client.get(f"{path}?cols=type,seen")).select("table thead th")
    ]
    assert heads == ["Room", "Status", "Issue", "Site", "Size", "Last seen", "Peek"]


def test_poll_answers_204_until_something_changes(sign_in, asha, tenant, small, path, open_both):
    client = sign_in(asha)
    page = client.get(path)
    assert poll(client, path, page, "list-news").status_code == 204
    RoomHealth.objects.using("eu_owner").filter(room_id=small.rooms[2].pk).update(
        status="unhealthy", attention=1
    )
    changed = poll(client, path, page, "list-news")
    assert changed.status_code == 200
    assert "This list has changed" in changed.content.decode()
    assert leaks(changed, small) == []


def test_poll_of_a_closed_list_reloads_once_it_is_open(sign_in, asha, bo, tenant, small, path):
    client = sign_in(asha)
    page = client.get(path)
    assert poll(client, path, page, "closed").status_code == 204
    request = ask(asha, tenant, INVENTORY, HEALTH)
    waiting = poll(client, path, page, "closed")
    assert "Asked" in waiting.content.decode()
    assert request.reference in waiting.content.decode()
    start(asha, tenant, approve(bo, tenant, request, asha))
    assert poll(client, path, page, "closed").headers["HX-Refresh"] == "true"


def test_poll_of_an_open_list_reloads_once_it_closed(
    sign_in, asha, bo, tenant, small, path, held_clock
):
    granted(asha, tenant, [bo], INVENTORY, HEALTH, duration=SHORT)
    client = sign_in(asha)
    page = client.get(path)
    held_clock.shift(OVER)
    answer = poll(client, path, page, "list-news")
    assert answer.headers["HX-Refresh"] == "true"
    assert leaks(answer, small) == []


def test_fragment_is_no_more_than_the_page(sign_in, asha, small, path):
    answer = sign_in(asha).get(path, **FRAGMENT, HTTP_HX_TARGET="list-news")
    assert leaks(answer, small) == []


@pytest.mark.parametrize("query", ["", "?sort=name", "?status=healthy,unhealthy&sort=site"])
def test_same_statements_for_one_room_and_many(two_tenants, query):
    client, few, many = two_tenants
    numbers = []
    for tenant in (few, many):
        path = f"/t/{tenant.reference}/rooms/{query}"
        client.get(path)
        with statements("default", "eu") as counted:
            assert rows_of(client.get(path))
        numbers.append(counted.number)
    assert numbers[0] == numbers[1]


@pytest.fixture
def two_tenants(sign_in, asha, bo, tenant, other_tenant):
    """asha in front of a tenant with one room and of one with sixty."""
    relate(asha, Relation.MAY_ASK, other_tenant)
    relate(bo, Relation.MAY_DECIDE, other_tenant)
    furnish(tenant, rooms=1)
    furnish(other_tenant, rooms=60)
    for one in (tenant, other_tenant):
        granted(asha, one, [bo], INVENTORY, HEALTH)
    return sign_in(asha), tenant, other_tenant


def test_sixty_rooms_page_by_page(two_tenants):
    client, _, many = two_tenants
    path = f"/t/{many.reference}/rooms/"
    for query in ("", "?sort=-issue", "?sort=name", "?sort=-site"):
        first = client.get(path + query)
        assert len(first.content) < 60 * 1024  # the budget of a page of fifty rows
        main = main_of(first)
        onward = main.find("a", string="Next")["href"]
        second = client.get(path + onward)
        assert len(second.content) < 60 * 1024
        names = rows_of(first) + rows_of(second)
        assert len(names) == len(set(names)) == 60
        assert main_of(second).find("a", string="Next") is None
        back = main_of(second).find("a", string="Previous")["href"]
        assert rows_of(client.get(path + back)) == rows_of(first)
        assert "10 of 60 rooms" in text_of(second)


def test_cursor_of_one_tenant_does_not_work_in_another(two_tenants):
    client, few, many = two_tenants
    main = main_of(client.get(f"/t/{many.reference}/rooms/"))
    onward = main.find("a", string="Next")["href"]
    there = client.get(f"/t/{few.reference}/rooms/{onward}")
    assert "was not recognised" in text_of(there)


def test_address_never_holds_a_name(two_tenants):
    client, _, many = two_tenants
    main = main_of(client.get(f"/t/{many.reference}/rooms/?sort=name"))
    names = list(
        Room.objects.using("eu_owner").filter(tenant_id=many.pk).values_list("name", flat=True)
    )
    hrefs = " ".join(link["href"] for link in main.select("a[href]"))
    assert [name for name in names if name.casefold() in hrefs.casefold()] == []


def test_view_is_recorded_with_its_scopes(sign_in, asha, small, path, open_both, superuser):
    sign_in(asha).get(path)
    rows = superuser["eu"].execute(
        "select outcome, scopes, grant_references from access_auditevent where type = 'view.rooms'"
    )
    assert rows.fetchall() == [("opened", ["inventory.view", "health.view"], [open_both.reference])]


@pytest.mark.parametrize(
    ("hours", "levels"),
    [
        ([0] * 24, [0] * 9),
        ([], [0] * 9),
        ([5] * 24, [10] * 9),
        ([0] * 23 + [9], [0] * 8 + [10]),
        ([12] * 2 + [0] * 19 + [6] * 3, [10] + [0] * 7 + [5]),
    ],
)
def test_spark_levels(hours, levels):
    assert spark_levels(hours) == levels
