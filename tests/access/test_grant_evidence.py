"""The evidence of a grant: closed without audit.view, told from the leaves, verified offline."""

from __future__ import annotations

import hashlib
import json

import pytest
from django.db import OperationalError, connections

from access.audit import disclosures
from access.pages import evidence as page_evidence
from access.verify import rooms_verify as verify
from tests import people
from tests.access.conftest import unzipped
from tests.acts import entered, granted
from tests.html_lint import problems


def address(tenant, grant, part="evidence/"):
    return f"/t/{tenant.reference}/grants/{grant.reference}/{part}"


@pytest.mark.parametrize("part", ["evidence/", "evidence/bundle/"])
def test_evidence_without_a_grant_is_closed_and_shows_nothing(
    tenant, used_grant, sign_log, dana, asha, sign_in, part
):
    sign_log()
    for person in (dana, asha):
        response = sign_in(person).get(address(tenant, used_grant, part))
        html = response.content.decode()
        assert response.status_code == 200
        assert problems(html) == []
        assert "is closed" in html
        for value in (used_grant.request_reference, ">Bo<", "vote", "second factor"):
            assert value not in html


@pytest.mark.parametrize("part", ["evidence/", "evidence/bundle/"])
def test_evidence_of_somebody_elses_tenant_is_not_there_153(
    tenant, audit_grant, used_grant, sign_log, casey, sign_in, part
):
    sign_log()
    assert sign_in(casey).get(address(tenant, used_grant, part)).status_code == 404


def test_evidence_tells_the_life_of_the_grant(
    tenant, used_grant, audit_grant, sign_log, dana, sign_in
):
    sign_log()
    response = sign_in(dana).get(address(tenant, used_grant))
    html = response.content.decode()
    assert problems(html) == []
    parts = {part["heading"]: part["lines"] for part in response.context["told"]["parts"]}
    assert list(parts) == [
        "Asked",
        "Votes",
        "Grant made",
        "Decided",
        "Started",
        "Reads and acts under the grant",
        "Ended",
    ]
    assert [line["who"] for line in parts["Votes"]] == ["Bo"]
    assert "second factor totp" in parts["Votes"][0]["facts"]
    assert [line["what"] for line in parts["Reads and acts under the grant"]] == [
        "looked at rooms",
        "looked at the tenant",
    ]
    assert response.context["download_url"] in html


def test_evidence_verifies_offline_and_is_the_same_twice_139(
    tenant, used_grant, audit_grant, sign_log, dana, sign_in
):
    sign_log()
    client = sign_in(dana)
    url = client.get(address(tenant, used_grant)).context["download_url"]
    response = client.get(url)
    assert response["Content-Type"] == "application/zip"
    assert used_grant.reference in response["Content-Disposition"]
    assert "no-store" in response["Cache-Control"]
    found = unzipped(response.content)
    report = verify.verify_source(response.content, found["keys.json"])
    assert report.exit_code == 0, verify.as_text(report)
    assert any("pack.json tells" in one for one in report.checked)
    assert report.about["replay"]["reads_and_acts"] == 2
    sign_log()
    assert client.get(url).content == response.content


def test_one_changed_byte_of_evidence_is_told_where_135(
    tenant, used_grant, audit_grant, sign_log, dana, sign_in
):
    sign_log()
    found = unzipped(sign_in(dana).get(address(tenant, used_grant, "evidence/bundle/")).content)
    name = sorted(one for one in found if one.startswith("proofs/"))[2]
    position = json.loads(found[name])["position"]
    proof = json.loads(found[name])
    leaf = bytearray(verify.base64_exact(proof["leaf"]))
    at = leaf.index(b"ok")
    leaf[at] ^= 1
    proof["leaf"] = verify.base64.b64encode(leaf).decode()
    found[name] = json.dumps(proof).encode()
    report = verify.verify_source(found, found["keys.json"])
    assert report.exit_code == 1
    assert report.failures[0].where["position"] == position
    assert str(position) in report.failures[0].says


def test_download_is_recorded_with_its_hash_137(
    tenant, used_grant, audit_grant, sign_log, dana, sign_in, superuser
):
    sign_log()
    response = sign_in(dana).get(address(tenant, used_grant, "evidence/bundle/"))
    rows = superuser["eu"].execute(
        "select actor_id, tenant_id, grant_references, detail from access_auditevent"
        " where type = 'record.exported'"
    )
    [(actor, of_tenant, grants, detail)] = rows.fetchall()
    assert (actor, of_tenant, grants) == (dana.pk, tenant.pk, [audit_grant.reference])
    assert detail["sha256"] == hashlib.sha256(response.content).hexdigest()
    assert (detail["of"], detail["grant"]) == ("grant", used_grant.reference)
    looked = superuser["eu"].execute(
        "select outcome from access_auditevent where type = 'view.grant_evidence_file'"
    )
    assert looked.fetchall() == [("opened",)]


def test_evidence_closes_with_its_grant(
    tenant, used_grant, audit_grant, sign_log, dana, sign_in, held_clock
):
    sign_log()
    held_clock.hold(audit_grant.ends_at)
    client = sign_in(dana)
    for part in ("evidence/", "evidence/bundle/"):
        response = client.get(address(tenant, used_grant, part))
        assert "text/html" in response["Content-Type"]
        assert "is closed" in response.content.decode()


def test_evidence_before_the_first_checkpoint_says_so(
    tenant, used_grant, audit_grant, dana, sign_in, superuser
):
    for part in ("evidence/", "evidence/bundle/"):
        html = sign_in(dana).get(address(tenant, used_grant, part)).content.decode()
        assert problems(html) == []
        assert "has no such checkpoint yet" in html
    made = superuser["eu"].execute(
        "select count(*) from access_auditevent where type = 'record.exported'"
    )
    assert made.fetchone() == (0,)


def test_evidence_of_a_grant_of_another_tenant_is_not_handed_out(
    tenant, other_tenant, used_grant, audit_grant, casey, sign_log, dana, sign_in
):
    cara = people.person("cara", decides=[other_tenant])
    theirs = granted(casey, other_tenant, [cara])
    sign_log()
    for part in ("evidence/", "evidence/bundle/"):
        html = sign_in(dana).get(address(tenant, theirs, part)).content.decode()
        assert f"says nothing of {theirs.reference}" in html
        assert "Casey" not in html


def test_page_of_the_grant_leads_an_auditor_to_its_evidence(
    tenant, used_grant, dana, asha, sign_in
):
    link = f'href="{address(tenant, used_grant)}"'
    grant_page = address(tenant, used_grant, "")
    assert link in sign_in(dana).get(grant_page).content.decode()
    assert link not in sign_in(asha).get(grant_page).content.decode()


def test_erased_name_is_told_as_taken_out_and_the_evidence_verifies(
    tenant, used_grant, audit_grant, sign_log, dana, asha, sign_in, superuser
):
    sign_log()
    superuser["eu"].execute(
        "delete from access_auditdisclosure d using access_auditevent e"
        " where e.id = d.event_id and e.actor_id = %s",
        [asha.pk],
    )
    superuser["eu"].execute(
        "update access_auditevent set actor_label = '' where actor_id = %s", [asha.pk]
    )
    client = sign_in(dana)
    page = client.get(address(tenant, used_grant))
    who = {line["who"] for part in page.context["told"]["parts"] for line in part["lines"]}
    assert who == {"Bo", "name taken out"}
    data = client.get(page.context["download_url"]).content
    report = verify.verify_source(data, unzipped(data)["keys.json"])
    assert report.exit_code == 0, verify.as_text(report)
    assert report.redacted_count == 5


@pytest.mark.parametrize(
    "table", ["access_auditdisclosure", "access_regionaltile", "access_regionalcheckpoint"]
)
def test_what_proves_the_record_is_not_read_without_a_context(
    tenant, used_grant, sign_log, superuser, table
):
    sign_log()
    with connections["eu"].cursor() as cursor:
        cursor.execute(f"select count(*) from {table}")
        assert cursor.fetchone() == (0,)
    assert superuser["eu"].execute(f"select count(*) from {table}").fetchone()[0] > 0


def test_disclosures_are_read_with_their_events_alone(
    tenant, other_tenant, used_grant, audit_grant, casey, sign_log, dana, sign_in, superuser
):
    cara = people.person("cara", decides=[other_tenant])
    granted(casey, other_tenant, [cara])
    sign_in(dana).get(address(tenant, used_grant))
    row = superuser["eu"].execute(
        "select id from access_auditevent where type = 'view.grant_evidence'"
    )
    with entered(dana, tenant, event_id=row.fetchone()[0]), connections["eu"].cursor() as cursor:
        cursor.execute("select disclosure from access_auditdisclosure")
        names = {disclosures.parse(text).value for (text,) in cursor.fetchall()}
    assert names == {"Asha", "Bo", "Dana"}
    with (
        pytest.raises(OperationalError, match="without a record"),
        entered(dana, tenant),
        connections["eu"].cursor() as cursor,
    ):
        cursor.execute("select count(*) from access_auditdisclosure")


def test_long_part_is_cut_on_the_page_and_says_so(
    tenant, used_grant, audit_grant, sign_log, dana, sign_in, monkeypatch
):
    monkeypatch.setattr(page_evidence, "SHOWN", 1)
    sign_log()
    html = sign_in(dana).get(address(tenant, used_grant)).content.decode()
    assert "1 more are in the download." in html
