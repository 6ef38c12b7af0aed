"""The list of collections, one of them, and taking it back."""

from __future__ import annotations

import pytest

from diagnostics.states import CollectionState
from tests.acts import granted
from tests.diagnostics.collections import HEALTH, ORDERING, VIEW, collected, first_device, stands
from tests.factories import furnish
from tests.rooms.incidents import acts


@pytest.fixture
def small(tenant):
    return furnish(tenant)


@pytest.fixture
def collection(tenant, small):
    return collected(first_device(tenant, small.rooms[0].pk), tenant)


@pytest.fixture
def page(tenant) -> str:
    return f"/t/{tenant.reference}/collections/"


def test_list_shows_what_was_ordered(sign_in, asha, bo, tenant, page, collection):
    granted(asha, tenant, [bo], HEALTH)
    text = sign_in(asha).get(page).content.decode()
    assert collection.reference in text
    assert "Ordered" in text


def test_closed_list_holds_no_value(sign_in, asha, page, collection):
    response = sign_in(asha).get(page)
    assert response.status_code == 200
    assert collection.reference not in response.content.decode()
    assert collection.device_reference not in response.content.decode()


@pytest.mark.parametrize("state", list(CollectionState))
def test_page_shows_every_state(sign_in, asha, bo, tenant, small, page, state):
    made = collected(first_device(tenant, small.rooms[0].pk), tenant, state=state)
    granted(asha, tenant, [bo], HEALTH, VIEW)
    response = sign_in(asha).get(f"{page}{made.reference}/")
    assert response.status_code == 200
    assert state.label in response.content.decode()


def test_closed_page_holds_no_value(sign_in, asha, page, collection):
    response = sign_in(asha).get(f"{page}{collection.reference}/")
    assert response.status_code == 200
    assert collection.device_reference not in response.content.decode()
    assert "The front display is dark" not in response.content.decode()


def test_unknown_collection_is_not_found(sign_in, asha, bo, tenant, page, collection):
    granted(asha, tenant, [bo], HEALTH)
    assert sign_in(asha).get(f"{page}COL-00000000/").status_code == 404


def test_room_narrow_grant_shows_its_room_only(sign_in, asha, bo, tenant, small, page, collection):
    granted(asha, tenant, [bo], HEALTH, rooms=[small.rooms[1].reference])
    client = sign_in(asha)
    assert collection.reference not in client.get(page).content.decode()
    closed = client.get(f"{page}{collection.reference}/")
    assert collection.device_reference not in closed.content.decode()


def test_search_finds_by_device_and_not_by_another(sign_in, asha, bo, tenant, page, collection):
    granted(asha, tenant, [bo], HEALTH)
    client = sign_in(asha)
    found = client.get(f"{page}?q={collection.device_reference}").content.decode()
    assert collection.reference in found
    assert collection.reference not in client.get(f"{page}?q=DV-00000000").content.decode()


def test_order_is_withdrawn(sign_in, asha, bo, tenant, page, collection, superuser):
    granted(asha, tenant, [bo], *ORDERING)
    client = sign_in(asha)
    assert client.post(f"{page}{collection.reference}/withdraw/").status_code == 303
    now = stands(collection)
    assert (now.state, now.why) == ("expired", "Withdrawn by Asha.")
    assert client.post(f"{page}{collection.reference}/withdraw/").status_code == 409
    assert acts(superuser, "collection.%") == [
        ("collection.withdrawn", "ok", collection.device_reference)
    ]


def test_device_is_not_asked_for_what_was_withdrawn(
    sign_in, asha, bo, tenant, small, page, superuser
):
    device = first_device(tenant, small.rooms[0].pk)
    granted(asha, tenant, [bo], *ORDERING)
    client = sign_in(asha)
    sent = {
        "devices": device.reference,
        "queries": ["query_usb"],
        "hours": "1",
        "reason": "Look at USB",
    }
    made = client.post(f"{page}new/", sent).headers["Location"]
    waits = "select count(*) from rooms_devicecommand where expires_at > lock.now()"
    assert superuser["eu"].execute(waits).fetchone() == (1,)
    assert client.post(f"{made}withdraw/").status_code == 303
    assert superuser["eu"].execute(waits).fetchone() == (0,)


def test_without_collect_nothing_is_withdrawn(sign_in, asha, bo, tenant, page, collection):
    granted(asha, tenant, [bo], HEALTH)
    response = sign_in(asha).post(f"{page}{collection.reference}/withdraw/")
    assert response.status_code == 403
    assert stands(collection).state == "ordered"
