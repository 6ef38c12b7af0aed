"""The dashboards of one tenant: roll-ups under health.view, names under inventory.view."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rooms.models import HealthCount, RoomDay, RoomHealth
from tests.acts import granted
from tests.factories import furnish
from tests.rooms.pages import HEALTH, INVENTORY, leaks, main_of, poll, statements, text_of

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


def count(tenant, dimension: str, value: str, rooms: int, *, status: str = "", hours: int = 0):
    """One row of a roll-up."""
    HealthCount.objects.using("eu_owner").create(
        tenant_id=tenant.pk,
        as_of=NOW - timedelta(hours=hours),
        dimension=dimension,
        value=value,
        status=status,
        rooms=rooms,
    )


@pytest.fixture
def small(tenant):
    """Three rooms; the first was ill on two of the last days; two hours are counted."""
    made = furnish(tenant)
    for hours in (0, 1):
        count(tenant, "status", "unhealthy", 1, hours=hours)
        count(tenant, "status", "healthy", 2, hours=hours)
    count(tenant, "signal", "display_front", 1)
    count(tenant, "category", "display", 1)
    for value, rooms, unhealthy in (("Meeting app 4.13", 2, 0), ("Meeting app 4.11", 1, 1)):
        count(tenant, "version", value, rooms)
        count(tenant, "version", value, unhealthy, status="unhealthy")
    RoomDay.objects.using("eu_owner").filter(tenant_id=tenant.pk).delete()
    for back, working in ((1, 90), (3, 45), (5, 20)):
        RoomDay.objects.using("eu_owner").create(
            tenant_id=tenant.pk,
            room_id=made.rooms[0].pk,
            day=NOW.date() - timedelta(days=back),
            unhealthy_minutes=working,
            working_minutes=working,
        )
    RoomHealth.objects.using("eu_owner").filter(tenant_id=tenant.pk).update(
        history_from=NOW.date() - timedelta(days=10)
    )
    return made


@pytest.fixture
def path(tenant) -> str:
    return f"/t/{tenant.reference}/health/"


def test_closed_shows_no_number_of_the_tenant(sign_in, asha, small, path):
    response = sign_in(asha).get(path)
    assert response.status_code == 200
    assert leaks(response, small) == []
    assert "The health of this tenant is closed" in text_of(response)
    assert main_of(response).select(".kpi") == []


def test_health_opens_counts_and_keeps_names_closed(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], HEALTH)
    response = sign_in(asha).get(path)
    cards = {card.span.get_text(): card.b.get_text() for card in main_of(response).select(".kpi")}
    assert (cards["Unhealthy"], cards["Healthy"]) == ("1", "2")
    assert "Names are shown under a grant for inventory." in text_of(response)
    assert small.rooms[0].name not in response.content.decode()
    link = main_of(response).select_one("table a")
    assert link["href"] == f"/t/{tenant.reference}/incidents/?signal=display_front"


def test_inventory_names_the_least_reliable_room(sign_in, asha, bo, tenant, small, path):
    """Twenty minutes to the minute are no unhealthy day: the rule says more than twenty."""
    granted(asha, tenant, [bo], HEALTH, INVENTORY)
    response = sign_in(asha).get(path)
    row = main_of(response).select("table")[-1].select_one("tbody tr")
    cells = [cell.get_text(strip=True) for cell in row.select("th, td")]
    assert cells == [small.rooms[0].name, "2", "135"]
    assert "2 of 3 rooms had no such day in the last 30 days." in text_of(response)


def test_share_of_unhealthy_rooms_comes_worst_first(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], HEALTH)
    table = main_of(sign_in(asha).get(path)).find("h2", string="By version").find_next("table")
    rows = [
        [cell.get_text(strip=True) for cell in row.select("th, td")]
        for row in table.select("tbody tr")
    ]
    assert rows == [["Meeting app 4.11", "1", "1", "100%"], ["Meeting app 4.13", "2", "0", "0%"]]


def test_grant_for_one_room_does_not_open_the_whole_tenant(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], HEALTH, rooms=[small.rooms[1].reference])
    response = sign_in(asha).get(path)
    assert "Your access names rooms." in text_of(response)
    assert main_of(response).select(".kpi") == []


def test_empty_tenant_says_what_will_come(sign_in, asha, bo, tenant, path):
    granted(asha, tenant, [bo], HEALTH)
    assert "No counts yet." in text_of(sign_in(asha).get(path))


def test_another_persons_tenant_is_not_found(sign_in, casey, small, path):
    assert sign_in(casey).get(path).status_code == 404


def test_poll_answers_204_until_something_is_counted(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], HEALTH)
    client = sign_in(asha)
    page = client.get(path)
    assert poll(client, path, page, "tenant-health").status_code == 204
    count(tenant, "status", "healthy", 3, hours=-1)
    assert poll(client, path, page, "tenant-health").status_code == 200


def test_statements_do_not_grow_with_the_rows(sign_in, asha, bo, tenant, small, path):
    granted(asha, tenant, [bo], HEALTH, INVENTORY)
    client = sign_in(asha)
    client.get(path)  # the first view is recorded, the next ones are counted
    with statements("eu") as few:
        client.get(path)
    for number in range(30):
        count(tenant, "signal", f"signal_{number}", number + 1)
        count(tenant, "site", f"Site {number}", number + 1)
    with statements("eu") as many:
        client.get(path)
    assert many.number == few.number <= 16
