"""Search: by reference to a page, by name only where a grant in use opens the inventory."""

from __future__ import annotations

import pytest
from django.utils import timezone

from access.scopes import Relation, Scope
from rooms.models import Room
from tests import people
from tests.acts import approved, ask, granted
from tests.fleet.seed import store_tenant
from tests.fleet.small import small_tenant
from tests.html_lint import problems
from tests.outage import down


@pytest.fixture
def rooms(tenant):
    """The names of three rooms of the tenant, each a canary, by their references."""
    small = small_tenant(tenant.pk, tenant.reference, at=timezone.now())
    store_tenant(small.made, using="eu_owner")
    return dict(Room.objects.using("eu_owner").values_list("reference", "name"))


def search(client, text):
    response = client.get("/search/", {"q": text})
    assert response.status_code == 200
    html = response.content.decode()
    assert problems(html) == []
    return html


def test_search_by_name_finds_what_a_grant_opens(tenant, rooms, asha, bo, sign_in, superuser):
    client = sign_in(asha)
    (reference, name), *_ = rooms.items()
    assert name not in search(client, name).partition("<main")[2].replace(f'value="{name}"', "")
    grant = granted(asha, tenant, [bo], rooms=[reference])
    html = search(client, name.split()[0].lower())
    assert f"/t/{tenant.reference}/rooms/{reference}/" in html
    assert f'data-grant="{grant.reference}"' in html
    # The grant is for one room: the others stay closed, also to a search.
    for other in set(rooms) - {reference}:
        assert other not in html
    recorded = superuser["eu"].execute(
        "select outcome, grant_references from access_auditevent where type = 'view.search'"
    )
    assert recorded.fetchall() == [("opened", [grant.reference])]


def test_search_by_name_needs_the_inventory_68(tenant, rooms, asha, bo, sign_in):
    granted(asha, tenant, [bo], Scope.HEALTH_VIEW)
    for reference, name in rooms.items():
        assert f"/rooms/{reference}/" not in search(sign_in(asha), name)


def test_search_by_name_by_somebody_no_longer_fit_170(tenant, rooms, asha, bo, sign_in):
    granted(asha, tenant, [bo])
    people.lose_training(asha)
    (reference, name), *_ = rooms.items()
    assert f"/rooms/{reference}/" not in search(sign_in(asha), name)


def test_search_by_name_over_a_region_that_is_down_says_so(tenant, rooms, asha, bo, sign_in):
    far = people.tenant("us")
    people.relate(asha, Relation.MAY_ASK, far)
    people.relate(bo, Relation.MAY_DECIDE, far)
    granted(asha, tenant, [bo])
    granted(asha, far, [bo])
    client = sign_in(asha)
    (reference, name), *_ = rooms.items()
    assert f"/rooms/{reference}/" in search(client, name)
    with down("us"):
        html = search(client, name)
    assert f"/rooms/{reference}/" in html
    assert "The database of US does not answer" in html


def test_search_goes_to_the_page_of_a_reference(tenant, asha, bo, sign_in, superuser):
    request, grant = ask(asha, tenant), approved(asha, tenant, [bo], rooms=["RM-AAAA1111"])
    base = f"/t/{tenant.reference}/"
    targets = {
        tenant.reference: base,
        f" {tenant.reference.lower()} rm-aaaa1111 ": f"{base}rooms/RM-AAAA1111/",
        request.reference: f"{base}requests/{request.reference}/",
        grant.reference: f"{base}grants/{grant.reference}/",
    }
    client = sign_in(asha)
    for text, target in targets.items():
        response = client.get("/search/", {"q": text})
        assert (response.status_code, response.headers.get("Location")) == (303, target)
    recorded = superuser["default"].execute(
        "select detail from access_controlevent where type = 'search.made'"
    )
    # What was typed may be a name: the record says only that somebody searched, and the number.
    assert recorded.fetchall() == [({"hits": 1},)] * 4


def test_search_for_a_room_needs_a_grant_or_its_tenant(tenant, asha, bo, sign_in):
    client = sign_in(asha)
    assert "Nothing found." in client.get("/search/?q=RM-AAAA1111").content.decode()
    granted(asha, tenant, [bo], rooms=["RM-AAAA1111"])
    target = f"/t/{tenant.reference}/rooms/RM-AAAA1111/"
    assert client.get("/search/?q=RM-AAAA1111").headers["Location"] == target
    assert client.get("/search/?q=RM-BBBB2222").status_code == 200


@pytest.mark.parametrize("text", ["%", "' or 1=1 --", "TN-", "\0", "RM-ZZZZ9999 x", "é" * 200, ""])
def test_search_for_anything_else_finds_nothing(tenant, asha, sign_in, text):
    response = sign_in(asha).get("/search/", {"q": text})
    html = response.content.decode()
    assert response.status_code == 200
    assert problems(html) == []
    assert "Searches are recorded." in html


def test_search_tells_nothing_of_what_is_not_ones_own_153(
    tenant, other_tenant, asha, bo, casey, eli, sign_in
):
    grant = approved(asha, tenant, [bo])
    request = ask(asha, tenant)
    for person in (casey, eli):
        client = sign_in(person)
        for text in (request.reference, grant.reference, other_tenant.reference):
            own = person == casey and text == other_tenant.reference
            assert client.get("/search/", {"q": text}).status_code == (303 if own else 200)


def test_search_over_a_region_that_is_down_finds_the_rest(tenant, asha, bo, sign_in):
    far = people.tenant("us")
    people.relate(asha, Relation.MAY_ASK, far)
    grant = approved(asha, tenant, [bo])
    client = sign_in(asha)
    with down("us"):
        assert client.get("/search/", {"q": grant.reference}).status_code == 303
