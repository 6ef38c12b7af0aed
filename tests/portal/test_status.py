"""Status: which parts answer, in plain words and without tenant data."""

from __future__ import annotations

from datetime import timedelta

from access import audit, clock
from access.audit import sequencer
from access.standing.check import check
from tests.acts import entered, granted
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
    # four databases, the log that each keeps, and the reports of three regions
    assert html.count("Operational") == 11


def test_status_says_when_no_worker_answers(asha, sign_in):
    assert "No worker answers. Access still ends on time." in page(sign_in(asha))


def test_status_with_a_region_down_says_which(asha, sign_in):
    client = sign_in(asha)
    with down("us"):
        html = page(client)
    assert html.count("Operational") == 8
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


def logs_of(client) -> dict[str, tuple[str, str]]:
    records = client.get("/status/").context["records"]
    return {part.name: (part.state, part.sentence) for part in records}


def test_status_says_when_the_sequencer_stands_still(tenant, asha, sign_in, superuser, held_clock):
    client = sign_in(asha)
    held_clock.hold(clock.now())
    with entered(asha, tenant):
        audit.record("view.test")
    assert logs_of(client)["Log of EU"] == ("operational", "Empty.")
    superuser["eu"].execute("update lock.staged set staged_at = staged_at - interval '11 seconds'")
    state, sentence = logs_of(client)["Log of EU"]
    assert state == "degraded"
    assert sentence.startswith("The sequencer stands still: 1 events wait for their place,")
    assert "The sequencer stands still" in page(client)


def test_status_says_when_the_signer_stands_still(tenant, asha, sign_in, superuser, held_clock):
    client = sign_in(asha)
    held_clock.hold(clock.now())
    with entered(asha, tenant):
        audit.record("view.test")
    sequencer.sequence("eu_owner")
    assert logs_of(client)["Log of EU"] == ("operational", "Signed up to event 0 of 1.")
    held_clock.shift(timedelta(seconds=20))
    state, sentence = logs_of(client)["Log of EU"]
    assert state == "degraded"
    assert sentence.startswith("The signer stands still: 1 events are not signed,")


def test_status_says_what_the_self_check_found(tenant, asha, sign_in, superuser):
    superuser["eu"].execute("update access_regionalhead set check_problem = 'Event 7 is missing.'")
    assert logs_of(sign_in(asha))["Log of EU"] == ("degraded", "Event 7 is missing.")


def test_status_says_whether_standing_access_was_checked(tenant, asha, sign_in, held_clock):
    client = sign_in(asha)
    assert logs_of(client)["Standing access"] == ("degraded", "Was not checked yet.")
    check()
    assert logs_of(client)["Standing access"] == ("operational", "The last check found none.")
    held_clock.shift(timedelta(hours=26))
    state = logs_of(sign_in(asha))["Standing access"]
    assert state == ("degraded", "The last check is older than a day.")


def test_status_says_how_long_reports_wait(tenant, asha, sign_in, superuser, held_clock):
    client = sign_in(asha)
    held_clock.hold(clock.now())
    superuser["eu"].execute(
        "insert into rooms_reportinbox"
        " (tenant_id, device_id, report_id, received_at, observed_at, body)"
        " values (%s, gen_random_uuid(), gen_random_uuid(), lock.now() - interval '90 seconds',"
        " lock.now(), '{}')",
        [tenant.pk],
    )
    parts = {part.name: part for part in client.get("/status/").context["reports"]}
    assert parts["Reports of EU"].state == "degraded"
    assert parts["Reports of EU"].sentence == "1 wait to be read, the oldest for 90 s."
    assert parts["Reports of US"].sentence == "None waits to be read."


def test_status_says_how_far_a_receiver_is_behind(tenant, asha, bo, sign_in, superuser, held_clock):
    granted(asha, tenant, [bo])
    sequencer.sequence("eu_owner")
    held_clock.hold(clock.now())
    superuser["eu"].execute(
        "insert into lock.delivery (destination, moved_at)"
        " values ('soc', lock.now() - interval '400 seconds')"
    )
    (part,) = sign_in(asha).get("/status/").context["deliveries"]
    assert (part.name, part.state) == ("soc", "degraded")
    assert part.sentence.endswith("events behind, for 400 s.")
