"""Records that are signed, and still not what a record must be: each is named with its field."""

from __future__ import annotations

import json

import pytest

from access.verify import rooms_verify as verify
from tests.verify.maker import Maker, zipped


def judged(maker: Maker) -> dict[str, dict[str, str | int]]:
    """Where each code was first found."""
    report = verify.verify_source(zipped(maker.whole()), maker.keys)
    assert report.exit_code == 1, verify.as_text(report)
    return {one.code: one.where for one in reversed(report.failures)}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"v": 3}, "v"),
        ({"v": True}, "v"),
        ({"log": "us"}, "log"),
        ({"id": "no uuid"}, "id"),
        ({"scopes": [1]}, "scopes"),
        ({"scopes": None}, "scopes"),
        ({"grant_references": "GR-1"}, "grant_references"),
        ({"actor_id": 1}, "actor_id"),
        ({"detail": []}, "detail"),
        ({"sd": ["x"]}, "sd"),
        ({"sd": [1]}, "sd"),
        ({"recorded_at": 1}, "recorded_at"),
    ],
)
def test_record_with_a_wrong_field_is_named(change, field):
    maker = Maker()
    maker.add("sign_in.ok", tenant_id=None)
    maker.add("sign_in.ok", **{"tenant_id": None, **change})
    where = judged(maker)
    assert where["record.field"]["position"] == 1
    assert where["record.field"]["field"] == field


@pytest.mark.parametrize("name", ["actor_id", "tenant_id", "sd", "detail", "v"])
def test_record_without_a_field_is_named(name):
    maker = Maker()
    maker.add("sign_in.ok", tenant_id=None)
    record = json.loads(maker.leaves[0])
    del record[name]
    maker.leaves[0] = json.dumps(record, sort_keys=True, separators=(",", ":")).encode()
    assert judged(maker)["record.field"]["field"] == name


@pytest.mark.parametrize(
    "leaf",
    [
        b"",
        b"{",
        b"[]",
        b"1",
        b'{"a":1,"a":2}',
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b'{"a":1}\n',
        b'{"a":1e3}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":"\\u0041"}',
        b'{"a":"\\ud800"}',
        b'{"a":12345678901234567890}',
        b"\xff",
        b"\xef\xbb\xbf{}",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b"9" * 60_000,
    ],
)
def test_record_that_is_no_canonical_json(leaf):
    maker = Maker()
    maker.add("sign_in.ok", tenant_id=None)
    maker.leaves.append(leaf)
    maker.disclosed.append(maker.disclosed[0])
    assert judged(maker)["record.form"]["position"] == 1


def test_event_that_stands_twice():
    maker = Maker()
    maker.add("sign_in.ok", tenant_id=None)
    maker.leaves.append(maker.leaves[0])
    maker.disclosed.append(maker.disclosed[0])
    assert "record.twice" in judged(maker)
