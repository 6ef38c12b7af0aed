"""Two bundles of a part of the log are compared with each other; and how much fits into one."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from access.audit import export, growth
from access.verify import rooms_verify as verify
from tests.access.conftest import unzipped


@pytest.fixture
def download(tenant, used_grant, audit_grant, sign_log, dana, sign_in):
    """Call it, and dana has the evidence of a grant, a day or the ledger, as of now."""
    pages = {
        "evidence": f"/t/{tenant.reference}/grants/{used_grant.reference}/evidence/bundle/",
        "ledger": f"/t/{tenant.reference}/audit/ledger/bundle/",
        "day": f"/t/{tenant.reference}/audit/day/{used_grant.created_at:%Y-%m-%d}/bundle/",
    }

    def call(kind: str, query: str = "") -> dict[str, bytes]:
        sign_log()
        response = sign_in(dana).get(pages[kind] + query)
        assert response["Content-Type"] == "application/zip", response.content.decode()
        return unzipped(response.content)

    return call


def verified(found: dict[str, bytes], *previous: bytes) -> verify.Report:
    return verify.verify_source(found, found["keys.json"], list(previous))


def compared(report: verify.Report) -> bool:
    return any("nothing was taken back" in one for one in report.checked)


@pytest.mark.parametrize("kind", ["evidence", "ledger", "day"])
def test_bundle_is_compared_with_the_one_before(download, kind):
    first = download(kind)
    second = download(kind)
    report = verified(second, first["checkpoint"])
    assert report.failures == []
    assert compared(report)
    assert not [one for one in report.gaps if one.code == "checkpoint.not_compared"]


def test_bundles_of_different_kinds_are_compared(download):
    kept = [download("evidence")["checkpoint"], download("day")["checkpoint"]]
    report = verified(download("ledger"), *kept)
    assert report.failures == []
    assert sum("nothing was taken back" in one for one in report.checked) == 2


def test_bundle_says_nothing_of_proofs_that_nobody_asked_for(download):
    download("day")
    second = download("day")
    assert [name for name in second if name.startswith("consistency/")]
    report = verified(second)
    assert not any("consistency" in one for one in report.not_checked)
    assert not [one for one in report.gaps if one.code == "files.idle"]


def test_log_with_another_history_is_found(download):
    """The proof is of what was signed: a checkpoint that was never this log's does not fit."""
    first, second = download("day"), download("day")
    [name] = [one for one in second if one.startswith("consistency/")]
    proof = json.loads(second[name])
    proof["hashes"][0] = proof["hashes"][-1]
    forged = {**second, name: json.dumps(proof).encode()}
    report = verified(forged, first["checkpoint"])
    assert "checkpoint.inconsistent" in {one.code for one in report.failures}


def test_only_so_many_checkpoints_are_compared(download, monkeypatch):
    monkeypatch.setattr(growth, "MOST", 1)
    first, second = download("day"), download("day")
    third = download("day")
    sizes = [verify.Checkpoint.parse(one["checkpoint"]).size for one in (first, second)]
    held = [name for name in third if name.startswith("consistency/")]
    assert held == [f"consistency/{sizes[1]}.json"]
    report = verified(third, first["checkpoint"])
    assert "checkpoint.not_compared" in {one.code for one in report.gaps}


def test_command_compares_with_what_it_is_given(download, used_grant, as_auditor, tmp_path):
    first = download("evidence")
    download("ledger")
    size = verify.Checkpoint.parse(first["checkpoint"]).size
    as_auditor()
    out = tmp_path / "bundle.zip"
    call_command("export_audit", "eu", out, grant=used_grant.reference, previous=[size, 9**9])
    found = unzipped(out.read_bytes())
    assert f"consistency/{size}.json" in found
    report = verified(found, first["checkpoint"])
    assert report.failures == []
    assert compared(report)


def test_evidence_with_too_many_events_says_what_to_do(
    tenant, used_grant, audit_grant, sign_log, dana, sign_in, as_auditor, monkeypatch, tmp_path
):
    sign_log()
    monkeypatch.setattr(export, "MOST", 3)
    address = f"/t/{tenant.reference}/grants/{used_grant.reference}/evidence/bundle/"
    html = sign_in(dana).get(address).content.decode()
    assert "more than 3 events" in html
    assert "day by day instead" in html
    as_auditor()
    with pytest.raises(CommandError, match=f"{used_grant.created_at:%Y-%m-%d}"):
        call_command("export_audit", "eu", tmp_path / "out.zip", grant=used_grant.reference)
