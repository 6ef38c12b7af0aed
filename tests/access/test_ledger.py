"""The access ledger: kinds of people and counts, no names; its signed export verifies."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime

import pytest

from access.pages.ledger import View, lines_from, month_before, next_month
from access.scopes import Scope
from access.verify import rooms_verify as verify
from tests.access.conftest import unzipped
from tests.acts import granted
from tests.html_lint import problems


def address(tenant, part=""):
    return f"/t/{tenant.reference}/audit/ledger/{part}"


@pytest.mark.parametrize("part", ["", "bundle/"])
def test_ledger_without_a_grant_is_closed(tenant, used_grant, sign_log, dana, sign_in, part):
    sign_log()
    html = sign_in(dana).get(address(tenant, part)).content.decode()
    assert problems(html) == []
    assert "The access ledger of this tenant is closed" in html
    assert "employee" not in html


@pytest.mark.parametrize("part", ["", "bundle/"])
def test_ledger_of_somebody_elses_tenant_is_not_there_153(
    tenant, audit_grant, casey, sign_in, part
):
    assert sign_in(casey).get(address(tenant, part)).status_code == 404


def test_ledger_counts_by_kind_of_person_and_names_nobody(
    tenant, used_grant, audit_grant, eli, bo, dana, sign_in
):
    granted(eli, tenant, [bo], Scope.HEALTH_VIEW)
    sign_in(eli).get(f"/t/{tenant.reference}/health/")
    sign_in(eli).get("/")
    response = sign_in(dana).get(address(tenant))
    html = response.content.decode()
    assert problems(html) == []
    lines = {(line.who, line.categories): line for line in response.context["lines"]}
    looked = lines["operator, employee, DE", "Inventory"]
    assert (looked.views, len(looked.things)) == (2, 1)
    assert looked.purpose_text == "Identify, diagnose and mitigate an issue"
    assert lines["operator, subcontractor, DE", "Health"].views == 1
    assert lines["auditor, employee, DE", "Audit record"].views == 1  # this page itself
    body = html.partition("<main")[2]
    for name in ("Asha", "Eli"):
        assert name not in body


def test_views_that_opened_nothing_are_not_counted(tenant, asha, bo, dana, audit_grant, sign_in):
    client = sign_in(dana)
    before = client.get(address(tenant)).context["views"]
    sign_in(asha).get(f"/t/{tenant.reference}/rooms/")
    assert client.get(address(tenant)).context["views"] == before


def test_other_month_is_empty_and_a_wrong_one_is_the_present(tenant, audit_grant, dana, sign_in):
    html = sign_in(dana).get(address(tenant, "?month=2001-02")).content.decode()
    assert "Nothing was read in this month." in html
    first = sign_in(dana).get(address(tenant, "?month=nonsense")).context["first"]
    assert first == date.today().replace(day=1)  # noqa: DTZ011 - the servers' day is UTC


def test_months_follow_each_other_over_the_year():
    assert next_month(date(2026, 12, 1)) == date(2027, 1, 1)
    assert month_before(date(2027, 1, 1)) == date(2026, 12, 1)
    assert month_before(date(2026, 3, 1)) == date(2026, 2, 1)
    assert next_month(date(2026, 11, 1)) == date(2026, 12, 1)


def test_export_verifies_counts_what_it_proves_and_names_nobody(
    tenant, used_grant, audit_grant, sign_log, asha, dana, sign_in, superuser
):
    sign_log()
    client = sign_in(dana)
    url = client.get(address(tenant)).context["download_url"]
    data = client.get(url).content
    found = unzipped(data)
    report = verify.verify_source(data, found["keys.json"])
    assert report.exit_code == 0, verify.as_text(report)
    assert report.about["kind"] == "ledger"
    told = json.loads(found["ledger.json"])
    [line] = told["lines"]
    assert (line["views"], line["things"], line["scopes"]) == (2, 1, ["inventory.view"])
    for position in line["positions"]:
        leaf = json.loads(found[f"proofs/{position}.json"])["leaf"]
        record = json.loads(verify.base64_exact(leaf))
        assert (record["outcome"], record["purpose"]) == ("opened", line["purpose"])
    assert "disclosures.jsonl" not in found
    assert not [name for name, text in found.items() if b"Asha" in text]
    exported = superuser["eu"].execute(
        "select detail ->> 'month' from access_auditevent where type = 'record.exported'"
    )
    assert exported.fetchall() == [(told["month"],)]
    sign_log()
    assert client.get(url).content == data


def test_person_whose_account_is_gone_is_counted_all_the_same(db):
    at = datetime(2026, 11, 22, 9, tzinfo=UTC)
    view = View(at, uuid.uuid4(), ("inventory.view",), "mitigate", ("room", "RM-AAAA1111"))
    [line] = lines_from([view, view])
    assert (line.who, line.views) == ("operator, somebody whose account is gone", 2)


def test_ledger_closes_with_its_grant(tenant, audit_grant, dana, sign_in, held_clock):
    held_clock.hold(audit_grant.ends_at)
    assert "is closed" in sign_in(dana).get(address(tenant)).content.decode()


def test_form_that_is_sent_is_no_view_and_what_was_not_there_is_not_counted(
    tenant, used_grant, audit_grant, sign_log, dana, sign_in
):
    client = sign_in(dana)
    base = f"/t/{tenant.reference}/audit/"
    client.post(f"{base}views/", {"name": "Mine", "query": ""})
    assert (
        client.get(f"{base}events/11111111-1111-1111-1111-111111111111/proof/").status_code == 404
    )
    [line] = [one for one in client.get(address(tenant)).context["lines"] if "auditor" in one.who]
    assert (line.views, line.sent) == (1, 1)
    sign_log()
    found = unzipped(client.get(client.get(address(tenant)).context["download_url"]).content)
    told = [one for one in json.loads(found["ledger.json"])["lines"] if "auditor" in one["who"]]
    assert [(one["views"], one["sent"]) for one in told] == [(1, 1)]
    report = verify.verify_source(found, found["keys.json"])
    assert report.failures == []
    assert any("1 form sent" in one for one in report.checked)
