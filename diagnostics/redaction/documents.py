"""Reads JSON where it stands in a text, with the place of every value, so that a value can be cut
and the rest stay as it was; broken or cut-off JSON is no document."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from diagnostics.redaction import limits
from diagnostics.redaction.findings import CannotJudge

_TOKEN = re.compile(
    r"""\s*+(?:(?P<string>"(?:[^"\\]++|\\.)*+")|(?P<mark>[\[\]{},:])"""
    r"|(?P<word>-?\d[\d.eE+\-]*+|true|false|null|NaN|-?Infinity))",
    re.DOTALL,
)
_OPENING = re.compile(r"""\{\s*"|\[\s*["{\[]""")


@dataclass(slots=True)
class Node:
    """A value: `text` of a string, `items` of an object (with keys) or array (keys None)."""

    start: int
    end: int = 0
    text: str | None = None
    items: list[tuple[Node | None, Node]] | None = None
    is_object: bool = False


@dataclass(slots=True)
class _Open:
    node: Node
    key: Node | None = None
    wants: str = "value"  # or "comma", "colon", "key"


def find_documents(text: str) -> list[Node]:
    """The JSON objects and arrays of a text, outermost only, in order.

    Raises CannotJudge when one is nested too deep or holds too many values.
    """
    found: list[Node] = []
    at = 0
    failed = 0
    while failed < limits.STARTS:
        opening = _OPENING.search(text, at)
        if opening is None:
            break
        node = _read(text, opening.start())
        if node is None:
            at = opening.start() + 1
            failed += 1
        else:
            found.append(node)
            at = node.end
    return found


def _decoded(token: str) -> str:
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return token[1:-1]


def _read(text: str, start: int) -> Node | None:
    """The document that begins at `start`; None when it is not one."""
    stack: list[_Open] = []
    at = start
    count = 0
    while True:
        token = _TOKEN.match(text, at)
        if token is None:
            return None
        at = token.end()
        mark = token["mark"]
        top = stack[-1] if stack else None
        if mark in ("}", "]"):
            if top is None or not _may_close(top, mark):
                return None
            top.node.end = at
            stack.pop()
            if not stack:
                return top.node
            stack[-1].wants = "comma"
        elif mark == ",":
            if top is None or top.wants != "comma":
                return None
            top.wants = "key" if top.node.is_object else "value"
        elif mark == ":":
            if top is None or top.wants != "colon":
                return None
            top.wants = "value"
        else:
            count += 1
            if count > limits.DOCUMENT_NODES:
                raise CannotJudge("A document with too many values.")
            node = _node(token, mark)
            if not _placed(top, node):
                return None
            if node.items is not None:
                if len(stack) >= limits.DOCUMENT_DEPTH:
                    raise CannotJudge("A document nested too deep.")
                stack.append(_Open(node, wants="key" if node.is_object else "value"))


def _may_close(top: _Open, mark: str) -> bool:
    if (mark == "}") is not top.node.is_object:
        return False
    return top.wants == "comma" or not top.node.items


def _node(token: re.Match[str], mark: str | None) -> Node:
    if mark is not None:
        return Node(token.start("mark"), items=[], is_object=mark == "{")
    if token["string"] is not None:
        return Node(token.start("string"), token.end(), text=_decoded(token["string"]))
    return Node(token.start("word"), token.end())


def _placed(top: _Open | None, node: Node) -> bool:
    """Put a value or key where it stands; False where none may stand."""
    if top is None:
        return node.items is not None
    if top.wants == "key":
        if node.text is None:
            return False
        top.key, top.wants = node, "colon"
        return True
    if top.wants != "value" or top.node.items is None:
        return False
    top.node.items.append((top.key, node))
    top.key, top.wants = None, "comma"
    return True
