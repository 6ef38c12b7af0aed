"""The tamper drills: all of them find what was done, and a bundle that is no good is refused."""

from __future__ import annotations

import pytest

from access.verify import drills
from access.verify.drills import NoDrill, run_drills
from access.verify.drills.ledgers import right_ledger
from tests.verify.maker import Maker, story, zipped


def told(maker: Maker) -> dict[str, drills.Drill]:
    return {drill.name: drill for drill in run_drills(zipped(maker.whole()))}


@pytest.mark.parametrize("size", [4, 5, 255, 256, 257, 300, 520])
def test_every_drill_is_found_where_it_was_done(size):
    maker = Maker()
    for _ in range(size):
        maker.add("sign_in.ok", tenant_id=None)
    for drill in run_drills(zipped(maker.whole())):
        assert drill.found, drill


def test_drills_name_what_the_auditor_reads():
    found = told(story())
    assert next(iter(found)) == "Untouched"
    assert len(found) == 16
    assert found["Untouched"].exit_code == 0
    assert found["Edited record"].code == "record.changed"
    assert "position 157" in found["Edited record"].place
    assert "event" in found["Edited record"].said
    assert found["Database rolled back to yesterday"].code == "checkpoint.rolled_back"
    assert found["Forked checkpoints"].code == "checkpoint.forked"
    assert found["Missing disclosure"].exit_code == 0
    assert found["Missing disclosure"].place == "position 157"


def test_log_that_is_redacted_already_skips_the_drills_of_disclosures():
    maker = story()
    files = maker.whole()
    del files["disclosures.jsonl"]
    names = {drill.name for drill in run_drills(zipped(files))}
    assert "Missing disclosure" not in names
    assert "Edited record" in names


def test_ledger_of_the_drill_is_good_before_it_is_tampered_with():
    report = right_ledger(story().whole())
    assert report.failures == []
    assert any("counted again from its records" in one for one in report.checked)


def test_drill_that_goes_unnoticed_says_so(monkeypatch):
    """A verifier that sees nothing must not pass its drills."""
    monkeypatch.setattr(drills.verify.Log, "_judge_whole", lambda *_: None)
    assert not told_found("Edited record")


def told_found(name: str) -> bool:
    return told(story())[name].found


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"no zip", "cannot be read"),
        (zipped({}), "does not verify"),
        (zipped({"checkpoint": b"x"}), "does not verify"),
    ],
)
def test_bundle_that_is_no_good_is_refused(data, says):
    with pytest.raises(NoDrill, match=says):
        run_drills(data)


def test_bundle_of_a_day_is_refused():
    with pytest.raises(NoDrill, match="whole log"):
        run_drills(zipped(story().day(0, 100)))
