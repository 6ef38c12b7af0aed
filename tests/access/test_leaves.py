"""Leaves and disclosures, against the examples of RFC 8785 and RFC 9901."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from access.audit import disclosures
from access.audit.disclosures import BadDisclosure, Disclosure
from access.audit.leaves import NAMES, canonical, is_plain, moment, quick

# RFC 9901, sections 4.2.1 and 4.2.3, and two of section 5.1
FAMILY = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
GIVEN = "WyIyR0xDNDJzS1F2ZUNmR2ZyeU5STjl3IiwgImdpdmVuX25hbWUiLCAiSm9obiJd"
EMAIL = "WyI2SWo3dE0tYTVpVlBHYm9TNXRtdlZBIiwgImVtYWlsIiwgImpvaG5kb2VAZXhhbXBsZS5jb20iXQ"
LIST_ITEM = "WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0"  # section 4.2.2: salt and value only


def event(**changes):
    """A row as the sequencer reads it."""
    known = dict.fromkeys(NAMES, "") | {
        "id": "00000000-0000-0000-0000-000000000001",
        "recorded_at": "2026-11-22T08:00:00.125000Z",
        "scopes": ["b", "a"],
        "detail": '{"z": 1, "a": {"c": null, "b": true}}',
        **changes,
    }
    return [known[name] for name in NAMES]


@pytest.mark.parametrize(
    ("disclosure", "digest"),
    [
        (FAMILY, "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"),
        (GIVEN, "jsu9yVulwQQlhFlM_3JlzMaSFzglhQG0DpfayQwLUK4"),
        (EMAIL, "JzYjH4svliH0R3PyEMfeZu6Jt69u5qehZo7F7EPYlSE"),
        (LIST_ITEM, "w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs"),
    ],
)
def test_digest_is_the_published_one(disclosure, digest):
    assert disclosures.digest(disclosure) == digest


def test_disclosure_is_the_published_one():
    salt = "_26bc4LT-ac6q2KI6cBW5es"
    assert disclosures.make("family_name", "Möbius", salt) == FAMILY
    assert disclosures.parse(FAMILY) == Disclosure(salt, "family_name", "Möbius")


def test_salt_is_fresh_and_has_128_bits():
    salts = {disclosures.parse(disclosures.make("n", "v")).salt for _ in range(50)}
    assert len(salts) == 50
    assert {len(salt) for salt in salts} == {22}  # 16 bytes in base64url


@pytest.mark.parametrize(
    "text",
    [
        "",
        LIST_ITEM,
        FAMILY[:-2],
        f"{FAMILY}=",
        "W10",
        disclosures.b64url(b'["AAAAAAAAAAAAAAAAAAAAAA", "_sd", "x"]'),
        disclosures.b64url(b'[1, "n", "v"]'),
        disclosures.b64url(b"[" * 9000),
    ],
)
def test_malformed_disclosure_is_refused(text):
    with pytest.raises(BadDisclosure):
        disclosures.parse(text)


def test_canonical_form_is_that_of_rfc_8785():
    """The examples of sections 3.2.3 (sorting) and 3.2.2 (literals, numbers, strings)."""
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    sorted_names = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert list(json.loads(rfc8785.dumps(dict.fromkeys(names, "")))) == sorted_names
    given = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 1e-27],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    assert rfc8785.dumps(given).decode() == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
)


@given(values)
def test_quick_form_of_what_is_plain_is_the_canonical_one(value):
    if is_plain(value):
        assert quick(value) == rfc8785.dumps(value)


def test_what_is_not_plain_takes_the_long_way():
    for value in (1.5, [2**53], {"a": [-(2**53)]}, {"\u20ac": 1}):
        assert not is_plain(value)
    leaf = canonical("eu", event(detail='{"\U0001f600": 1.50, "\ufb33": 2}'), [])
    assert b'"detail":{"\xf0\x9f\x98\x80":1.5,"\xef\xac\xb3":2}' in leaf


def test_leaf_has_one_spelling():
    leaf = canonical("eu", event(), [FAMILY, GIVEN])
    assert leaf.decode() == (
        '{"actor_id":"","detail":{"a":{"b":true,"c":null},"z":1},"grant_references":"",'
        '"id":"00000000-0000-0000-0000-000000000001","log":"eu","outcome":"","purpose":"",'
        '"recorded_at":"2026-11-22T08:00:00.125000Z","scopes":["b","a"],'
        '"sd":["X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0",'
        '"jsu9yVulwQQlhFlM_3JlzMaSFzglhQG0DpfayQwLUK4"],"session":"","subject_reference":"",'
        '"subject_type":"","tenant_id":"","tenant_reference":"","type":"","v":2}'
    )
    assert canonical("eu", event(), [GIVEN, FAMILY]) == leaf


def test_moment_is_utc_to_the_microsecond():
    berlin = timezone(timedelta(hours=1))
    assert moment(datetime(2026, 11, 22, 9, 0, 0, tzinfo=berlin)) == "2026-11-22T08:00:00.000000Z"
    assert moment(datetime(2026, 11, 22, 8, 0, 0, 125, UTC)) == "2026-11-22T08:00:00.000125Z"
