"""What a simulation keeps and reads: identities that survive any end, and enrolment keys."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rooms.simulator.fleet import KeyFile, UnreadableKeys, endorsements, read_keys, write_keys
from rooms.simulator.identities import Identity, Kept, OtherSimulation, mark_of
from rooms.simulator.tally import Tally

BEGAN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ONE = Identity("contoso-0001.compute", "DV-ONE", "eu.DK-ONE", mark_of("eu.one"))
TWO = Identity("contoso-0002.compute", "DV-TWO", "eu.DK-TWO", mark_of("eu.two"))


def test_identities_are_there_after_a_restart(tmp_path: Path):
    kept = Kept.open(tmp_path / "state", 1, BEGAN, 15)
    kept.remember(ONE)
    kept.remember(TWO)
    again = Kept.open(tmp_path / "state", 1, BEGAN + timedelta(days=1), 15)
    assert again.identities == {ONE.name: ONE, TWO.name: TWO}
    assert again.course.began == BEGAN


def test_last_identity_of_a_machine_counts(tmp_path: Path):
    kept = Kept.open(tmp_path, 1, BEGAN, 1)
    kept.remember(ONE)
    newer = Identity(ONE.name, ONE.reference, "eu.DK-NEW", ONE.enrolled_with)
    kept.remember(newer)
    assert Kept.open(tmp_path, 1, BEGAN, 1).identities == {ONE.name: newer}


def test_line_that_was_cut_off_is_no_identity(tmp_path: Path):
    kept = Kept.open(tmp_path, 1, BEGAN, 1)
    kept.remember(ONE)
    kept.remember(TWO)
    path = tmp_path / "identities.jsonl"
    os.truncate(path, path.stat().st_size - 5)
    assert Kept.open(tmp_path, 1, BEGAN, 1).identities == {ONE.name: ONE}


def test_identity_after_a_cut_line_is_kept(tmp_path: Path):
    Kept.open(tmp_path, 1, BEGAN, 1).remember(ONE)
    path = tmp_path / "identities.jsonl"
    os.truncate(path, path.stat().st_size - 5)
    Kept.open(tmp_path, 1, BEGAN, 1).remember(TWO)
    assert Kept.open(tmp_path, 1, BEGAN, 1).identities == {TWO.name: TWO}


def test_folder_of_another_seed_is_refused(tmp_path: Path):
    Kept.open(tmp_path, 1, BEGAN, 1)
    with pytest.raises(OtherSimulation, match="seed 1"):
        Kept.open(tmp_path, 2, BEGAN, 1)


def test_enrolment_key_is_not_kept(tmp_path: Path):
    kept = Kept.open(tmp_path, 1, BEGAN, 1)
    kept.remember(Identity("m", "DV-A", "eu.DK-A", mark_of("eu.secret-words")))
    assert "secret-words" not in (tmp_path / "identities.jsonl").read_text()


def test_keys_are_read_again_when_they_change(tmp_path: Path):
    path = tmp_path / "keys"
    write_keys(path, [("one", "eu.a")])
    keys = KeyFile(path)
    assert (keys.find("one"), keys.find("two")) == ("eu.a", None)
    write_keys(path, [("one", "eu.b"), ("two", "eu.c")])
    assert (keys.find("one"), keys.find("two")) == ("eu.b", "eu.c")


def test_keys_may_have_empty_lines_and_nothing_else(tmp_path: Path):
    path = tmp_path / "keys"
    path.write_text("\none eu.a\n\n")
    assert read_keys(path) == {"one": "eu.a"}
    path.write_text("one eu.a\ntwo\n")
    with pytest.raises(UnreadableKeys, match="Line 2") as caught:
        read_keys(path)
    assert "eu.a" not in str(caught.value)


def test_endorsements_are_of_one_tpm_each_and_follow_the_seed():
    one, again, other = (list(endorsements(60, seed)) for seed in (1, 1, 2))
    assert one == again
    assert len({entry.digest for entry in one}) == len(one)
    assert not {entry.digest for entry in one} & {entry.digest for entry in other}


def test_line_tells_what_went_wrong():
    tally = Tally(machines=3)
    tally.accepted("one")
    tally.dark("two")
    assert not tally.complete
    tally.without_key.add("three")
    assert tally.complete
    said = tally.line("power_loss since 2 min")
    assert "1 of 3 devices reported" in said
    assert "1 without power" in said
    assert "1 without an enrolment key" in said
    assert said.endswith("| power_loss since 2 min")
