"""The closed card on real pages: it offers to ask, waits, is ready to start, or says what fails."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup, Tag

from access.models import Staff, Tenant
from access.scopes import Relation, Scope
from tests.acts import approved, ask, granted
from tests.html_lint import problems
from tests.people import change, lose_training, relate

INVENTORY, HEALTH = Scope.INVENTORY_VIEW, Scope.HEALTH_VIEW
ROOM = "RM-2345ABCD"


@pytest.fixture
def paths(tenant: Tenant) -> dict[str, str]:
    """The pages that close as a whole; the room needs not exist."""
    start = f"/t/{tenant.reference}/"
    room = f"{start}rooms/{ROOM}/"
    return {
        "tenant": start,
        "rooms": f"{start}rooms/",
        "room": room,
        "device": f"{room}devices/DV-2345ABCD/",
    }


def card_of(client, path: str) -> Tag:
    """The one closed card of a page that is in order."""
    response = client.get(path)
    assert response.status_code == 200
    html = response.content.decode()
    assert problems(html) == []
    (card,) = BeautifulSoup(html, "html.parser").select("main section.locked")
    return card


def words(card: Tag) -> str:
    """What the card says."""
    return " ".join(card.get_text(" ").split())


def links(card: Tag) -> dict[str, str]:
    """Where it leads, by the words of the link."""
    assert card.find("button") is None
    return {link.get_text(" ", strip=True): link["href"] for link in card.find_all("a")}


@pytest.mark.parametrize("page", ["tenant", "rooms", "room", "device"])
def test_card_offers_the_smallest_request(sign_in, asha, tenant, paths, page):
    client = sign_in(asha)
    card = card_of(client, paths[page])
    narrow = page in ("room", "device")
    label = "Ask for access to this room" if narrow else "Ask for access"
    found = links(card)
    assert list(found) == [label, "Choose other access…"]
    assert found[label].startswith(f"/t/{tenant.reference}/ask/?scope=inventory.view&scope=health")
    assert (ROOM in found[label]) is narrow
    assert "up to 8 hours" in words(card)
    form = BeautifulSoup(client.get(found[label]).content, "html.parser")
    ticked = {box["value"] for box in form.select("[name=scope][checked]")}
    assert ticked == {"inventory.view", "health.view"}


@pytest.mark.parametrize("page", ["tenant", "rooms", "room", "device"])
def test_card_says_what_waits(sign_in, asha, bo, tenant, paths, page, held_clock):
    request = ask(asha, tenant, INVENTORY, HEALTH)
    held_clock.shift(timedelta(minutes=6))
    card = card_of(sign_in(asha), paths[page])
    assert "Asked 6 min ago." in words(card)
    url = f"/t/{tenant.reference}/requests/{request.reference}/"
    assert links(card)["See the request"] == url
    assert list(links(card)) == ["See the request", "Choose other access…"]


@pytest.mark.parametrize("page", ["tenant", "rooms", "room", "device"])
def test_card_leads_to_the_grant_that_is_ready(sign_in, asha, bo, tenant, paths, page):
    grant = approved(asha, tenant, [bo], INVENTORY, HEALTH)
    client = sign_in(asha)
    card = card_of(client, paths[page])
    label = f"Start 1 hour now, or until {grant.claim_by:%H:%M} UTC"
    assert f"Approved. {label}" in words(card)
    url = links(card)[label]
    assert url == f"/t/{tenant.reference}/grants/{grant.reference}/"
    assert list(links(card)) == [label, "Choose other access…"]
    assert client.get(url).status_code == 200


@pytest.mark.parametrize("page", ["tenant", "rooms", "room", "device"])
def test_card_says_which_gate_fails_and_what_mends_it(sign_in, asha, paths, page):
    lose_training(asha)
    client = sign_in(asha)
    for _ in range(2):  # not only on the page that found it out
        card = card_of(client, paths[page])
        assert "raining" in words(card)
        assert links(card) == {"See your checks": "/me/"}
    assert client.get("/me/").status_code == 200


def test_card_says_the_gate_also_to_whose_grant_it_ended(sign_in, asha, bo, tenant, paths):
    granted(asha, tenant, [bo], INVENTORY, HEALTH)
    change(asha, screened_on=None)
    client = sign_in(asha)
    for _ in range(2):
        card = card_of(client, paths["room"])
        assert "Screening is not in date. " in words(card)
        assert "Ask your manager to renew the screening." in words(card)
        assert links(card) == {"See your checks": "/me/"}


def test_card_for_somebody_without_part_offers_nothing(sign_in, bo, paths):
    card = card_of(sign_in(bo), paths["rooms"])
    assert "somebody who may ask can open it" in words(card)
    assert links(card) == {}


def test_card_of_the_record_leads_an_auditor_to_other_records(sign_in, dana, tenant):
    client = sign_in(dana)
    card = card_of(client, f"/t/{tenant.reference}/audit/")
    found = links(card)
    assert found["Records of other tenants"] == "/audit/"
    assert found["Ask for access"] == f"/t/{tenant.reference}/ask/?scope=audit.view"
    relate(dana, Relation.MAY_ASK, tenant)
    card = card_of(client, f"/t/{tenant.reference}/audit/")
    assert links(card)["Choose other access…"].startswith(f"/t/{tenant.reference}/ask/")


def test_card_holds_nothing_of_another_person(sign_in, asha: Staff, casey, bo, tenant, paths):
    approved(asha, tenant, [bo], INVENTORY, HEALTH)
    relate(casey, Relation.MAY_ASK, tenant)
    assert "Approved" not in words(card_of(sign_in(casey), paths["room"]))
