"""Any changed byte of what is signed for is reported, and no bundle whatever brings a traceback."""

from __future__ import annotations

import contextlib
import functools
import json
from typing import Any

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from access.verify import rooms_verify as verify
from tests.verify.maker import Maker, story, zipped

EAGER = settings(
    deadline=None,
    max_examples=150,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@functools.cache
def log() -> Maker:
    return story(3, 84)  # 267 records


@functools.cache
def bundles() -> dict[str, dict[str, bytes]]:
    """One of each kind. That of a day begins at 0, so that it holds its grants."""
    return {
        "whole": log().whole(),
        "day": log().day(0, 100),
        "evidence": log().evidence([*range(5), 88]),
    }


def report(files: Any) -> verify.Report:
    """The report, in both of its forms too: telling must not fail either."""
    made = verify.verify_source(files, log().keys)
    verify.as_text(made).encode()
    json.dumps(made.as_dict())
    return made


def signed_for(name: str) -> bool:
    return name == "checkpoint" or name.startswith(("tile/", "disclosures"))


@st.composite
def places(draw: st.DrawFn) -> tuple[str, str, int]:
    """A bundle, a file of it that is signed for, and a byte in that."""
    kind = draw(st.sampled_from(sorted(bundles())))
    files = bundles()[kind]
    name = draw(st.sampled_from(sorted(filter(signed_for, files))))
    return kind, name, draw(st.integers(0, len(files[name]) - 1))


def test_bundles_verify_as_they_are():
    for files in bundles().values():
        made = report(files)
        assert made.exit_code == 0, verify.as_text(made)


@EAGER
@given(places(), st.integers(1, 255))
def test_any_changed_byte_is_reported(place, change):
    kind, name, at = place
    files = dict(bundles()[kind])
    data = bytearray(files[name])
    data[at] ^= change
    files[name] = bytes(data)
    assert report(files).exit_code in (1, 2)


@EAGER
@given(places(), st.integers(1, 40))
def test_any_missing_piece_is_reported(place, length):
    """A piece cut out; whole lines of disclosures may be missing, they are redacted then."""
    kind, name, at = place
    files = dict(bundles()[kind])
    files[name] = files[name][:at] + files[name][at + length :]
    made = report(files)
    if name == "disclosures.jsonl" and made.exit_code == 0:
        assert made.redacted_count > 0
    else:
        assert made.exit_code in (1, 2)


@EAGER
@given(places(), st.binary(min_size=1, max_size=40))
def test_any_added_piece_is_reported(place, more):
    kind, name, at = place
    files = dict(bundles()[kind])
    files[name] = files[name][:at] + more + files[name][at:]
    assert report(files).exit_code in (1, 2)


@EAGER
@given(st.data())
def test_any_missing_or_exchanged_file_is_reported(data):
    files = dict(bundles()["whole"])
    name = data.draw(st.sampled_from(sorted(filter(signed_for, files))))
    other = data.draw(st.sampled_from([None, *sorted(filter(signed_for, files))]))
    if other is None:
        del files[name]
    else:
        assume(files[name] != files[other])
        files[name] = files[other]
    made = report(files)
    redacted = name == "disclosures.jsonl" and made.redacted_count > 0
    assert made.exit_code in (1, 2, 3) or redacted


@EAGER
@given(st.integers(0, 4), st.integers(1, 255), st.data())
def test_any_changed_byte_of_a_proof_is_reported(position, change, data):
    """But for the white space of JSON, which says nothing."""
    files = dict(bundles()["evidence"])
    name = f"proofs/{position}.json"
    content = bytearray(files[name])
    content[data.draw(st.integers(0, len(content) - 1))] ^= change
    with contextlib.suppress(ValueError):
        assume(json.loads(bytes(content)) != json.loads(files[name]))
    files[name] = bytes(content)
    assert report(files).exit_code in (1, 2)


@EAGER
@given(st.data())
def test_mangled_zip_never_brings_a_traceback(data):
    content = bytearray(zipped(bundles()[data.draw(st.sampled_from(sorted(bundles())))]))
    for _ in range(data.draw(st.integers(1, 6))):
        # The directory, at the end, is where harm is done.
        at = data.draw(st.integers(0, len(content) - 1) | st.integers(1, 2000).map(lambda n: -n))
        content[at] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content))) :]
    assert report(bytes(content)).exit_code in (0, 1, 2, 3)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@EAGER
@given(JSON, st.sampled_from(["manifest.json", "pack.json", "proofs/3.json", "keys.json"]))
@example({"request": [{"position": True}], "uses": [{"position": 0, "subject": {}}]}, "pack.json")
def test_side_file_of_any_json_never_brings_a_traceback(value, name):
    files = {**bundles()["evidence"], name: json.dumps(value).encode()}
    report(files)
    verify.verify_source(files)


FIELDS = [name for name, _ in verify.RECORD_FIELDS]
KINDS = (
    "request.submitted",
    "request.changed",
    "request.question_asked",
    "request.approved",
    "vote.cast",
    "vote.not_counted",
    "grant.ready",
    "grant.started",
    "grant.returned",
    "stop.pressed",
    "view.room",
)
DETAILS = (
    "revision",
    "requester",
    "minutes",
    "quorum",
    "votes",
    "holder",
    "request",
    "policy_version",
    "starts_at",
    "ends_at",
    "claim_by",
    "second_factor",
    "rooms",
    "whole_tenant",
    "decision",
    "voter",
    "scopes",
)
DETAIL = st.dictionaries(
    st.sampled_from(DETAILS),
    st.none()
    | st.booleans()
    | st.integers(-(1 << 52), 1 << 52)
    | st.text(max_size=5)
    | st.lists(st.text(max_size=3), max_size=2)
    | st.just("9999-12-31T23:59:59Z")
    | st.just("2026-02-30T00:00:00Z"),
)


@EAGER
@given(st.lists(st.tuples(st.sampled_from(KINDS), DETAIL, st.booleans()), max_size=12))
def test_signed_nonsense_never_brings_a_traceback(events):
    """Records that are well formed and signed, whose details are of any kind."""
    maker = Maker()
    for kind, detail, opened in events:
        maker.add(
            kind,
            outcome="opened" if opened else "ok",
            subject_type="grant",
            subject_reference="GR-1",
            grant_references=["GR-1"],
            scopes=["health.view"],
            detail=detail,
        )
    assert report(maker.whole()).exit_code in (0, 1, 3)


@EAGER
@given(st.lists(JSON, min_size=1, max_size=3), st.sampled_from(FIELDS))
def test_record_with_a_field_of_any_kind_never_brings_a_traceback(values, name):
    maker = Maker()
    for value in values:
        record = maker.add("view.room")
        leaf = json.dumps({**record, name: value}, sort_keys=True, separators=(",", ":"))
        maker.leaves[-1] = leaf.encode()
    report(maker.whole())
