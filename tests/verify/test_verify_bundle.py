"""Bundles that are as they should be, and what the verifier says of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from access.scopes import SCOPES
from access.verify import rooms_verify as verify
from tests.verify.maker import Maker, Signer, story, zipped

SCRIPT = Path(verify.__file__)


@pytest.fixture(scope="module")
def maker() -> Maker:
    """A log of three grants and 315 records: one full tile and a part of one."""
    return story()


def says(report: verify.Report) -> str:
    return verify.as_text(report)


def codes(found: list[verify.Finding]) -> set[str]:
    return {finding.code for finding in found}


def test_whole_log_verifies(maker):
    report = verify.verify_source(zipped(maker.whole()), maker.keys)
    assert report.exit_code == 0, says(report)
    assert "All 315 records" in says(report)
    assert "300 reads and acts" in says(report)
    assert "3 grants" in says(report)
    assert "2 witnesses of 2" in says(report)


@pytest.mark.parametrize("size", [0, 1, 2, 7, 255, 256, 257, 512, 513])
def test_log_of_any_size_verifies(size):
    maker = Maker()
    for number in range(size):
        maker.add("sign_in.ok", tenant_id=None, detail={"number": number})
    report = verify.verify_source(maker.whole(), maker.keys, [maker.checkpoint(size // 2)])
    assert report.exit_code == 0, says(report)


def test_day_with_its_grants_verifies(maker):
    report = verify.verify_source(maker.day(0, 200), maker.keys)
    assert report.exit_code == 0, says(report)
    assert "256 records of 315" in says(report)
    assert "whether something was left out" in says(report)


def test_day_that_begins_inside_a_grant_says_so(maker):
    report = verify.verify_source(maker.day(256, 300), maker.keys)
    assert report.exit_code == 3, says(report)
    assert codes(report.gaps) == {"use.grant_elsewhere"}
    assert "GR-3" in says(report)


def test_evidence_verifies_record_by_record(maker):
    report = verify.verify_source(zipped(maker.evidence(list(range(105)))), maker.keys)
    assert report.exit_code == 0, says(report)
    assert "105 records of 315" in says(report)
    assert "1 grant against request, votes" in says(report)


def test_folder_verifies_as_the_zip_does(maker, tmp_path):
    for name, content in maker.whole().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert verify.verify_source(str(tmp_path), maker.keys).exit_code == 0


def test_zip_verifies_by_its_path(maker, tmp_path):
    (tmp_path / "bundle.zip").write_bytes(zipped(maker.whole()))
    (tmp_path / "no.zip").write_bytes(b"no zip")
    assert verify.verify_source(str(tmp_path / "bundle.zip"), maker.keys).exit_code == 0
    assert verify.verify_source(str(tmp_path / "no.zip"), maker.keys).exit_code == 2


# Disclosures


def test_missing_disclosure_is_redacted_and_located(maker):
    files = maker.whole()
    lines = files["disclosures.jsonl"].splitlines(keepends=True)
    files["disclosures.jsonl"] = b"".join(lines[:17] + lines[18:])
    report = verify.verify_source(files, maker.keys)
    assert report.exit_code == 0, says(report)
    assert report.redacted_count == 1
    assert report.redacted == [{"position": 17}]
    assert "redacted" in says(report)


def test_no_disclosures_at_all_are_all_redacted(maker):
    files = maker.whole()
    del files["disclosures.jsonl"]
    report = verify.verify_source(files, maker.keys)
    assert report.exit_code == 0
    assert report.redacted_count == 315


# Keys and witnesses


def test_keys_of_the_bundle_itself_are_a_gap(maker):
    report = verify.verify_source(maker.whole())
    assert report.exit_code == 3
    assert codes(report.gaps) == {"keys.own"}


def test_no_keys_at_all_are_a_gap(maker):
    files = maker.whole()
    del files["keys.json"]
    report = verify.verify_source(files)
    assert report.exit_code == 3
    assert "keys.none" in codes(report.gaps)


def test_no_witnesses_are_a_gap(maker):
    keys = json.dumps({"log": maker.signer.vkey, "witnesses": [], "quorum": 0}).encode()
    report = verify.verify_source(maker.whole(), keys)
    assert report.exit_code == 3
    assert codes(report.gaps) == {"witness.none"}


def test_foreign_key_is_a_failure(maker):
    stranger = Maker(seed=3)
    report = verify.verify_source(maker.whole(), stranger.keys)
    assert report.exit_code == 1
    assert codes(report.failures) == {"log.signature", "witness.quorum"}


def test_witness_too_few_is_a_failure(maker):
    files = maker.whole()
    lines = files["checkpoint"].splitlines(keepends=True)
    files["checkpoint"] = b"".join(lines[:-1])
    report = verify.verify_source(files, maker.keys)
    assert codes(report.failures) == {"witness.quorum"}
    assert "1 of 2 witnesses" in says(report)


def test_rotated_key_overlaps(maker):
    """Both keys sign while readers know only the old one; then they know both."""
    old, new = maker.signer, Signer(maker.origin, 1, 77)
    text = maker.text()
    cosigned = "".join(one.line(text) for one in maker.witnesses)
    files = maker.whole()
    files["checkpoint"] = f"{text}\n{new.line(text)}{old.line(text)}{cosigned}".encode()
    assert verify.verify_source(files, maker.keys).exit_code == 0
    both = {**json.loads(maker.keys), "log": new.vkey, "log_also": [old.vkey]}
    assert verify.verify_source(files, json.dumps(both).encode()).exit_code == 0


def test_keys_of_several_logs_in_one_file(maker):
    other = Maker("us", seed=8)
    keys = json.dumps([json.loads(other.keys), json.loads(maker.keys)]).encode()
    assert verify.verify_source(maker.whole(), keys).exit_code == 0


@pytest.mark.parametrize(
    "keys",
    [
        b"",
        b"[]",
        b"7",
        b'{"log": 1}',
        b'{"log": "x"}',
        b'{"log": "x", "log": "y"}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_keys_that_are_none_cannot_be_read(maker, keys):
    report = verify.verify_source(maker.whole(), keys)
    assert report.exit_code == 2


def test_one_key_for_two_parties_is_refused(maker):
    keys = json.loads(maker.keys)
    keys["witnesses"][1] = keys["witnesses"][0]
    report = verify.verify_source(maker.whole(), json.dumps(keys).encode())
    assert report.exit_code == 2
    assert "one key to two parties" in report.unreadable


# Earlier checkpoints


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 300, 315])
def test_earlier_checkpoint_is_continued(maker, size):
    report = verify.verify_source(maker.whole(), maker.keys, [maker.checkpoint(size)])
    assert report.exit_code == 0, says(report)
    assert "nothing was taken back" in says(report)


def test_evidence_cannot_be_compared_without_a_proof(maker):
    files = maker.evidence([0, 1])
    report = verify.verify_source(files, maker.keys, [maker.checkpoint(300)])
    assert "checkpoint.not_compared" in codes(report.gaps)


def test_earlier_checkpoint_of_another_log_cannot_be_used(maker):
    other = Maker("us")
    report = verify.verify_source(maker.whole(), maker.keys, [other.checkpoint()])
    assert report.exit_code == 2


# The command


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), *arguments], capture_output=True, text=True, check=False
    )


def test_command_verifies_keeps_and_compares(maker, tmp_path):
    bundle, keys, kept = (str(tmp_path / name) for name in ("b.zip", "keys.json", "kept"))
    Path(bundle).write_bytes(zipped(maker.whole()))
    Path(keys).write_bytes(maker.keys)
    first = run(bundle, "--keys", keys, "--keep", kept)
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stdout.startswith("VERIFIED\n")
    assert Path(kept).read_bytes() == maker.checkpoint()
    second = run(bundle, "--keys", keys, "--previous", kept, "--json")
    told = json.loads(second.stdout)
    assert (second.returncode, told["verdict"], told["exit_code"]) == (0, "verified", 0)
    assert told["about"]["size"] == 315
    assert told["failures"] == []


def test_command_fails_with_its_code_and_keeps_nothing(maker, tmp_path):
    files = maker.whole()
    files["tile/0/000"] = b"\0" * 8192
    bundle, keys, kept = (tmp_path / name for name in ("b.zip", "keys.json", "kept"))
    bundle.write_bytes(zipped(files))
    keys.write_bytes(maker.keys)
    ran = run(str(bundle), "--keys", str(keys), "--keep", str(kept))
    assert ran.returncode == 1
    assert ran.stdout.startswith("VERIFICATION FAILED\n")
    assert not kept.exists()
    assert ran.stderr == ""


@pytest.mark.parametrize("name", ["nothing.zip", "text", "empty", "/dev/null"])
def test_command_says_what_cannot_be_read(tmp_path, name):
    (tmp_path / "text").write_text("no zip")
    (tmp_path / "empty").write_bytes(b"")
    ran = run(str(tmp_path / name))
    assert ran.returncode == 2
    assert ran.stdout.startswith("CANNOT BE READ\n")
    assert ran.stderr == ""


def test_nothing_of_the_portal_is_needed():
    """The file runs in a Python that finds neither Django nor this project."""
    imports = [
        line for line in SCRIPT.read_text().splitlines() if line.startswith(("import", "from"))
    ]
    modules = {line.split()[1].partition(".")[0] for line in imports}
    assert modules - set(sys.stdlib_module_names) == {"cryptography"}


def test_floor_of_votes_is_that_of_the_published_scopes():
    ours = {scope.value: details.votes for scope, details in SCOPES.items() if details.votes > 1}
    assert ours == verify.VOTES_FLOOR
