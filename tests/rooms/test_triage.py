"""The triage list: incidents by reference, of tenants one may ask for, from every region."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from access.models import Tenant
from access.references import new_reference
from access.residency import region
from access.scopes import Relation
from rooms.models import TriageItem
from tests import people
from tests.factories import furnish
from tests.rooms.pages import leaks, main_of, poll, rows_of, statements, text_of

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def incident(tenant: Tenant, *, severity: str = "important", rank: int = 1, age: int = 10) -> str:
    """One open incident, `age` minutes old; its reference."""
    reference = new_reference("INC")
    with region(tenant.region):
        TriageItem.objects.using(f"{tenant.region}_owner").create(
            reference=reference,
            tenant_id=tenant.pk,
            tenant_reference=tenant.reference,
            signal="display_front",
            severity=severity,
            severity_rank=rank,
            opened_at=NOW - timedelta(minutes=age),
        )
    return reference


@pytest.fixture
def away(asha) -> Tenant:
    """A tenant in the US that asha may ask for."""
    tenant = people.tenant("us")
    people.relate(asha, Relation.MAY_ASK, tenant)
    return tenant


def test_shows_reference_signal_severity_age_and_tenant(sign_in, asha, tenant):
    reference = incident(tenant)
    main = main_of(sign_in(asha).get("/triage/"))
    cells = [cell.get_text(strip=True) for cell in main.select("tbody tr > *")]
    assert cells[:3] == [reference, "Front of room display", "Important"]
    assert cells[4:6] == ["EU", tenant.reference]


def test_leads_to_the_incident_and_to_the_request(sign_in, asha, tenant):
    reference = incident(tenant)
    row = main_of(sign_in(asha).get("/triage/")).select_one("tbody tr")
    assert row.th.a["href"] == f"/t/{tenant.reference}/incidents/{reference}/"
    asked = row.select("td a")[-1]["href"]
    assert asked == (
        f"/t/{tenant.reference}/ask/?scope=health.view&scope=inventory.view&incident={reference}"
    )


def test_shows_no_value_of_the_rooms(sign_in, asha, tenant):
    small = furnish(tenant)
    response = sign_in(asha).get("/triage/")
    assert len(rows_of(response)) == 1
    assert leaks(response, small) == []
    assert small.rooms[0].reference not in response.content.decode()


def test_tenants_one_may_not_ask_for_are_absent(sign_in, asha, bo, tenant, other_tenant):
    theirs = incident(other_tenant)
    client = sign_in(asha)
    assert "No open incidents" in text_of(client.get("/triage/"))
    assert theirs not in client.get("/triage/").content.decode()
    incident(tenant)
    assert "You may not ask for any tenant" in text_of(sign_in(bo).get("/triage/"))


def test_regions_are_merged_worst_and_oldest_first(sign_in, asha, tenant, away):
    lightest = incident(tenant, severity="warning", rank=2, age=99)
    young = incident(tenant, age=1)
    old = incident(away, age=50)
    worst = incident(away, severity="critical", rank=0, age=2)
    client = sign_in(asha)
    assert rows_of(client.get("/triage/")) == [worst, old, young, lightest]
    assert rows_of(client.get("/triage/?sort=age")) == [lightest, old, worst, young]
    assert rows_of(client.get("/triage/?sort=-age")) == [young, worst, old, lightest]


def test_filters(sign_in, asha, tenant, away):
    here, there = incident(tenant), incident(away, severity="critical", rank=0)
    client = sign_in(asha)
    assert rows_of(client.get("/triage/?region=us")) == [there]
    assert rows_of(client.get("/triage/?severity=important")) == [here]
    assert rows_of(client.get("/triage/?signal=display_front")) == [there, here]
    assert "No open incident matches" in text_of(client.get("/triage/?signal=network"))


def test_pages_across_regions_meet_every_incident_once(sign_in, asha, tenant, away):
    made = {incident(one, age=age) for one in (tenant, away) for age in range(40)}
    client = sign_in(asha)
    first = client.get("/triage/")
    second = client.get("/triage/" + main_of(first).find("a", string="Next")["href"])
    seen = rows_of(first) + rows_of(second)
    assert len(seen) == 80
    assert set(seen) == made
    assert "of 80 open incidents" in text_of(second)
    back = main_of(second).find("a", string="Previous")["href"]
    assert rows_of(client.get("/triage/" + back)) == rows_of(first)


def test_same_statements_for_one_incident_and_many(sign_in, asha, tenant):
    client = sign_in(asha)
    numbers = []
    for more in (1, 30):
        for age in range(more):
            incident(tenant, age=age)
        client.get("/triage/")
        with statements("default", "eu", "us", "apac") as counted:
            client.get("/triage/")
        numbers.append(counted.number)
    assert numbers[0] == numbers[1]


def test_poll_answers_204_until_an_incident_opens(sign_in, asha, tenant):
    incident(tenant)
    client = sign_in(asha)
    page = client.get("/triage/")
    assert poll(client, "/triage/", page, "list-news").status_code == 204
    incident(tenant)
    assert "has changed" in poll(client, "/triage/", page, "list-news").content.decode()


def test_region_that_does_not_answer_is_named(sign_in, asha, tenant, away, unplugged):
    here = incident(tenant)
    client = sign_in(asha)
    with unplugged("us"):
        response = client.get("/triage/")
    assert rows_of(response) == [here]
    assert "US does not answer" in text_of(response)
