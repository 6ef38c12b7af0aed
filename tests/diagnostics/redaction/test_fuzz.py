"""A planted word is never found again, in any position of any nesting of grammars; what was cut
stays as it is; and nothing but CannotJudge is ever raised."""

from __future__ import annotations

import base64
import html
import json
import urllib.parse
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diagnostics.redaction import CannotJudge, cut, judge_line
from tests.diagnostics.redaction.corpus import SPELLINGS, WRITINGS
from tests.diagnostics.redaction.templates import KEYS

CANARY = "Quokkazebra"
LINE = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn", "Zl", "Zp"]),
    max_size=24,
)
SINGLE = [(hole, key) for keys in KEYS.values() for hole in ("S", "J") for key in keys[hole]]
LONG = [(hole, key) for keys in KEYS.values() for hole in ("B", "C", "T") for key in keys[hole]]
LATIN = [key for key in SINGLE + LONG if key[1].isascii() and " " not in key[1] and len(key[1]) > 4]
HEAD = "2022-06-14 09:12:33.123 [INFO] [12] Calendar: "
quiet = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@st.composite
def bare(draw: st.DrawFn) -> str:
    """A key and a value without marks, on one line or, for long kinds, on several."""
    hole, key = draw(st.sampled_from(SINGLE + LONG))
    sign = draw(st.sampled_from([": ", "=", " = ", " => ", ":\t", "："]))
    value = draw(LINE) + CANARY + draw(LINE)
    if hole in "BCT":
        value = "first\n" + draw(LINE) + "\n" + value
    return draw(st.sampled_from([HEAD, "", "[x] "])) + key + sign + "x " + value


@st.composite
def document(draw: st.DrawFn) -> str:
    """A field of a JSON document, at some depth, among others."""
    _, key = draw(st.sampled_from(SINGLE + LONG))
    spelled = SPELLINGS[draw(st.sampled_from(sorted(SPELLINGS)))](key) if len(key) > 4 else key
    value: object = {draw(LINE): 1, spelled: "x " + draw(LINE) + CANARY + draw(LINE), "id": 4}
    for _ in range(draw(st.integers(0, 4))):
        value = draw(st.sampled_from([{"item": value, "n": 1}, [value], {"a": [1, value]}]))
    return json.dumps({"root": value}, ensure_ascii=draw(st.booleans()))


@st.composite
def markup(draw: st.DrawFn) -> str:
    """An element, an attribute, or a named field of XML."""
    _, key = draw(st.sampled_from(LATIN))
    value = html.escape("x " + draw(LINE) + CANARY + draw(LINE))
    shape = draw(st.sampled_from(["<R><a:{k}>{v}</a:{k}><Id>4</Id></R>", '<R {k}="{v}" b="1"/>',
                                  "<R><Data Name='{k}'>{v}</Data></R>",
                                  '<R><P name="{k}" value="{v}"/></R>']))  # fmt: skip
    return shape.format(k=key, v=value)


@st.composite
def address(draw: st.DrawFn) -> str:
    """A parameter of a URL."""
    _, key = draw(st.sampled_from(LATIN))
    value = urllib.parse.quote("x " + draw(LINE) + CANARY + draw(LINE))
    return f"GET /a/b?id=4&{key}={value}&x=1 HTTP/1.1"


@st.composite
def calendar(draw: st.DrawFn) -> str:
    """A property of a calendar entry, folded or not."""
    name = draw(st.sampled_from(["SUMMARY", "DESCRIPTION", "SUMMARY;LANGUAGE=de", "COMMENT"]))
    value = (draw(LINE) + " " + CANARY + draw(LINE)).replace(",", "\\,")
    fold = draw(st.integers(0, 20))
    folded = value[:fold] + "\r\n " + value[fold:] if fold and CANARY in value[fold:] else value
    return f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{name}:x {folded}\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR"


@st.composite
def cues(draw: st.DrawFn) -> str:
    """What was said between two times."""
    said = "x " + draw(LINE) + CANARY + draw(LINE)
    return f"WEBVTT\n\n00:00:01.000 --> 00:00:03.000\n{said}\n\n00:00:04.000 --> 00:00:05.000\nso {said}"


@st.composite
def in_between(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    """A text in up to three other writings."""
    text = draw(inner)
    for name in draw(st.lists(st.sampled_from(sorted(WRITINGS)), max_size=3)):
        text = WRITINGS[name](text)
    return text


GRAMMARS: list[Callable[[], st.SearchStrategy[str]]] = [
    bare, document, markup, address, calendar, cues,
]  # fmt: skip
ANY = in_between(st.one_of([grammar() for grammar in GRAMMARS]))


def traces(word: str) -> list[str]:
    """The word, and every way that base64, UTF-16 or hex may write it."""
    found = [word, word.encode().hex(), urllib.parse.quote(word)]
    for raw in (word.encode(), word.encode("utf-16-le")):
        found += [base64.b64encode(b"?" * pad + raw)[4:-4].decode() for pad in range(3)]
    return found


TRACES = traces(CANARY)


@quiet
@given(ANY)
def test_canary_is_never_seen_again(text: str) -> None:
    try:
        done = cut(text)
    except CannotJudge:
        return
    for trace in TRACES:
        assert trace not in done.text, text


@quiet
@given(ANY)
def test_cut_of_cut_changes_nothing(text: str) -> None:
    try:
        done = cut(text)
    except CannotJudge:
        return
    again = cut(done.text)
    assert again.text == done.text, (text, done.text, again.text)
    assert not again.cuts


@settings(quiet, max_examples=200)
@given(st.text(max_size=300) | ANY.map(lambda text: text[: len(text) * 2 // 3]) | st.binary(max_size=300).map(
    lambda raw: raw.decode("latin-1")))  # fmt: skip
def test_any_text_is_judged_or_refused(text: str) -> None:
    try:
        done = cut(text)
        findings = judge_line(text)
    except CannotJudge:
        return
    assert bool(findings) == (done.text != text or bool(done.masks) or bool(done.cuts))
    for one in findings:
        assert 0 <= one.start < one.end <= len(text)
