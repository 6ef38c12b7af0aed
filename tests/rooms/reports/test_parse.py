"""Limits and the schema, and attempts to smuggle what must never be stored."""

from __future__ import annotations

import base64
import json
import random
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from rooms.device_api.problems import KINDS, Refused
from rooms.reports import guard
from rooms.reports.guard import Content
from rooms.reports.parse import FIELDS, parse
from rooms.reports.schema import Report
from tests.rooms.device_api import bodies

WHOLE = bodies.report()
FUZZ = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def refusal(body: bytes) -> Refused:
    """How these bytes are refused; it is a failure when they are not."""
    with pytest.raises(Refused) as caught:
        parse(body)
    return caught.value


def places(whole: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where a text stands in a report."""
    if isinstance(whole, dict):
        return [found for name in whole for found in places(whole[name], (*path, name))]
    if isinstance(whole, list):
        return [found for at, value in enumerate(whole) for found in places(value, (*path, at))]
    return [path] if isinstance(whole, str) else []


PLACES = places(WHOLE)


def put(path: tuple[Any, ...], text: str) -> dict[str, Any]:
    """A report with this text in that place."""
    whole = json.loads(json.dumps(WHOLE))
    inner = whole
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = text
    return whole


def test_normal_report_is_about_3_kb_and_comes_back_as_it_is() -> None:
    body = bodies.as_bytes(WHOLE)
    assert 2_500 < len(body) < 3_500
    assert parse(body) == Report.model_validate_json(body)


def test_known_fields_are_never_taken_for_content() -> None:
    for name in FIELDS:
        assert guard.found_in_names({name: 1}, FIELDS) is None


# -- Any bytes ------------------------------------------------------------------------------------


@FUZZ
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_a_code(body: bytes) -> None:
    refused = refusal(body)
    assert refused.code in KINDS
    assert all(c.isprintable() for c in refused.sentence + refused.field)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)


@FUZZ
@given(name=st.text(max_size=20), value=JSON)
def test_any_unknown_field_is_refused(name: str, value: Any) -> None:
    assume(name not in WHOLE and name not in FIELDS)
    refused = refusal(json.dumps(WHOLE | {name: value}).encode())
    assert refused.code in {"field_unknown", "content_refused", "too_deep", "malformed"} | {
        "field_invalid"  # a lone surrogate
    }


@FUZZ
@given(place=st.sampled_from(sorted(WHOLE)), value=JSON)
def test_any_value_in_a_field_is_taken_or_refused_with_a_code(place: str, value: Any) -> None:
    with suppress(Refused):  # anything else is a fault of ours
        parse(json.dumps(WHOLE | {place: value}).encode())


# -- A good report is read once, everything else twice --------------------------------------------


def insides(whole: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where an object stands in a report."""
    inner = whole.items() if isinstance(whole, dict) else enumerate(whole)
    found = [path] if isinstance(whole, dict) else []
    for name, value in inner:
        if isinstance(value, dict | list):
            found += insides(value, (*path, name))
    return found


@pytest.mark.parametrize("path", insides(WHOLE), ids=lambda path: ".".join(map(str, path)) or "-")
def test_name_twice_is_refused_wherever_it_stands(path: tuple[Any, ...]) -> None:
    whole = json.loads(json.dumps(WHOLE))
    inner = whole
    for step in path:
        inner = inner[step]
    name, value = next(iter(inner.items()))
    inner["?"] = "?"
    twice = f"{json.dumps(name)}: {json.dumps(value)}"
    refused = refusal(json.dumps(whole).replace('"?": "?"', twice).encode())
    assert (refused.code, refused.field) == ("duplicate_field", name)


def test_name_twice_with_other_escapes_is_refused() -> None:
    body = bodies.as_bytes(WHOLE).replace(b'"bios":', b'"s\\u0065rial":"x","bios":')
    assert refusal(body).code == "duplicate_field"


@pytest.mark.parametrize("text", ['a "quoted" name', "back\\slash", "a: b, {c} [d]", "é ü 😀"])
def test_signs_of_json_in_a_text_are_no_names(text: str) -> None:
    whole = put(("system", "model"), text)
    for body in (json.dumps(whole).encode(), json.dumps(whole, ensure_ascii=False).encode()):
        assert parse(body).system.model == text


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_number_that_is_none_is_malformed(number: str) -> None:
    body = bodies.as_bytes(WHOLE).replace(b'"cpu_percent":12.5', f'"cpu_percent":{number}'.encode())
    assert refusal(body).code == "malformed"


def test_broken_escape_is_malformed() -> None:
    assert refusal(bodies.as_bytes(WHOLE).replace(b"Lenovo", b"Len\\xovo")).code == "malformed"


# -- Smuggling ------------------------------------------------------------------------------------

BEGINNINGS = [
    *(b"RIFF$\x00\x00\x00WAVEfmt ", b"ID3\x03\x00\x00\x00\x00", b"OggS\x00\x02\x00\x00"),
    *(b"fLaC\x00\x00\x00\x22", b"\xff\xd8\xff\xe0\x00\x10JFIF", b"\x89PNG\r\n\x1a\n\x00\x00"),
    *(b"GIF89a\x01\x00\x01\x00", b"\x1aE\xdf\xa3\x01\x00\x00\x00", b"%PDF-1.7\n%\xe2\xe3"),
    *(b"PK\x03\x04\x14\x00\x06\x00", b"\xff\xfb\x90\x64\x00\x00", b"\x00\x00\x00\x18ftypmp42"),
]


def encoded(data: bytes, how: str) -> str:
    """Bytes as text."""
    match how:
        case "hex":
            return data.hex()
        case "HEX":
            return data.hex().upper()
        case "url":
            return base64.urlsafe_b64encode(data).decode()
        case "data":
            return "data:audio/wav;base64," + base64.b64encode(data).decode()
        case _:
            return base64.b64encode(data).decode()


@FUZZ
@given(
    beginning=st.sampled_from(BEGINNINGS),
    rest=st.binary(min_size=16, max_size=60),
    how=st.sampled_from(["base64", "url", "hex", "HEX", "data"]),
    path=st.sampled_from(PLACES),
    before=st.sampled_from(["", "Logitech ", "v", "(", "=", ": "]),
)
def test_media_is_found_in_any_text(
    beginning: bytes, rest: bytes, how: str, path: tuple[Any, ...], before: str
) -> None:
    assume(not ((before and before[-1].isalnum()) or before == "="))
    text = before + encoded(beginning + rest, how)
    refused = refusal(bodies.as_bytes(put(path, text)))
    assert refused.code == "content_refused"
    assert refused.kind in (Content.MEDIA, Content.ENCODED)


@FUZZ
@given(st.binary(min_size=40, max_size=80), st.sampled_from(PLACES), st.integers(0, 2**32))
def test_long_encoded_data_is_found_in_any_text(
    data: bytes, path: tuple[Any, ...], seed: int
) -> None:
    """Whatever it is: no name, version or serial looks like this."""
    padded = bytes(random.Random(seed).randbytes(40)) + data
    refused = refusal(bodies.as_bytes(put(path, encoded(padded, "base64"))))
    assert refused.code == "content_refused"


def test_data_in_slices_is_found() -> None:
    """Each slice would pass; four of them do not."""
    data = encoded(random.Random(1).randbytes(400), "base64").replace("/", "x").replace("+", "y")
    slices = [data[at : at + 40] for at in range(0, 480, 40)]
    parts = [bodies.peripheral(n, name=piece) for n, piece in enumerate(slices)]
    assert refusal(bodies.as_bytes(bodies.report(peripherals=parts))).kind == Content.ENCODED


SAID = {
    Content.EMAIL: [
        "bob@contoso.example",
        "Bob <b.s@c.co>",
        "x@y",
        "room1@contoso.onmicrosoft.com",
    ],
    Content.LINK: [
        "https://teams.example/l/meetup",
        "http://a",
        "see www.contoso.example",
        "ftp://h",
    ],
    Content.MEETING: ["Subject: Layoffs", "organizer=Bob", "Attendees : 5", "AGENDA: money"],
    Content.CHAT: ["Bob said: no", "Eve wrote: yes", "chat: hello", "Transcript: well"],
    Content.CONTACT: ["BEGIN:VCARD", "begin:vevent", "DTSTART:20260101", "tel:+4512345678"],
}
TELLING = [(kind, text) for kind, texts in SAID.items() for text in texts]


def in_capitals(text: str) -> str:
    """Letters of the other case."""
    return text.swapcase()


def in_full_width(text: str) -> str:
    """Look-alike letters that normalise to the plain ones."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def with_nothing_between(text: str) -> str:
    """Zero-width characters between the letters."""
    return "\u200b".join(text)


DISGUISES = [str, in_capitals, in_full_width, with_nothing_between]


@FUZZ
@given(
    told=st.sampled_from(TELLING),
    path=st.sampled_from(PLACES),
    disguise=st.sampled_from(DISGUISES),
    escaped=st.booleans(),
    around=st.sampled_from([("", ""), ("Rally ", ""), ("", " 2"), ("(", ")")]),
)
@example((Content.EMAIL, "a@b"), ("system", "serial"), str, True, ("", ""))
def test_what_people_say_is_found_in_any_text(
    told: tuple[Content, str],
    path: tuple[Any, ...],
    disguise: Any,
    escaped: bool,
    around: tuple[str, str],
) -> None:
    kind, text = told
    hidden = around[0] + disguise(text) + around[1]
    body = bodies.as_bytes(put(path, "HERE"))
    spelled = "".join(f"\\u{ord(c):04x}" for c in hidden) if escaped else hidden
    refused = refusal(body.replace(b'"HERE"', f'"{spelled}"'.encode()))
    assert refused.code == "content_refused"
    assert refused.kind == kind


@FUZZ
@given(
    told=st.sampled_from(TELLING),
    name=st.text("abcdefgh_", min_size=1, max_size=12).map(lambda text: "x" + text),
    deep=st.integers(0, 3),
)
def test_what_people_say_is_found_in_unknown_fields_and_their_names(
    told: tuple[Content, str], name: str, deep: int
) -> None:
    kind, text = told
    for inner in ({name: text}, {text: name}):
        value: Any = inner
        for _ in range(deep):
            value = {name: value}
        refused = refusal(bodies.as_bytes(WHOLE | {name: value}))
        assert (refused.code, refused.kind) == ("content_refused", kind)
        assert text not in refused.sentence


def test_what_was_found_once_is_found_again() -> None:
    """What is remembered is what was clean."""
    body = bodies.as_bytes(put(("system", "model"), "bob@contoso.example"))
    for _ in range(3):
        assert refusal(body).kind == Content.EMAIL


@pytest.mark.parametrize(
    "name",
    [
        *("Logitech Rally Bar Huddle", "Poly Studio X52", "Intel(R) Core(TM) i5-8500T", "Yealink"),
        *("HDMI: 2160p @ 30", "AV Access 4KSW21-KVM 2x1", "Jabra PanaCast 50 (USB 3.0)", "USB//2"),
        *("Crestron UC-ENGINE", "Café São Paulo 3", "会議室カメラ", "Shure MXA920-S 24\\60"),
    ],
)
def test_names_of_real_things_are_taken(name: str) -> None:
    taken = bodies.report(peripherals=[bodies.peripheral(1, name=name)])
    if "@" in name:
        assert refusal(bodies.as_bytes(taken)).code == "field_invalid"
    else:
        assert parse(bodies.as_bytes(taken)).peripherals[0].name == name
