"""A day of a tenant's record: its own events and no other's, proven and verified offline."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from access.audit import parts
from access.purposes import Purpose
from access.scopes import Scope
from access.verify import rooms_verify as verify
from tests import people
from tests.access.conftest import unzipped
from tests.acts import granted
from tests.html_lint import problems


@pytest.fixture
def today(superuser, db):
    return superuser["eu"].execute("select (lock.now() at time zone 'UTC')::date").fetchone()[0]


def address(tenant, day, part=""):
    return f"/t/{tenant.reference}/audit/day/{day}/{part}"


@pytest.mark.parametrize("part", ["", "bundle/"])
def test_day_without_a_grant_is_closed(tenant, used_grant, sign_log, dana, sign_in, today, part):
    sign_log()
    html = sign_in(dana).get(address(tenant, today, part)).content.decode()
    assert problems(html) == []
    assert "The record of this day is closed" in html
    assert "Recorded" not in html


@pytest.mark.parametrize("part", ["", "bundle/"])
def test_day_of_somebody_elses_tenant_is_not_there_153(
    tenant, audit_grant, casey, sign_in, today, part
):
    assert sign_in(casey).get(address(tenant, today, part)).status_code == 404


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", "20260101"])
def test_day_that_is_none_is_no_address(tenant, audit_grant, dana, sign_in, day):
    assert sign_in(dana).get(address(tenant, day)).status_code == 404


def test_day_says_what_it_holds_and_what_it_does_not(
    tenant, audit_grant, sign_log, dana, sign_in, today
):
    sign_log()
    response = sign_in(dana).get(address(tenant, today))
    html = response.content.decode()
    assert problems(html) == []
    told = response.context["told"]
    assert told["proven"] == 13
    assert told["count"] == 14  # this very view has no place yet
    assert "manage.py export_audit eu --day" in html


def test_day_holds_the_tenants_events_alone_and_verifies(
    tenant, other_tenant, audit_grant, casey, sign_log, dana, sign_in, today, superuser
):
    cara = people.person("cara", decides=[other_tenant])
    granted(casey, other_tenant, [cara])
    sign_log()
    data = sign_in(dana).get(address(tenant, today, "bundle/")).content
    found = unzipped(data)
    report = verify.verify_source(data, found["keys.json"])
    assert report.exit_code == 0, verify.as_text(report)
    assert report.about["records"] == 13
    assert report.redacted_count == 0
    whole = b"".join(found.values()).decode()
    assert "Casey" not in whole
    assert not [name for name in found if name.startswith("tile/")]
    tenants = {
        json.loads(verify.base64_exact(json.loads(data)["leaf"]))["tenant_reference"]
        for name, data in found.items()
        if name.startswith("proofs/")
    }
    assert tenants == {tenant.reference}
    exported = superuser["eu"].execute(
        "select detail ->> 'day' from access_auditevent where type = 'record.exported'"
    )
    assert exported.fetchall() == [(today.isoformat(),)]


def test_day_is_the_same_twice_at_a_checkpoint(tenant, audit_grant, sign_log, dana, sign_in, today):
    sign_log()
    client = sign_in(dana)
    url = client.get(address(tenant, today)).context["download_url"]
    before = client.get(url).content
    sign_log()
    assert client.get(url).content == before
    assert client.get(address(tenant, today, "bundle/")).content != before


def test_reads_under_a_grant_of_the_day_before_verify_with_what_they_stand_on(
    tenant, asha, bo, dana, sign_log, sign_in, superuser, held_clock
):
    now = datetime.now(UTC)
    night = now.replace(hour=23, minute=50, second=0, microsecond=0)
    held_clock.shift(night - now)
    granted(asha, tenant, [bo])
    after = night + timedelta(minutes=20)
    held_clock.shift(after - now)
    sign_in(asha).get(f"/t/{tenant.reference}/rooms/")
    granted(dana, tenant, [bo], Scope.AUDIT_VIEW, purpose=Purpose.ASSURANCE)
    sign_log()
    data = sign_in(dana).get(address(tenant, after.date(), "bundle/")).content
    found = unzipped(data)
    report = verify.verify_source(data, found["keys.json"])
    assert report.exit_code == 0, verify.as_text(report)
    assert report.about["replay"]["grants_judged"] == 2


def test_day_with_too_many_events_is_left_to_the_exporter(
    tenant, audit_grant, sign_log, dana, sign_in, today, monkeypatch
):
    sign_log()
    monkeypatch.setattr(parts, "MOST", 5)
    html = sign_in(dana).get(address(tenant, today, "bundle/")).content.decode()
    assert "more than 5 events" in html


def test_empty_day_hands_out_nothing(tenant, audit_grant, sign_log, dana, sign_in):
    sign_log()
    html = sign_in(dana).get(address(tenant, "2001-01-01", "bundle/")).content.decode()
    assert "Nothing to hand out." in html
