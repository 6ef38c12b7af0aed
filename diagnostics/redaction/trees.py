"""Judges values in JSON and XML by the names of their fields and of all fields around them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator

from diagnostics.redaction.documents import Node
from diagnostics.redaction.edits import Edit, Inner
from diagnostics.redaction.findings import MARK, NEVER, Kind
from diagnostics.redaction.keys import is_meeting_word, kind_of, name_roles
from diagnostics.redaction.persons import is_name
from diagnostics.redaction.spelling import plain
from diagnostics.redaction.values import says_nothing
from diagnostics.redaction.words import Context, Role

About = frozenset[Context]
Roles = tuple[Role, ...]
Judge = Callable[[str, About], list[Edit]]

_TYPES = frozenset({"type", "kind", "class", "@odata.type", "itemclass", "category", "event"})
_NAMING = frozenset({"name", "key", "id", "property", "field", "n", "k"})
_NAMED = frozenset({"value", "content", "val", "text", "v", "data", "stringvalue"})
_PARTED = (Kind.CHAT, Kind.TRANSCRIPT)  # a speaker inside is a person
_WHOLE = (Kind.SUBJECT, Kind.CARD, Kind.MEDIA)
_BODY_PARTS = frozenset({"content", "text", "html", "value", "preview", "plain", "contenttype"})
_E_MAIL = re.compile(r"\s*\S+@\S+\s*")
_TOKEN = re.compile(
    r"<!\[CDATA\[(?P<cdata>.*?)\]\]>|<!--(?P<comment>.*?)-->|<[?!][^<>]*>"
    r"|<(?P<tag>/?[A-Za-z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>|(?P<text>[^<]+)",
    re.DOTALL,
)
_TAG_NAME = re.compile(r"/?\s*([^\s/>]+)")
_WELL_FORMED = re.compile(r"""(?:\s+[\w:.\-]+\s*=\s*(?:"[^"]*"|'[^']*'))*+\s*/?""")
_ATTRIBUTE = re.compile(r"""([\w:.\-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=not text.isprintable())[1:-1]


def judge_document(node: Node, kind: Kind | None, about: About, judge: Judge) -> Iterator[Edit]:
    """Edits for a JSON document; `kind` is what stood before it, `judge` judges its strings."""
    yield from _value(node, kind, about, about, judge)


def _value(
    node: Node, kind: Kind | None, near: About, about: About, judge: Judge
) -> Iterator[Edit]:
    if node.text is not None:
        yield from _string(node, kind, about, judge)
    elif node.items is None:
        if kind is Kind.CARD and node.end - node.start >= 5:
            yield _instead(node, kind)
    elif not node.items:
        return
    elif kind in _WHOLE or (kind is Kind.BODY and _is_body(node, about)):
        yield _instead(node, kind)
    elif node.is_object:
        if kind is Kind.CHAT:
            near |= {Context.CHAT}
        if kind is Kind.TRANSCRIPT:
            near |= {Context.TRANSCRIPT}
        yield from _object(node.items, near, about | near, judge)
    else:
        for _, item in node.items:
            yield from _value(item, kind, near, about, judge)


def asks_values(name: str) -> bool:
    """Whether a field of that name tells by its value what its neighbours are."""
    return plain(name) in _TYPES | _NAMING or is_meeting_word(name)


def _is_body(node: Node, about: About) -> bool:
    """Whether a structure called body is a meeting's, and not that of an HTTP message."""
    if Context.MEETING in about:
        return True
    names = {plain(key.text or "") for key, _ in node.items or () if key is not None}
    return bool(names & _BODY_PARTS)


def _is_prose(node: Node) -> bool:
    return bool(node.text) and (" " in str(node.text) or not str(node.text).isascii())


def _instead(node: Node, kind: Kind | None) -> Edit:
    inner = Inner("?", (Edit(0, 1, kind),), lambda text: f'"{text}"')
    return Edit(node.start, node.end, inner=inner)


def _string(node: Node, kind: Kind | None, about: About, judge: Judge) -> Iterator[Edit]:
    text = node.text or ""
    start, end = node.start + 1, node.end - 1
    if kind in NEVER and not stays(kind, text, about):
        yield Edit(start, end, kind)
        return
    edits = judge(text, about)
    if edits:
        yield Edit(start, end, inner=Inner(text, tuple(edits), _json))
    elif kind is Kind.PERSON and is_name(plain(text)):
        yield Edit(start, end, kind)


def stays(kind: Kind, text: str, about: About) -> bool:
    """Whether a value in a field of this kind may stay, or is better masked than cut."""
    if MARK.fullmatch(text.strip()) or not text.strip():
        return True
    if kind is Kind.CARD and _E_MAIL.fullmatch(text):
        return True
    return says_nothing(kind, plain(text), about)


def _object(
    items: list[tuple[Node | None, Node]], near: About, about: About, judge: Judge
) -> Iterator[Edit]:
    roles: list[tuple[Roles, About]] = [
        name_roles(key.text) if key is not None and key.text else ((), frozenset())
        for key, _ in items
    ]
    here = _about_all(items, roles)
    named = _pair_name(items)
    for (key, value), (own_roles, own_about) in zip(items, roles, strict=True):
        if key is None:
            continue
        chosen = own_roles
        if named and plain(key.text or "") in _NAMED:
            chosen, own_about = named
        kind = kind_of(chosen, near | here) or kind_of(chosen, about | here)
        if is_meeting_word(key.text or "") and not _is_prose(value):
            kind = None
        if named and kind is Kind.PERSON and plain(key.text or "") in _NAMING:
            kind = None
        inner = judge(key.text or "", frozenset())
        if inner:
            yield Edit(key.start + 1, key.end - 1, inner=Inner(key.text or "", tuple(inner), _json))
        yield from _value(value, kind, own_about, about | here | own_about, judge)


def _about_all(items: list[tuple[Node | None, Node]], roles: list[tuple[Roles, About]]) -> About:
    """What an object is about, by the names of its plain fields and what its type says; one that
    has people in it is a meeting."""
    about: set[Context] = set()
    for (key, value), (_, gives) in zip(items, roles, strict=True):
        if value.items is not None:
            about |= {Context.MEETING} if Context.CARD in gives else gives
            continue
        about |= gives
        if value.text and key is not None and plain(key.text or "") in _TYPES:
            about |= name_roles(value.text)[1]
    return frozenset(about)


def _pair_name(items: list[tuple[Node | None, Node]]) -> tuple[Roles, About] | None:
    """What `{"name": "subject", "value": ...}` names."""
    for key, value in items:
        if key is not None and value.text and plain(key.text or "") in _NAMING:
            found = name_roles(value.text)
            if found[0]:
                return found
    return None


def judge_markup(text: str, about: About, judge: Judge) -> list[Edit] | None:
    """Edits for a well-formed XML text; None when it is not one."""
    edits: list[Edit] = []
    stack: list[tuple[str, Kind | None, About]] = [("", None, about)]
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            return None
        at = token.end()
        _, kind, context = stack[-1]
        if token["tag"] is not None:
            if not _tag(token, stack, edits, judge):
                return None
        elif token["text"] is not None and token["text"].strip():
            if len(stack) == 1:
                return None
            edits += _content(token, "text", kind, context, judge, html.unescape, _escape)
        elif token["cdata"]:
            edits += _content(token, "cdata", kind, context, judge, str, str)
        elif token["comment"]:
            edits += _content(token, "comment", None, context, judge, str, str)
    return edits if len(stack) == 1 else None


def _escape(text: str) -> str:
    return html.escape(text, quote=False)


def _content(
    token: re.Match[str],
    group: str,
    kind: Kind | None,
    about: About,
    judge: Judge,
    read: Callable[[str], str],
    write: Callable[[str], str],
) -> Iterator[Edit]:
    yield from _text(token[group], token.start(group), kind, about, judge, read, write)


def _text(
    written: str,
    start: int,
    kind: Kind | None,
    about: About,
    judge: Judge,
    read: Callable[[str], str],
    write: Callable[[str], str],
) -> Iterator[Edit]:
    text = read(written)
    end = start + len(written)
    if kind in NEVER and not stays(kind, text, about):
        yield Edit(start + len(written) - len(written.lstrip()), end, kind)
        return
    inner = judge(text, about)
    if inner:
        yield Edit(start, end, inner=Inner(text, tuple(inner), write))
    elif kind is Kind.PERSON and is_name(plain(text)):
        yield Edit(start, end, kind)


def _tag(
    token: re.Match[str],
    stack: list[tuple[str, Kind | None, About]],
    edits: list[Edit],
    judge: Judge,
) -> bool:
    """Open or close an element; False when the markup is broken."""
    tag = token["tag"]
    found = _TAG_NAME.match(tag)
    name = found[1] if found else ""
    if tag.startswith("/"):
        return len(stack) > 1 and stack.pop()[0] == name
    parent_kind, about = stack[-1][1], stack[-1][2]
    roles, gives = name_roles(name.rpartition(":")[2])
    if not _WELL_FORMED.fullmatch(tag, len(name)):
        return False
    attributes = list(_ATTRIBUTE.finditer(tag, len(name)))
    here: About = gives.union(*(name_roles(one[1])[1] for one in attributes))
    named: tuple[Roles, About] | None = None
    for one in attributes:
        if plain(one[1]) in _NAMING and (pair := name_roles(one[2] or one[3] or ""))[0]:
            named = pair
    for one in attributes:
        chosen = named[0] if named and plain(one[1]) in _NAMED else name_roles(one[1])[0]
        which = 2 if one[2] is not None else 3
        kind = parent_kind if parent_kind in NEVER else kind_of(chosen, here | about)
        place = token.start("tag") + one.start(which)
        edits += _text(one[which], place, kind, about | here, judge, html.unescape, html.escape)
    if not tag.endswith("/"):
        if named:
            roles, here = named[0], here | named[1]
        kind = kind_of(roles, here | about)
        if parent_kind in NEVER and not (kind is Kind.PERSON and parent_kind in _PARTED):
            kind = parent_kind
        stack.append((name, kind, about | here))
    return len(stack) <= 200
