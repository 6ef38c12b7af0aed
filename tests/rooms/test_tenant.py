"""The page of one tenant."""

from __future__ import annotations

import pytest

from rooms.models import RoomHealth, TenantProfile
from tests.acts import granted
from tests.factories import furnish
from tests.rooms.pages import HEALTH, INVENTORY, leaks, main_of, poll, text_of


@pytest.fixture
def small(tenant):
    """Three rooms, the first one ill."""
    return furnish(tenant)


@pytest.fixture
def path(tenant) -> str:
    return f"/t/{tenant.reference}/"


def test_closed_shows_structure_and_no_value(sign_in, asha, small, path):
    response = sign_in(asha).get(path)
    text = text_of(response)
    assert leaks(response, small) == []
    assert "This tenant is closed" in text
    assert "What you can see without access" in text


def test_inventory_opens_profile_and_sites(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], INVENTORY)
    response = sign_in(asha).get(path)
    text = text_of(response)
    profile = TenantProfile.objects.using("eu_owner").get(tenant_id=tenant.pk)
    assert profile.name in text
    assert profile.contact_email in text
    assert "The health of this tenant is closed" in text
    site = main_of(response).select_one("table tbody tr")
    assert site.select("td")[0].get_text() == "3"
    assert site.a["href"].startswith(f"{path}rooms/?site=")


def test_health_opens_the_bar_of_statuses(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], HEALTH)
    response = sign_in(asha).get(path)
    links = main_of(response).select(".segs a")
    assert [link.get_text(" ", strip=True) for link in links] == ["Unhealthy 1", "Healthy 2"]
    assert links[0]["href"] == f"{path}rooms/?status=unhealthy"
    assert leaks(response, small) == []


def test_grant_for_one_room_counts_that_room(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], INVENTORY, HEALTH, rooms=[small.rooms[1].reference])
    main = main_of(sign_in(asha).get(path))
    assert [link.get_text(" ", strip=True) for link in main.select(".segs a")] == ["Healthy 1"]
    assert main.select_one("table tbody tr").select("td")[0].get_text() == "1"


def test_everything_opened_stands_inside_an_opened_section(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], INVENTORY, HEALTH)
    main = main_of(sign_in(asha).get(path))
    for part in main.select("[data-grant]"):
        part.decompose()
    left = main.decode()
    assert [word for word in small.canaries if word in left] == []


def test_audit_record_is_offered_to_auditors_only(sign_in, asha, dana, small, path):
    assert "Audit record" not in text_of(sign_in(asha).get(path))
    assert "Audit record" in text_of(sign_in(dana).get(path))


def test_poll_answers_204_until_a_status_changes(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], HEALTH)
    client = sign_in(asha)
    page = client.get(path)
    assert poll(client, path, page, "tenant-body").status_code == 204
    RoomHealth.objects.using("eu_owner").filter(room_id=small.rooms[1].pk).update(
        status="unmonitored", attention=2
    )
    assert "Unmonitored" in poll(client, path, page, "tenant-body").content.decode()
