"""The access ledger of a tenant is counted again, and each difference is named."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from access.verify import rooms_verify as verify
from tests.verify.maker import BEGIN, BO, Maker

SCOPES = ["inventory.view"]


@pytest.fixture
def maker() -> Maker:
    """A grant with four views: two of a room, one sent by a form, one the next day."""
    maker = Maker()
    maker.at = BEGIN.replace(hour=23, minute=40)
    maker.asked("AR-1", SCOPES)
    maker.voted("AR-1", SCOPES)
    maker.made("GR-1", "AR-1", SCOPES)
    maker.started("GR-1", SCOPES)
    maker.viewed("GR-1", SCOPES)
    maker.viewed("GR-1", SCOPES)
    maker.viewed("GR-1", SCOPES, detail={"method": "POST"}, subject_reference="RM-2")
    maker.viewed("GR-1", SCOPES, detail={"found": False}, subject_reference="RM-3")
    maker.viewed("GR-1", SCOPES, after=timedelta(minutes=30))
    return maker


def lines(maker: Maker) -> list[dict[str, Any]]:
    """The right lines, newest day first."""
    records = [json.loads(leaf) for leaf in maker.leaves]
    line = {"scopes": SCOPES, "categories": "Inventory", "purpose": "mitigate"}
    line |= {"who": "operator, employee, DE"}
    return [
        {
            **line,
            "day": records[8]["recorded_at"][:10],
            "views": 1,
            "sent": 0,
            "things": 1,
            "first": records[8]["recorded_at"],
            "last": records[8]["recorded_at"],
            "positions": [8],
        },
        {
            **line,
            "day": records[4]["recorded_at"][:10],
            "views": 2,
            "sent": 1,
            "things": 2,
            "first": records[4]["recorded_at"],
            "last": records[6]["recorded_at"],
            "positions": [4, 5, 6],
        },
    ]


def verified(maker: Maker, told: list[Any], **about: Any) -> verify.Report:
    files = maker.evidence(list(range(len(maker.leaves))))
    del files["disclosures.jsonl"]
    manifest = {**json.loads(files["manifest.json"]), "kind": "ledger"}
    ledger = {"month": "2026-11", "tenant": "TN-1", "lines": told, **about}
    files |= {
        "manifest.json": json.dumps(manifest).encode(),
        "ledger.json": json.dumps(ledger).encode(),
    }
    return verify.verify_source(files, maker.keys)


def test_right_ledger_is_counted_again(maker):
    report = verified(maker, lines(maker))
    assert report.failures == []
    said = "ledger.json counts 3 views and 1 form sent in 2 lines"
    assert any(said in one for one in report.checked)
    assert any("who looked" in one for one in report.not_checked)


def test_ledger_from_before_forms_were_told_apart_still_verifies():
    maker = Maker()
    maker.life(views=2)
    record = json.loads(maker.leaves[4])
    line = {"scopes": SCOPES, "purpose": "mitigate", "who": "operator, employee, DE"}
    line |= {"day": record["recorded_at"][:10], "views": 2, "things": 1, "positions": [4, 5]}
    times = {"first": record["recorded_at"], "last": json.loads(maker.leaves[5])["recorded_at"]}
    assert verified(maker, [{**line, **times}]).failures == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("views", 1),
        ("views", True),
        ("views", "2"),
        ("sent", 0),
        ("things", 1),
        ("day", "2026-11-21"),
        ("scopes", ["health.view"]),
        ("purpose", "assurance"),
        ("first", "2026-11-22T00:00:00Z"),
        ("last", "nonsense"),
        ("who", "auditor, employee, DE"),
        ("who", "operator, "),
        ("who", None),
    ],
)
def test_line_that_says_something_else_is_named(maker, name, value):
    told = lines(maker)
    told[1][name] = value
    report = verified(maker, told)
    assert report.exit_code == 1
    [finding] = report.failures
    assert finding.code == "ledger.differs"
    assert finding.where == {"file": "ledger.json", "position": 4, "field": name}


def without(told: list[Any], number: int, position: int) -> list[Any]:
    told[number]["positions"].remove(position)
    return told


def tampered(maker: Maker) -> dict[str, tuple[list[Any], str, int]]:
    """What was done to the lines, the code that comes of it, and where."""
    told = lines(maker)

    def having(number: int, **changes: Any) -> list[Any]:
        other = deepcopy(told)
        other[number].update(changes)
        return other

    return {
        "a view left out": (without(deepcopy(told), 1, 5), "ledger.omits", 5),
        "a line left out": (told[:1], "ledger.omits", 4),
        "counted twice": ([*told, told[0]], "ledger.twice", 8),
        "a view of nothing": (having(1, positions=[4, 5, 6, 7]), "ledger.differs", 7),
        "no view": (having(1, positions=[0, 4, 5, 6]), "ledger.differs", 0),
        "no record": (having(1, positions=[4, 5, 6, 999]), "ledger.differs", 999),
        "another day": (having(1, positions=[4, 5, 6, 8]), "ledger.differs", 8),
        "no positions": (having(1, positions=[]), "ledger.differs", 0),
        "no list": (having(1, positions=None), "ledger.differs", 0),
        "no line": ([*told, 7], "ledger.differs", 0),
        "one person, two kinds": (having(0, who="operator, employee, FR"), "ledger.differs", 4),
    }


@pytest.mark.parametrize(
    "what",
    [
        "a line left out",
        "a view left out",
        "a view of nothing",
        "another day",
        "counted twice",
        "no line",
        "no list",
        "no positions",
        "no record",
        "no view",
        "one person, two kinds",
    ],
)
def test_ledger_that_counts_otherwise_is_found(maker, what):
    told, code, position = tampered(maker)[what]
    report = verified(maker, told)
    assert report.exit_code == 1
    assert (code, position) in {(one.code, one.where["position"]) for one in report.failures}


@pytest.mark.parametrize(("key", "value"), [("month", "2026-10"), ("tenant", "TN-2")])
def test_ledger_of_something_else_counts_no_record(maker, key, value):
    assert verified(maker, lines(maker), **{key: value}).exit_code == 1


@pytest.mark.parametrize("month", [None, 7, "november", "2026-11-22"])
def test_ledger_without_a_month_is_refused(maker, month):
    report = verified(maker, lines(maker), month=month)
    assert [one.code for one in report.failures] == ["ledger.differs"]


def test_view_by_another_person_may_be_of_another_kind(maker):
    record = maker.viewed("GR-1", SCOPES, actor_id=BO)
    told = lines(maker)
    at = record["recorded_at"]
    more = {"positions": [9], "first": at, "last": at, "who": "operator, subcontractor, DE"}
    report = verified(maker, [*told, {**told[0], **more}])
    assert not [one for one in report.failures if one.code.startswith("ledger")]


def test_ledger_bundle_without_its_ledger_has_a_gap(maker):
    files = maker.evidence(list(range(len(maker.leaves))))
    manifest = {**json.loads(files["manifest.json"]), "kind": "ledger"}
    files["manifest.json"] = json.dumps(manifest).encode()
    report = verify.verify_source(files, maker.keys)
    assert "ledger.none" in {one.code for one in report.gaps}
