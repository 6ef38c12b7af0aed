"""The signer and the witnesses: they sign what continues, and refuse what does not."""

from __future__ import annotations

import json
import os
import stat

import pytest
from django.core.management import CommandError, call_command

from access import audit
from access.audit import export, sequencer
from access.audit.checkpoints import Checkpoint, opened, origin
from access.audit.cosignatures import cosigned_by
from access.audit.durable import Memory, MemoryFault
from access.audit.keys import KeyRing, NoKey, parse
from access.audit.merkle import Peaks, consistency_ranges, leaf_hash, proof
from access.audit.notes import ED25519, BadNote, Note, Signer, VerifierKey
from access.audit.publisher import Publisher
from access.audit.signing import Inconsistent, LogSigner, Witness
from access.audit.tiles import grown, reader
from access.residency import CONTROL
from tests.acts import entered

EU = origin("eu")
LEAVES = [leaf_hash(bytes([at])) for at in range(20)]


def tree(size: int, leaves: list[bytes] = LEAVES) -> Checkpoint:
    return Checkpoint(EU, size, Peaks().append(leaves[:size]).root())


def steps(old: int, new: int) -> list[bytes]:
    return proof(consistency_ranges(old, new), reader(grown(0, {}, LEAVES)))


@pytest.fixture
def signer(tmp_path):
    """A signer that has signed nothing."""
    return LogSigner([Signer.from_seed(EU, ED25519, b"1" * 32)], Memory(tmp_path / "eu.json"))


@pytest.fixture
def ring(tmp_path, settings):
    """Keys of this test, made as they are asked for."""
    settings.AUDIT_KEYS_DIR = tmp_path / "keys"
    return KeyRing(tmp_path / "keys", {}, may_make=True)


def test_signer_signs_what_continues(signer):
    for old, new in ((0, 3), (3, 8), (8, 8), (8, 20)):
        note = signer.sign(tree(new), steps(old, new) if old else [])
        assert opened(note.encode(), EU, [signer.keys[0].verifier]) == tree(new)
    assert signer.memory.last(EU) == tree(20)


def test_signer_refuses_what_does_not_continue(signer):
    signer.sign(tree(8), [])
    forked = [leaf_hash(b"other"), *LEAVES[1:]]
    for new, path in (
        (tree(7), []),
        (tree(8, forked), []),
        (tree(20, forked), steps(8, 20)),
        (tree(20), []),
        (tree(20), steps(7, 20)),
        (tree(20), steps(8, 20)[1:]),
        (Checkpoint(EU, 0, Peaks().root()), []),
    ):
        with pytest.raises(Inconsistent):
            signer.sign(new, path)
    assert signer.memory.last(EU) == tree(8)
    with pytest.raises(BadNote):
        signer.sign(Checkpoint(origin("us"), 9, tree(9).root), [])


def test_memory_is_its_owners_alone_and_outlives_the_process(signer):
    signer.sign(tree(5), [])
    assert stat.S_IMODE(signer.memory.path.stat().st_mode) == 0o600
    again = LogSigner(signer.keys, Memory(signer.memory.path))
    with pytest.raises(Inconsistent):
        again.sign(tree(4), [])


def test_memory_that_changed_meanwhile_or_cannot_be_read_signs_nothing(signer):
    signer.sign(tree(5), [])
    with pytest.raises(MemoryFault):
        signer.memory.replace(tree(3), tree(8))
    for junk in ("", "[]", '{"x": 1}', '{"x": {"size": 1, "root": "zz"}}'):
        signer.memory.path.write_text(junk)
        with pytest.raises(MemoryFault):
            signer.sign(tree(8), steps(5, 8))


def test_witness_cosigns_what_the_log_signed_and_nothing_else(signer, tmp_path):
    key = KeyRing(tmp_path, {}, may_make=True).witness("us")
    witness = Witness(key, Memory(tmp_path / "w.json"), {EU: [signer.keys[0].verifier]})
    first = signer.sign(tree(5), [])
    line = witness.add_checkpoint(first.encode(), [], 1_700_000_000)
    assert cosigned_by(Note.parse((first + line).encode()), [key.verifier]) == {
        key.verifier: 1_700_000_000
    }
    forged = first.replace("\n5\n", "\n6\n")
    stranger = Signer.from_seed(EU, ED25519, b"9" * 32)
    text = tree(8).text()
    for note in (forged, f"{text}\n{stranger.sign(text)}", first.replace(EU, origin("apac"))):
        with pytest.raises(BadNote):
            witness.add_checkpoint(note.encode(), [], 1)
    second = signer.sign(tree(8), steps(5, 8))
    for path in ([], steps(4, 8)):
        with pytest.raises(Inconsistent):
            witness.add_checkpoint(second.encode(), path, 1)
    witness.add_checkpoint(second.encode(), steps(5, 8), 1)
    with pytest.raises(Inconsistent):
        witness.add_checkpoint(first.encode(), [], 1)


# -- Keys -----------------------------------------------------------------------------------------


def test_key_file_is_made_once_and_for_its_owner(ring):
    first = ring.log("eu")[0].verifier
    assert stat.S_IMODE((ring.folder / "eu.key").stat().st_mode) == 0o600
    assert ring.log("eu")[0].verifier == first
    os.chmod(ring.folder / "eu.key", 0o644)
    with pytest.raises(NoKey):
        ring.log("eu")


def test_key_is_not_made_in_production(tmp_path):
    with pytest.raises(NoKey):
        KeyRing(tmp_path, {}).log("eu")
    given = KeyRing(tmp_path, {"eu": "11" * 32 + "," + "22" * 32})
    assert [key.name for key in given.log("eu")] == [EU, EU]
    with pytest.raises(NoKey):
        given.rotate("eu")
    for text in ("", "zz", "11", "11" * 31, ",".join(["11" * 32] * 5)):
        with pytest.raises(NoKey):
            parse(text)


def test_rotated_keys_sign_together_until_the_old_one_retires(ring):
    old = ring.log("eu")[0].verifier
    new = ring.rotate("eu")
    both = LogSigner(ring.log("eu"), Memory(ring.folder / "m.json")).sign(tree(3), [])
    for known in (old, new):
        assert opened(both.encode(), EU, [known]) == tree(3)
    ring.retire("eu")
    assert [key.verifier for key in ring.log("eu")] == [new]
    alone = LogSigner(ring.log("eu"), Memory(ring.folder / "m.json")).sign(tree(8), steps(3, 8))
    with pytest.raises(BadNote):
        opened(alone.encode(), EU, [old])


# -- The process, on the databases ----------------------------------------------------------------


def stage(by, tenant, number: int) -> None:
    with entered(by, tenant):
        for _ in range(number):
            audit.record("view.test")


def rounds(ring) -> Publisher:
    regions = ["eu", "apac", "us"]
    publisher = Publisher(ring, logs=["control", *regions], witnesses=regions)
    publisher.round()
    return publisher


def problem_of(superuser, alias: str = "eu") -> str:
    return superuser[alias].execute("select check_problem from access_regionalhead").fetchone()[0]


def test_logs_are_published_and_cosigned_by_the_other_regions(
    tenant, asha, as_auditor, superuser, ring
):
    stage(asha, tenant, 3)
    audit.record_control("sign_in.ok", by=asha)
    as_auditor()
    for alias in ("eu", CONTROL):
        sequencer.sequence(alias)
    rounds(ring)
    for alias, regions in (("eu", ["apac", "us"]), (CONTROL, ["eu", "apac", "us"])):
        of = export.source(alias)
        witnesses = [ring.witness(region).verifier for region in regions]
        assert of.keys["witnesses"] == sorted(map(str, witnesses))
        note = Note.parse((of.note + "".join(of.cosignatures)).encode())
        assert note.signed_by([VerifierKey.parse(of.keys["log"])])
        assert set(cosigned_by(note, witnesses)) == set(witnesses)
    with pytest.raises(export.NothingToExport):
        export.source("us")
    assert problem_of(superuser) == ""


def test_news_are_published_and_quiet_is_not(tenant, asha, as_auditor, superuser, ring):
    stage(asha, tenant, 3)
    as_auditor()
    sequencer.sequence("eu")
    publisher = rounds(ring)
    for _ in range(3):
        publisher.round()
    sizes = "select array_agg(size order by size) from access_regionalcheckpoint"
    assert superuser["eu"].execute(sizes).fetchone() == ([3],)


def roll_back(superuser, size: int) -> None:
    """Put yesterday's database back, as its superuser can."""
    behind = superuser["eu"]
    leaves = behind.execute(
        "select leaf_hash from access_regionalleaf where position < %s order by 1", [size]
    ).fetchall()
    peaks = Peaks().append(bytes(row[0]) for row in leaves)
    with behind.transaction():
        behind.execute("set local session_replication_role = replica")
        behind.execute("delete from access_regionalleaf where position >= %s", [size])
        behind.execute("delete from access_regionalcheckpoint where size > %s", [size])
        behind.execute(
            "update access_regionalhead set size = %s, root = %s, peaks = %s",
            [size, peaks.root(), list(peaks.roots)],
        )


def test_database_rolled_back_is_refused_and_said(
    tenant, asha, as_auditor, superuser, ring, caplog
):
    stage(asha, tenant, 5)
    as_auditor()
    sequencer.sequence("eu")
    publisher = rounds(ring)
    roll_back(superuser, 2)
    publisher.round()
    assert "5 were signed before" in problem_of(superuser)
    assert superuser["eu"].execute("select count(*) from access_regionalcheckpoint").fetchone() == (
        0,
    )
    assert [r.levelname for r in caplog.records if "5 were signed" in r.getMessage()]


def test_edited_leaf_is_found_by_the_self_check(tenant, asha, as_auditor, superuser, ring):
    stage(asha, tenant, 5)
    as_auditor()
    sequencer.sequence("eu")
    with superuser["eu"].transaction():
        superuser["eu"].execute("set local session_replication_role = replica")
        superuser["eu"].execute(
            "update access_regionalleaf set content = 'other' where position = 4"
        )
    rounds(ring)
    assert problem_of(superuser) == "Event 4 does not have the content that was hashed."


def test_command_signs_once_and_rotates(tenant, asha, as_auditor, superuser, ring, capsys):
    stage(asha, tenant, 1)
    as_auditor()
    sequencer.sequence("eu")
    call_command("sign_checkpoints", "--once", "--logs", "eu", "--witnesses", "us")
    assert len(export.source("eu").cosignatures) == 1
    call_command("sign_checkpoints", "--rotate", "eu")
    assert str(ring.log("eu")[0].verifier) in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("sign_checkpoints", "--once", "--logs", "mars")
    kept = json.loads((ring.folder / "eu.signed.json").read_text())
    assert kept[EU]["size"] == 1


def test_change_of_keys_is_an_event_of_that_log(tenant, asha, as_auditor, superuser, ring):
    asked = (
        "select detail from access_auditevent where type = 'record.keys_changed'"
        " order by recorded_at"
    )
    stage(asha, tenant, 1)
    as_auditor()
    sequencer.sequence("eu")
    rounds(ring)
    old = str(ring.log("eu")[0].verifier)
    new = str(ring.rotate("eu"))
    rounds(ring)
    rounds(ring)
    ring.retire("eu")
    rounds(ring)
    sequencer.sequence("eu")
    begun, ended = (detail for (detail,) in superuser["eu"].execute(asked).fetchall())
    assert begun == {"keys": [new, old], "begun": [new], "ended": []}
    assert ended == {"keys": [new], "begun": [], "ended": [old]}
    assert superuser["us"].execute(asked).fetchall() == []


def test_witness_that_runs_elsewhere_is_expected_and_log_elsewhere_is_known(ring, tmp_path):
    far = KeyRing(tmp_path / "far", {}, may_make=True)
    theirs = [far.log("us")[0].verifier, far.witness("apac").verifier]
    here = Publisher(ring, logs=["eu"], witnesses=["eu"], elsewhere=theirs)
    assert here.expected("eu") == [theirs[1]]
    assert here.witnesses["eu"].logs[origin("us")] == [theirs[0]]
