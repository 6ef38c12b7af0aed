"""Status: which parts answer, in plain words and without tenant data."""

from __future__ import annotations

from access import sequencer
from tests.acts import granted
from tests.html_lint import problems
from tests.outage import down


def page(client):
    response = client.get("/status/")
    assert response.status_code == 200
    html = response.content.decode()
    assert problems(html) == []
    return html


def test_status_names_each_database_and_the_policy(tenant, asha, sign_in):
    html = page(sign_in(asha))
    for words in ("Control plane", "EU data centre", "APAC data centre", "US data centre"):
        assert words in html
    assert "Version 1 is in force." in html
    assert html.count("Operational") == 4


def test_status_says_when_no_worker_answers(asha, sign_in):
    assert "No worker answers. Access still ends on time." in page(sign_in(asha))


def test_status_with_a_region_down_says_which(asha, sign_in):
    client = sign_in(asha)
    with down("us"):
        html = page(client)
    assert html.count("Operational") == 3
    assert "Does not answer." in html


def test_status_counts_the_positions_of_the_record(tenant, asha, bo, sign_in):
    granted(asha, tenant, [bo])
    client = sign_in(asha)
    before = {part.name: part.size for part in client.get("/status/").context["databases"]}
    added = sequencer.sequence("eu_owner")
    after = {part.name: part.size for part in client.get("/status/").context["databases"]}
    assert added > 0
    assert after["EU data centre"] == before["EU data centre"] + added


def test_status_without_signing_in_leads_to_the_way_in(client, db):
    assert client.get("/status/").headers["Location"].startswith("/sign-in/")


def test_status_shows_nothing_of_a_tenant(tenant, asha, bo, eli, sign_in):
    grant = granted(asha, tenant, [bo])
    html = page(sign_in(eli))
    for value in (tenant.reference, grant.reference, "Asha"):
        assert value not in html
