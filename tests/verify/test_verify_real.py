"""Real bundles of a real story: asked, voted, started, looked, returned, through the portal."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.core.management import call_command

from access import audit
from access.actions.grants import return_grant
from access.audit import export, sequencer
from access.scopes import Scope
from access.verify import rooms_verify as verify
from access.verify.drills import run_drills
from tests.acts import ask, entered, granted, vote
from tests.verify.maker import entry_tile, split_tile


def files(bundle: export.Bundle) -> bytes:
    with io.BytesIO() as target:
        bundle.write_zip(target)
        return target.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def publish(as_auditor, as_web, settings, tmp_path):
    """Call it, and all that is staged in the EU is sequenced, signed and cosigned."""
    settings.AUDIT_KEYS_DIR = tmp_path / "keys"

    def call() -> None:
        as_auditor()
        while sequencer.sequence("eu"):
            pass
        call_command("sign_checkpoints", "--once")

    return call


@pytest.fixture
def grant(tenant, asha, bo, bea, sign_in):
    """A used and returned grant, a denied request, one of two votes, and a closed page."""
    closed = sign_in(asha).get(f"/t/{tenant.reference}/rooms/")
    assert closed.status_code == 200
    grant = granted(asha, tenant, [bo])
    page = sign_in(asha).get(f"/t/{tenant.reference}/rooms/")
    assert page.status_code == 200
    request = ask(asha, tenant, Scope.ACTIVITY_VIEW, duration=grant.duration / 4)
    vote(bea, tenant, request)
    vote(bo, tenant, request)
    refused = ask(asha, tenant, Scope.HEALTH_VIEW)
    vote(bo, tenant, refused, "deny")
    with entered(asha, tenant):
        return_grant(by=asha, grant_id=grant.pk)
    return grant


def keys_of(data: bytes) -> bytes:
    return unzipped(data)["keys.json"]


def test_whole_log_verifies(grant, publish):
    publish()
    data = files(export.whole_log("eu"))
    report = verify.verify_source(data, keys_of(data))
    assert report.exit_code == 0, verify.as_text(report)
    assert report.redacted_count == 0
    assert report.about["replay"]["grants_judged"] == 2
    assert report.about["replay"]["grants_started"] == 1
    assert report.about["replay"]["reads_and_acts"] >= 1


def test_day_verifies(grant, publish, superuser):
    publish()
    [today] = superuser["eu"].execute("select (lock.now() at time zone 'UTC')::date").fetchone()
    data = files(export.day("eu", today))
    report = verify.verify_source(data, keys_of(data))
    assert report.exit_code == 0, verify.as_text(report)


def test_evidence_verifies_with_its_pack(grant, publish):
    publish()
    data = files(export.evidence("eu", grant.reference))
    report = verify.verify_source(data, keys_of(data))
    assert report.exit_code == 0, verify.as_text(report)
    assert any("pack.json tells" in one for one in report.checked)


def test_log_of_the_control_plane_verifies(asha, as_auditor, settings, tmp_path):
    settings.AUDIT_KEYS_DIR = tmp_path / "keys"
    audit.record_control("search.made", by=asha, detail={"hits": 0})
    audit.record_control("sign_in.refused", by=None, outcome="refused", detail={"why": "code"})
    as_auditor()
    while sequencer.sequence("default"):
        pass
    call_command("sign_checkpoints", "--once")
    data = files(export.whole_log("default"))
    report = verify.verify_source(data, keys_of(data))
    assert report.exit_code == 0, verify.as_text(report)


def test_pack_that_tells_another_story_is_found(grant, publish):
    publish()
    found = unzipped(files(export.evidence("eu", grant.reference)))
    pack = json.loads(found["pack.json"])
    pack["votes"][0]["detail"]["second_factor"] = "passkey"
    dropped = pack["uses"].pop()
    found["pack.json"] = json.dumps(pack).encode()
    report = verify.verify_source(found, found["keys.json"])
    assert {one.code for one in report.failures} == {"pack.differs", "pack.omits"}
    positions = {one.where["position"] for one in report.failures}
    assert positions == {pack["votes"][0]["position"], dropped["position"]}


def test_erased_person_verifies_as_redacted(grant, publish, superuser):
    publish()
    superuser["eu"].execute("delete from access_auditdisclosure")
    data = files(export.whole_log("eu"))
    report = verify.verify_source(data, keys_of(data))
    assert report.exit_code == 0, verify.as_text(report)
    assert report.redacted_count == report.about["size"]


def test_later_log_continues_and_an_older_one_is_a_rollback(grant, publish, tenant, asha, as_web):
    publish()
    older = files(export.whole_log("eu"))
    as_web()
    ask(asha, tenant, Scope.ACCOUNT_VIEW)
    publish()
    newer = files(export.whole_log("eu"))
    kept = {name: unzipped(data)["checkpoint"] for name, data in (("old", older), ("new", newer))}
    onward = verify.verify_source(newer, keys_of(newer), [kept["old"]])
    assert onward.exit_code == 0, verify.as_text(onward)
    back = verify.verify_source(older, keys_of(older), [kept["new"]])
    assert [one.code for one in back.failures] == ["checkpoint.rolled_back"]


def test_one_byte_of_a_real_bundle_is_told_where(grant, publish):
    publish()
    found = unzipped(files(export.whole_log("eu")))
    [name] = [name for name in found if name.startswith("tile/entries/")]
    leaves = split_tile(found[name])
    leaves[3] = leaves[3].replace(b'"ok"', b'"oK"')
    found[name] = entry_tile(leaves)
    report = verify.verify_source(found, found["keys.json"])
    assert report.failures[0].code == "record.changed"
    assert report.failures[0].where["position"] == 3


def test_every_drill_on_a_real_bundle_is_found(grant, publish):
    publish()
    drills = run_drills(files(export.whole_log("eu")))
    assert len(drills) == 16
    assert [drill.name for drill in drills if not drill.found] == []
