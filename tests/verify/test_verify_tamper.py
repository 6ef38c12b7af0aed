"""Tampering: each kind must be found, named and located."""

from __future__ import annotations

import base64
import json

import pytest

from access.verify import rooms_verify as verify
from tests.verify.maker import (
    Maker,
    b64,
    b64url,
    consistency,
    entry_tile,
    mth,
    sha,
    split_tile,
    story,
    tile_path,
    zipped,
)

FULL, TAIL = "tile/entries/000", "tile/entries/001.p/59"


@pytest.fixture(scope="module")
def maker() -> Maker:
    """315 records: a full tile and one of 59."""
    return story()


def found(report: verify.Report) -> dict[str, dict[str, str | int]]:
    """Where each code was first found."""
    assert report.exit_code == 1, verify.as_text(report)
    return {one.code: one.where for one in reversed(report.failures)}


def judged(maker: Maker, files: dict[str, bytes], *previous: bytes) -> dict[str, dict]:
    return found(verify.verify_source(zipped(files), maker.keys, previous))


def with_entries(files: dict[str, bytes], name: str, leaves: list[bytes]) -> dict[str, bytes]:
    return {**files, name: entry_tile(leaves)}


def rebuilt(maker: Maker, leaves: list[bytes]) -> dict[str, bytes]:
    """All tiles made anew over other records, the checkpoint left as it was signed."""
    other = Maker()
    other.leaves, other.disclosed = leaves, maker.disclosed
    return {**maker.whole(), **other.tiles(), **other.entries()}


def edited(leaf: bytes) -> bytes:
    return leaf.replace(b'"outcome":"opened"', b'"outcome":"closed"')


# Records


def test_edited_record_is_located_and_named(maker):
    files = maker.whole()
    leaves = split_tile(files[FULL])
    event = json.loads(leaves[50])["id"]
    leaves[50] = edited(leaves[50])
    report = verify.verify_source(with_entries(files, FULL, leaves), maker.keys)
    where = found(report)
    assert where["record.changed"]["position"] == 50
    assert where["record.changed"]["file"] == FULL
    assert where["tree.root"]["field"] == "root"
    assert event in report.failures[0].says


def test_edited_record_with_its_tile_is_narrowed_to_the_tile(maker):
    other = story(6)
    leaves = list(other.leaves)
    leaves[50] = edited(leaves[50])
    new = Maker()
    new.leaves = leaves
    files = {**other.whole(), FULL: new.entries()[FULL], "tile/0/000": new.tiles()["tile/0/000"]}
    where = judged(other, files)
    assert where["records.unproven"] == {"file": "tile/1/000.p/2", "position": 0}


def test_rebuilt_tree_is_not_the_signed_one(maker):
    leaves = list(maker.leaves)
    leaves[50] = edited(leaves[50])
    report = verify.verify_source(rebuilt(maker, leaves), maker.keys, [maker.checkpoint(40)])
    where = found(report)
    assert where["tree.root"]["file"] == "checkpoint"
    # The auditor's own checkpoint narrows it down: what they saw is still there.
    assert any("first 40 records are as you saw" in one for one in report.not_checked)


@pytest.mark.parametrize("position", [0, 100, 254])
def test_deleted_record_is_located(maker, position):
    files = maker.whole()
    leaves = split_tile(files[FULL])
    del leaves[position]
    where = judged(maker, with_entries(files, FULL, leaves))
    assert where["record.deleted"]["position"] == position
    assert where["entries.count"]["file"] == FULL


def test_deleted_record_with_all_others_moved_up(maker):
    leaves = list(maker.leaves)
    del leaves[100]
    other = Maker()
    other.leaves = leaves
    files = {k: v for k, v in maker.whole().items() if not k.startswith("tile/entries/")}
    where = judged(maker, {**files, **other.entries()})
    assert where["record.deleted"]["position"] == 100
    assert where["entries.count"]["file"] == "tile/entries/001.p/58"


def test_inserted_record_is_located(maker):
    files = maker.whole()
    leaves = split_tile(files[FULL])
    leaves.insert(33, leaves[3])
    where = judged(maker, with_entries(files, FULL, leaves[:256]))
    assert where["record.inserted"]["position"] == 33


@pytest.mark.parametrize(("one", "other"), [(10, 11), (0, 255), (20, 300)])
def test_swapped_records_are_located(maker, one, other):
    leaves = list(maker.leaves)
    leaves[one], leaves[other] = leaves[other], leaves[one]
    new = Maker()
    new.leaves = leaves
    where = judged(maker, {**maker.whole(), **new.entries()})
    assert where["record.swapped"]["position"] == one
    assert where["record.swapped"]["other"] == other
    assert "record.changed" not in where


def test_truncated_tail_is_located(maker):
    files = maker.whole()
    del files[TAIL]
    where = judged(maker, files)
    assert where["entries.missing"] == {"file": TAIL, "position": 256}


def test_truncated_inside_a_tile_is_located(maker):
    files = maker.whole()
    leaves = split_tile(files.pop(TAIL))
    files["tile/entries/001.p/50"] = entry_tile(leaves[:50])
    where = judged(maker, files)
    assert where["entries.count"]["file"] == "tile/entries/001.p/50"
    assert where["record.deleted"]["position"] == 256 + 50


def test_missing_tile_in_the_middle_is_located():
    maker = story(9)
    files = maker.whole()
    del files["tile/entries/001"]
    report = verify.verify_source(files, maker.keys)
    assert found(report)["entries.missing"] == {"file": "tile/entries/001", "position": 256}
    assert "records 256 to 511" in verify.as_text(report)


def test_entry_that_runs_out_of_its_tile(maker):
    files = maker.whole()
    files[TAIL] = files[TAIL][:-1]
    where = judged(maker, files)
    assert where["entries.form"]["file"] == TAIL


def test_changed_hash_tile_is_not_blamed_on_the_record(maker):
    files = maker.whole()
    tile = bytearray(files["tile/0/000"])
    tile[32 * 7] ^= 1
    files["tile/0/000"] = bytes(tile)
    report = verify.verify_source(files, maker.keys)
    assert found(report)["tile.changed"] == {"file": "tile/0/000", "position": 7}
    assert report.failure_count == 1


def test_changed_upper_tile_is_located(maker):
    files = maker.whole()
    files["tile/1/000.p/1"] = bytes(32)
    assert judged(maker, files)["tile.changed"]["file"] == "tile/1/000.p/1"


def test_short_tile_is_located(maker):
    files = maker.whole()
    files["tile/0/000"] = files["tile/0/000"][:-32]
    assert judged(maker, files)["tile.width"]["file"] == "tile/0/000"


def test_missing_hash_tile_is_a_gap(maker):
    files = maker.whole()
    del files["tile/0/000"]
    report = verify.verify_source(files, maker.keys)
    assert report.exit_code == 3
    assert report.gaps[0].where == {"file": "tile/0/000"}


# Checkpoints


def test_log_rolled_back_to_yesterday(maker):
    """A perfectly good bundle of an earlier state: only the auditor's memory tells."""
    yesterday = story()
    del yesterday.leaves[200:], yesterday.disclosed[200:]
    files = yesterday.whole()
    assert verify.verify_source(files, maker.keys).exit_code == 0
    where = judged(maker, files, maker.checkpoint())
    assert where["checkpoint.rolled_back"]["previous"] == 315


def test_rolled_back_and_written_on(maker):
    """Rolled back to 200 records and filled with others up to a larger size."""
    other = story(2)
    del other.leaves[200:], other.disclosed[200:]
    for number in range(3, 6):
        other.life(number)
    where = judged(maker, other.whole(), maker.checkpoint(202))
    assert where["checkpoint.inconsistent"]["previous"] == 202
    assert verify.verify_source(other.whole(), maker.keys, [maker.checkpoint(200)]).exit_code == 0


def test_forked_checkpoint_of_the_same_size(maker):
    fork = maker.note(maker.text(root=sha(b"another history")))
    where = judged(maker, maker.whole(), fork)
    assert where["checkpoint.forked"] == {"file": "checkpoint", "field": "root", "previous": 315}


def test_fork_of_an_evidence_bundle_is_found_by_its_proof(maker):
    def with_proof(size: int) -> dict[str, bytes]:
        proof = {"hashes": [b64(one) for one in consistency(size, maker.hashes)]}
        return {
            **maker.evidence([0, 1]),
            f"consistency/{size}.json": json.dumps(proof).encode(),
        }

    good = verify.verify_source(with_proof(200), maker.keys, [maker.checkpoint(200)])
    assert "nothing was taken back" in verify.as_text(good)
    fork = maker.note(maker.text(200, sha(b"another history")))
    assert "checkpoint.inconsistent" in judged(maker, with_proof(200), fork)


def test_earlier_checkpoint_that_the_log_never_signed(maker):
    """Somebody planted it: it proves nothing against the log, and is said to be unsigned."""
    planted = Maker(seed=5)
    planted.leaves = maker.leaves
    where = judged(maker, maker.whole(), planted.checkpoint())
    assert where["log.signature"]["file"] == "your earlier checkpoint"
    assert "checkpoint.forked" not in where


def test_changed_root_is_not_signed(maker):
    files = maker.whole()
    text = maker.text()
    other = maker.text(root=mth(maker.hashes[:-1]))
    files["checkpoint"] = files["checkpoint"].replace(text.encode(), other.encode())
    where = judged(maker, files)
    assert where["log.signature"]["file"] == "checkpoint"
    assert where["witness.signature"]["key"] == "rooms-ops.example/witness/apac"
    assert "tree.root" in where


# Disclosures


def line_of(maker: Maker, at: int, **changes: str) -> bytes:
    line = {**maker.disclosed[at], **changes}
    return (json.dumps(line, sort_keys=True) + "\n").encode()


def with_line(maker: Maker, at: int, line: bytes) -> dict[str, bytes]:
    files = maker.whole()
    lines = files["disclosures.jsonl"].splitlines(keepends=True)
    lines[at] = line
    return {**files, "disclosures.jsonl": b"".join(lines)}


def test_disclosure_of_another_value(maker):
    text = maker.disclosed[5]["disclosure"]
    salt = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))[0]
    lie = b64url(json.dumps([salt, "actor_label", "Somebody else"]).encode())
    event = maker.disclosed[5]["event"]
    where = judged(maker, with_line(maker, 5, line_of(maker, 5, disclosure=lie)))
    assert where["disclosure.wrong"] == {
        "file": "disclosures.jsonl",
        "line": 6,
        "event": event,
        "field": "actor_label",
    }


def test_disclosure_under_another_event(maker):
    line = line_of(maker, 5, event=maker.disclosed[6]["event"])
    assert judged(maker, with_line(maker, 5, line))["disclosure.wrong"]["line"] == 6


def test_disclosure_under_another_name(maker):
    where = judged(maker, with_line(maker, 5, line_of(maker, 5, name="reason")))
    assert where["disclosure.form"]["line"] == 6


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{}\n",
        b"null\n",
        b'{"disclosure": "", "event": "", "name": ""}\n',
        b"\xff\n",
        b"x" * 5000 + b"\n",
        b"[" * 5000 + b"\n",
    ],
)
def test_line_that_is_no_disclosure(maker, line):
    assert judged(maker, with_line(maker, 5, line))["disclosure.form"]["line"] == 6


# Proofs, packs and manifests


def test_evidence_of_an_edited_record(maker):
    files = maker.evidence([0, 1, 2, 3, 4])
    proof = json.loads(files["proofs/4.json"])
    proof["leaf"] = b64(edited(base64.b64decode(proof["leaf"])))
    files["proofs/4.json"] = json.dumps(proof).encode()
    assert judged(maker, files)["proof.wrong"] == {"file": "proofs/4.json", "position": 4}


def test_evidence_at_another_position(maker):
    files = maker.evidence([0, 1])
    files["proofs/2.json"] = files.pop("proofs/1.json")
    assert judged(maker, files)["proof.other"]["file"] == "proofs/2.json"


@pytest.mark.parametrize(
    "change", [{"hashes": []}, {"hashes": 1}, {"hashes": ["AA=="]}, {"leaf": 1}, {"size": "315"}]
)
def test_proof_that_is_none(maker, change):
    files = maker.evidence([0, 1])
    files["proofs/1.json"] = json.dumps({**json.loads(files["proofs/1.json"]), **change}).encode()
    assert {"proof.wrong", "proof.form"} & set(judged(maker, files))


def test_day_with_an_edited_record(maker):
    files = maker.day(0, 100)
    leaves = split_tile(files[FULL])
    leaves[50] = edited(leaves[50])
    where = judged(maker, with_entries(files, FULL, leaves))
    assert where["record.changed"]["position"] == 50


def test_day_without_the_tiles_that_prove_it(maker):
    files = maker.day(0, 100)
    del files["tile/0/001.p/59"]
    assert judged(maker, files)["tile.missing"]["position"] == 0


def test_log_passed_off_as_a_day(maker):
    """A range.json added to hide that records are missing does not pass for the whole log."""
    files = {**maker.whole(), "range.json": b'{"first": 0, "last": 255}'}
    del files[TAIL]
    assert judged(maker, files)["manifest.differs"]["field"] == "kind"


@pytest.mark.parametrize(
    ("name", "value"), [("size", 314), ("root", "AA=="), ("log", "us"), ("kind", "x")]
)
def test_manifest_that_says_something_else(maker, name, value):
    files = maker.whole()
    files["manifest.json"] = json.dumps(
        {**json.loads(files["manifest.json"]), name: value}
    ).encode()
    assert judged(maker, files)["manifest.differs"]["field"] == name


def test_every_tile_name_of_the_maker_is_that_of_the_verifier():
    """Both spell paths by themselves."""
    for number in (0, 7, 999, 1000, 1234567):
        assert tile_path(0, number, 9) == verify.tile_name(0, number, 9)
