"""Judges a reading as lines of a log: finds each key at its place, the value behind it, and where
that value ends."""

from __future__ import annotations

import re
from dataclasses import dataclass

from diagnostics.redaction.findings import MARK, Kind
from diagnostics.redaction.keys import CONNECTED, Key, keys, kind_of, with_places
from diagnostics.redaction.spelling import View, fold, word
from diagnostics.redaction.values import says_nothing, value_end
from diagnostics.redaction.words import QUOTED_ONLY, Context

# A document that was read by itself stands in the reading as a run of this.
HELD = "\x1a"

_GAP = r"""["'`\])}*\s]{0,8}"""
_SAYS = r"is|was|set\s+to|changed\s+to|reads|ist|war|lautet|est|es|titled|named|called|luidt|heet"
_SEPARATOR = re.compile(
    rf"""{_GAP}{CONNECTED.pattern}(?:\[\w{{0,12}}\]|\([^()\n]{{0,24}}\))?\s{{0,4}}
    (?:(?P<sign>:=|=>|->|→|={{1,3}}|[:|]|\t)|\b(?P<says>(?:{_SAYS})\b\s{{0,4}}:?)
    |(?P<cjk>[はが为為是])\s?(?=[:"'「『“«])
    |(?<=\s)(?=["'`«「『])|\((?=\s?["'`])|(?=[「『«])|(?=\s\+\d))[ \t]{{0,8}}""",
    re.VERBOSE,
)
_FROM = re.compile(
    r"(?:\s(?:received|sent|incoming|arrived|empfangen|recu|recibido|ontvangen))?"
    r"\s{1,4}(?:from|by|to|von|an|de|par|a|por|van|door|aan)\s+[^:=\n]{1,80}[:=]\s*|から[^::\n]{0,40}:\s*"
)
_OPEN_TAG = re.compile(r"<(?:[\w.\-]{1,40}:)?\Z")
_REST_OF_TAG = re.compile(r"[^<>]{0,400}>")
_NAMED = re.compile(
    r"""\b(?:name|key|id|property|field|n|k)["']?\s*[:=]\s*["'][\w.:\-\s]{0,40}\Z"""
)
_NAMED_VALUE = re.compile(
    r"""["'](?:[\s,]+["']?[\w:.\-]{1,30}["']?\s*[:=]\s*["'][^"'<>]{0,80}["']){0,4}
    (?:[\s,]+["']?(?:value|content|val|text|v)["']?\s*[:=]\s*(?P<quote>["'])|\s*(?P<close>>))""",
    re.VERBOSE,
)
_ELEMENT = re.compile(r"<((?:[\w.\-]{1,40}:)?[\w.\-]{1,60})")
_QUERY = re.compile(r"[?&]\Z")
_QUERY_VALUE = re.compile(r"(?:\[cut: [a-z ]{4,16}\])?[^&\s\"'<>#]*")
_QUERY_REST = re.compile(
    r"(?:&[\w.%\-\[\]]{1,60}=[^&\s\"'<>#]{0,400}){0,20}(?=$|[\"'<>\n]|\shttp/)"
)
_AFTER_ATTRIBUTE = re.compile(r"""\s+[\w:.\-]{1,60}\s*=\s*["']|\s*[/?]?>""")
_KEY_LINE = re.compile(r"[ \t]*[\w .\-'()]{1,40}[:=;]")
_OTHER_LINE = re.compile(r"[ \t]*(?:at\s[\w.<>`]+\(|---|[<}\])]|end:|begin:)")
_SECURITY_BLOCK = re.compile(
    r"\s*(?:security id|sicherheits-?id|id de securite|id\.? de seguridad|beveiligings-?id"
    r"|セキュリティ id|安全 ?id)\s*:"
)
_HTTP_BODY = re.compile(
    r"(?:response|request|http|reply|payload|antwort|anfrage|reponse|requete|respuesta|peticion"
    r"|レスポンス|リクエスト|响应|请求)[\s_.\-]{0,3}\Z"
)
_QUOTED_ONLY = frozenset(map(word, QUOTED_ONLY))
_WORDY = re.compile(
    r"""(?:\s+[^\W\d_]{1,15}){1,3}\s{0,3}(?:[:=>|]{1,2}|(?=\s["'«「“]))[ \t]{0,8}|\s-{1,2}\s"""
)
_LONG = frozenset({Kind.BODY, Kind.CHAT, Kind.TRANSCRIPT})


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a reading and the kind of what stands there."""

    kind: Kind
    start: int
    end: int
    exact: bool = False  # its end was written, not guessed


@dataclass(frozen=True, slots=True)
class Lines:
    """What was found in a reading: spans to cut, documents whose key decides, and what the
    reading is about; `people` are keys behind which a name may stand, `quiet` values that are
    marks of the guard's own."""

    spans: tuple[Span, ...]
    quiet: tuple[Span, ...]
    documents: dict[int, Kind]
    about: frozenset[Context]
    folded: View
    people: tuple[Key, ...]


def judge_lines(view: View, outer: frozenset[Context], *, undone: bool = False) -> Lines:
    """Look at a reading of one entry, in the context that the caller knows.

    `undone`: encodings were undone, so that the marks of a URL no longer tell where a value ends.
    """
    folded = fold(view)
    found, about = keys(folded, view.text, outer)
    about |= outer
    text = folded.text
    spans: list[Span] = []
    quiet: list[Span] = []
    documents: dict[int, Kind] = {}
    people: list[Key] = []
    for key in with_places(found):
        kind = kind_of(key.roles, about)
        if kind is None or (spans and spans[-1].start <= key.start < spans[-1].end):
            continue
        if kind is Kind.PERSON:
            people.append(key)
            continue
        place = _value(text, key, kind, undone)
        if place is None:
            continue
        start, end, how = place
        if key.word in _QUOTED_ONLY and how != "exact" and not _in_quotes(text, start, how):
            continue
        if text.startswith(HELD, start):
            documents[start] = kind
            if kind in _LONG:
                continue
        before = max(0, key.front - 24)
        of_http = kind is Kind.BODY and _HTTP_BODY.search(text, before, key.front)
        if of_http and Context.MEETING not in about:
            continue
        if start >= end or says_nothing(kind, text[start:end], about, prose=how == "says"):
            if MARK.match(text, start) or MARK.match(text, start + 1):
                quiet.append(Span(kind, start, end))
            continue
        while start < end and text[start] in " \t\r\n":
            start += 1
        spans.append(Span(kind, start, end, how == "exact"))
    return Lines(tuple(spans), tuple(quiet), documents, about, folded, tuple(people))


def _value(text: str, key: Key, kind: Kind, undone: bool) -> tuple[int, int, str] | None:
    """Start and end of the value behind a key, and how it stands there: "exact" when its end is
    written, "says" when both are words of a sentence, else "bare"."""
    before = max(0, key.front - 44)
    if _OPEN_TAG.search(text, before, key.front):
        rest = _REST_OF_TAG.match(text, key.stop)
        if rest and not rest.group().endswith("/>"):
            return rest.end(), _closing(text, rest.end(), text[key.front : key.stop]), "exact"
        if rest:
            return None
    if _NAMED.search(text, before, key.front):
        named = _NAMED_VALUE.match(text, key.stop)
        if named and named["close"]:
            element = _ELEMENT.match(text, max(0, text.rfind("<", 0, key.front)))
            name = element[1] if element else ""
            return named.end(), _closing(text, named.end(), name), "exact"
        if named:
            return named.end(), _quoted(text, named.end(), named["quote"], kind), "bare"
    separator = _SEPARATOR.match(text, key.stop)
    if kind is Kind.CHAT and not (separator and separator["sign"]):
        separator = _FROM.match(text, key.stop) or separator
    if separator is None and kind in (Kind.CHAT, Kind.TRANSCRIPT):
        separator = _WORDY.match(text, key.stop)
    if separator is None:
        return None
    start = separator.end()
    groups = separator.groupdict()
    if groups.get("sign") == "=":
        if not undone and _QUERY.search(text, max(0, key.front - 1), key.front):
            value = _QUERY_VALUE.match(text, start)
            if value and _QUERY_REST.match(text, value.end()):
                return start, value.end(), "exact"
        if text[start : start + 1] in ("'", '"') and _in_tag(text, key.front):
            return start + 1, _quoted(text, start + 1, text[start], kind), "bare"
    return start, _bare(text, key.front, start, kind), "says" if groups.get("says") else "bare"


def _in_quotes(text: str, start: int, how: str) -> bool:
    return how == "says" or text[start : start + 1] in tuple("\"'`«「『“")


def _in_tag(text: str, at: int) -> bool:
    opened = text.rfind("<", max(0, at - 4000), at)
    return opened >= 0 and text.find(">", opened, at) < 0


def _quoted(text: str, start: int, quote: str, kind: Kind) -> int:
    """The end of an attribute's value, if more of the tag follows; else the value is bare."""
    end = text.find(quote, start)
    if end >= 0 and _AFTER_ATTRIBUTE.match(text, end + 1):
        return end
    return _bare(text, start, start, kind)


def _closing(text: str, start: int, name: str) -> int:
    """The end of an element's content; without its closing tag, the end of the reading."""
    if text.startswith("<![cdata[", start):
        end = text.find("]]>", start)
        return end + 3 if end >= 0 else len(text)
    local = name.rpartition(":")[2].strip()
    closing = re.compile(rf"</\s*(?:[\w.\-]{{1,40}}:)?{re.escape(local)}\s*>")
    found = closing.search(text, start)
    return found.start() if found else len(text)


def _bare(text: str, front: int, start: int, kind: Kind) -> int:
    """The end of a value without marks of its own: the line with its continuations, or for long
    kinds the whole entry, less machine pairs at the end."""
    if kind in _LONG:
        return value_end(text, start, len(text))
    line = text.find("\n", start)
    if line < 0:
        return value_end(text, start, len(text))
    began = text.rfind("\n", 0, front) + 1
    if not text[start:line].strip() and _SECURITY_BLOCK.match(text, line + 1):
        return start
    end = _continued(text, line, _indent(text, began))
    return value_end(text, start, end)


def _indent(text: str, at: int) -> int:
    end = at
    while end < len(text) and text[end] in " \t":
        end += 1
    return end - at


def _continued(text: str, line: int, indent: int) -> int:
    """The end of the last line that still belongs to a value whose first line ends at `line`."""
    end = line
    while end < len(text):
        begin = end + 1
        stop = text.find("\n", begin)
        stop = len(text) if stop < 0 else stop
        if not text[begin:stop].strip() or _OTHER_LINE.match(text, begin, stop):
            break
        if _indent(text, begin) <= indent and _KEY_LINE.match(text, begin, stop):
            break
        end = stop
    return end
