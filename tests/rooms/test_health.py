"""Fleet health: counts per region, and nothing that names anybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from access.residency import region
from rooms.models import FleetCount
from tests.factories import count_fleet, furnish
from tests.rooms.pages import leaks, main_of, poll, text_of


def count_signal(alias: str, at: datetime, signal: str, severity: str, rooms: int) -> None:
    with region(alias):
        FleetCount.objects.using(f"{alias}_owner").create(
            as_of=at, signal=signal, severity=severity, rooms=rooms
        )


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def test_anonymous_is_sent_to_sign_in(client, db):
    assert client.get("/health/").status_code == 302


def test_without_counts_says_so(sign_in, asha):
    assert "No counts yet" in text_of(sign_in(asha).get("/health/"))


def test_cards_add_up_all_regions(sign_in, asha, now):
    count_fleet("eu", now, healthy=8, unhealthy=2)
    count_fleet("us", now, healthy=3, unmonitored=1)
    main = main_of(sign_in(asha).get("/health/"))
    cards = {card.span.get_text(): card.b.get_text() for card in main.select(".kpi")}
    assert cards == {
        "Unhealthy": "2",
        "Unmonitored": "1",
        "Suppressed": "0",
        "Onboarding": "0",
        "Healthy": "11",
    }
    assert "14 rooms" in main.get_text()


def test_each_region_has_its_own_card(sign_in, asha, now):
    count_fleet("eu", now, healthy=8, unhealthy=2, onboarding=5)
    main = main_of(sign_in(asha).get("/health/"))
    cards = {
        card.h2.get_text(): card.get_text(" ", strip=True) for card in main.select(".three > *")
    }
    assert "Rooms 15 Healthy 80%" in cards["EU"]
    assert "Not counted yet" in cards["US"]


def test_signals_are_ranked_by_rooms(sign_in, asha, now):
    count_fleet("eu", now, unhealthy=9)
    count_signal("eu", now, "network", "warning", 3)
    count_signal("eu", now, "display_front", "important", 7)
    main = main_of(sign_in(asha).get("/health/"))
    rows = [row.get_text(" ", strip=True) for row in main.select("table tbody tr")]
    assert rows[0].startswith("Front of room display Important 7 7")
    assert rows[1].startswith("Network Warning 3 3")


def test_old_counts_are_called_old(sign_in, asha, now):
    count_fleet("eu", now - timedelta(hours=3), healthy=1)
    assert "Old counts" in text_of(sign_in(asha).get("/health/"))


def test_counts_of_the_hour_are_not_called_old(sign_in, asha, now):
    count_fleet("eu", now - timedelta(minutes=50), healthy=1)
    assert "Old counts" not in text_of(sign_in(asha).get("/health/"))


def test_names_nobody(sign_in, asha, tenant, now):
    small = furnish(tenant)
    count_fleet("eu", now, healthy=3)
    response = sign_in(asha).get("/health/")
    assert leaks(response, small) == []
    assert tenant.reference not in main_of(response).decode()


def test_poll_answers_204_until_the_next_count(sign_in, asha, now):
    count_fleet("eu", now - timedelta(minutes=30), healthy=3)
    client = sign_in(asha)
    page = client.get("/health/")
    assert poll(client, "/health/", page, "fleet").status_code == 204
    count_fleet("eu", now + timedelta(minutes=45), healthy=2, unhealthy=1)
    fragment = poll(client, "/health/", page, "fleet").content.decode()
    assert 'id="fleet"' in fragment
    assert "<main" not in fragment


def test_region_that_does_not_answer_is_named(sign_in, asha, now, unplugged):
    count_fleet("eu", now, healthy=3)
    with unplugged("apac"):
        response = sign_in(asha).get("/health/")
    text = text_of(response)
    assert "APAC does not answer" in text
    assert "3 rooms" in text
