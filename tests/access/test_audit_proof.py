"""The proof of one event: closed without a grant, verified offline, recorded."""

from __future__ import annotations

import json

import pytest

from access.verify import rooms_verify as verify
from tests import people
from tests.access.conftest import unzipped
from tests.acts import granted


@pytest.fixture
def event(used_grant, tenant, superuser):
    """One of asha's two views."""
    row = superuser["eu"].execute(
        "select id from access_auditevent where type = 'view.rooms' and tenant_id = %s",
        [tenant.pk],
    )
    return row.fetchone()[0]


def address(tenant, event):
    return f"/t/{tenant.reference}/audit/events/{event}/proof/"


def test_proof_without_a_grant_is_closed(tenant, event, sign_log, dana, sign_in):
    sign_log()
    response = sign_in(dana).get(address(tenant, event))
    assert "The proof of this event is closed" in response.content.decode()
    assert "text/html" in response["Content-Type"]


def test_proof_of_somebody_elses_tenant_is_not_there_153(
    tenant, other_tenant, event, audit_grant, casey, dana, sign_log, sign_in, superuser
):
    sign_log()
    assert sign_in(casey).get(address(tenant, event)).status_code == 404
    cara = people.person("cara", decides=[other_tenant])
    granted(casey, other_tenant, [cara])
    sign_log()
    row = superuser["eu"].execute(
        "select id from access_auditevent where tenant_id = %s limit 1", [other_tenant.pk]
    )
    assert sign_in(dana).get(address(tenant, row.fetchone()[0])).status_code == 404


def test_proof_verifies_offline_with_what_the_event_stands_on(
    tenant, event, audit_grant, sign_log, dana, sign_in, superuser
):
    sign_log()
    client = sign_in(dana)
    page = client.get(f"/t/{tenant.reference}/audit/?event={event}").content.decode()
    assert f'href="{address(tenant, event)}"' in page
    data = client.get(address(tenant, event)).content
    found = unzipped(data)
    report = verify.verify_source(data, found["keys.json"])
    assert report.exit_code == 0, verify.as_text(report)
    assert report.about["replay"]["reads_and_acts"] == 1
    assert json.loads(found["manifest.json"])["about"]["event"] == str(event)
    exported = superuser["eu"].execute(
        "select detail ->> 'event' from access_auditevent where type = 'record.exported'"
    )
    assert exported.fetchall() == [(str(event),)]


def test_event_without_a_place_has_no_proof_yet(
    tenant, used_grant, audit_grant, sign_log, dana, sign_in, superuser
):
    sign_log()
    client = sign_in(dana)
    client.get(f"/t/{tenant.reference}/audit/")
    row = superuser["eu"].execute(
        "select id from access_auditevent where type = 'view.tenant_audit'"
    )
    html = client.get(address(tenant, row.fetchone()[0])).content.decode()
    assert "Nothing to hand out." in html


def test_proof_closes_with_its_grant(
    tenant, event, audit_grant, sign_log, dana, sign_in, held_clock
):
    sign_log()
    held_clock.hold(audit_grant.ends_at)
    response = sign_in(dana).get(address(tenant, event))
    assert "is closed" in response.content.decode()
