"""The certificate's script: what is changed is noticed, and what is hostile does no harm."""

from __future__ import annotations

import ast
import base64
import json
import sys
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from access.audit.notes import ED25519, Signer
from diagnostics.cases import rooms_certificate as script
from diagnostics.cases.certificate import FORMAT

SEED = bytes(range(32))
SIGNER = Signer.from_seed("rooms-ops.example/audit/certificates-eu", ED25519, SEED)
GOOD = {
    "format": FORMAT,
    "region": "eu",
    "case": "CA-7K3QF92X",
    "kind": "erasure",
    "tenant": "TN-7K3QF92X",
    "opened": {"by": "Asha", "at": "2026-11-22T08:00:00.000000Z"},
    "approved": [
        {"by": "Bo", "for": "operations", "at": "2026-11-22T08:10:00.000000Z"},
        {"by": "Béa", "for": "security", "at": "2026-11-22T08:05:00.000000Z"},
    ],
    "executed": {"by": "Asha", "grant": "GR-1", "at": "2026-11-22T09:00:00.000000Z"},
    "certified_at": "2026-11-22T09:01:00.000000Z",
    "tables": [{"table": "diagnostics_logentry", "before": 30, "after": 0}],
    "destroyed": {
        "keys": [],
        "keys_sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "chain_sha256": "0" * 64,
    },
    "backups": {"days": 30, "gone_by": "2026-12-22T09:01:00.000000Z"},
    "record": {"log": "eu", "size": 17, "root_sha256": "a" * 64},
}


def signed(statement: object) -> dict[str, object]:
    payload = FORMAT.encode() + b"\n" + rfc8785.dumps(statement)
    signature = base64.b64encode(SIGNER.private.sign(payload)).decode()
    return {"certificate": statement, "key": str(SIGNER.verifier), "signature": signature}


def judged(tmp_path: Path, document: object, key: str = "") -> tuple[int, str]:
    path = tmp_path / "c.json"
    if isinstance(document, bytes):
        path.write_bytes(document)
    else:
        path.write_text(json.dumps(document, ensure_ascii=False))
    answer = script.judge(str(path), key)
    return answer["exit_code"], answer.get("why", "")


def changed(**members: object) -> dict[str, object]:
    return signed(json.loads(json.dumps(GOOD)) | members)


def test_good_one_is_verified_with_its_key_only(tmp_path):
    document = signed(GOOD)
    assert judged(tmp_path, document, str(SIGNER.verifier)) == (0, "")
    assert judged(tmp_path, document) == (3, "")
    other = Signer.from_seed("somebody.example/c", ED25519, bytes(32))
    code, why = judged(tmp_path, document, str(other.verifier))
    assert code == 1
    assert "another key" in why


def test_script_and_portal_name_the_same_format():
    assert script.FORMAT == FORMAT


def test_every_changed_value_breaks_the_signature(tmp_path):
    for name, value in GOOD.items():
        document = signed(GOOD)
        other = json.loads(json.dumps(GOOD))
        other[name] = [value, 1]
        document["certificate"] = other
        assert judged(tmp_path, document)[0] in (1, 2), name


WRONG = {
    "rows left": ({"tables": [{"table": "t", "before": 3, "after": 1}]}, "still has 1"),
    "no table": ({"tables": []}, "no table"),
    "one group": ({"approved": [GOOD["approved"][0]]}, "lacks an approval"),
    "own approval": ({"opened": {"by": "Bo", "at": GOOD["opened"]["at"]}}, "approved it"),
    "early end": ({"certified_at": "2026-11-22T08:30:00.000000Z"}, "not in order"),
    "keys": ({"destroyed": GOOD["destroyed"] | {"keys_sha256": "0" * 64}}, "hash of the keys"),
    "root": ({"record": {"log": "eu", "size": 1, "root_sha256": "x"}}, "root is no hash"),
}


@pytest.mark.parametrize(("change", "said"), list(WRONG.values()), ids=list(WRONG))
def test_signed_nonsense_is_wrong(tmp_path, change, said):
    code, why = judged(tmp_path, changed(**change), str(SIGNER.verifier))
    assert code == 1
    assert said in why


HOSTILE = {
    "nothing": b"",
    "no JSON": b"\x00\xff\xfe",
    "deep": b"[" * 100_000,
    "deep object": b'{"a":' * 50_000,
    "twice": b'{"certificate": {}, "certificate": {}, "key": "", "signature": ""}',
    "float": b'{"certificate": {"a": 1.5}, "key": "", "signature": ""}',
    "nan": b'{"certificate": {"a": NaN}, "key": "", "signature": ""}',
    "huge number": b'{"certificate": {"a": ' + b"9" * 5000 + b'}, "key": "", "signature": ""}',
    "half a pair": b'{"certificate": {"a": "\\ud800"}, "key": "", "signature": ""}',
    "key of nothing": b'{"certificate": {}, "key": null, "signature": null}',
    "list": b"[]",
}


@pytest.mark.parametrize("document", list(HOSTILE.values()), ids=list(HOSTILE))
def test_hostile_input_is_unreadable(tmp_path, document):
    assert judged(tmp_path, document)[0] == 2


def test_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(script, "LARGEST", 100)
    code, why = judged(tmp_path, signed(GOOD))
    assert code == 2
    assert "more than 100 bytes" in why


def test_missing_file_is_unreadable(tmp_path):
    assert script.judge(str(tmp_path / "none.json"))["exit_code"] == 2


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inside: (
        st.lists(inside, max_size=4)
        | st.dictionaries(st.text(st.characters(max_codepoint=127)), inside, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(st.characters(max_codepoint=127)), PLAIN, max_size=5))
def test_canonical_form_is_that_of_the_standard(statement):
    assert script.canonical(statement) == rfc8785.dumps(statement)


def test_script_needs_nothing_of_ours():
    tree = ast.parse(Path(script.__file__).read_text())
    names = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert names - {"cryptography"} <= set(sys.stdlib_module_names)
