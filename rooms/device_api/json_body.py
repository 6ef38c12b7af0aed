"""Bytes of a stranger to JSON: limits first, then the parser, and each field only once."""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rooms.device_api.problems import Refused

DEEPEST: Final = 6
LONGEST_NAME: Final = 60
_NOT_STRUCTURE: Final = bytes(set(range(256)) - set(b"{}[]"))

Model = TypeVar("Model", bound=BaseModel)


class Outline(NamedTuple):
    """A text within the limits that nobody has parsed yet.

    `strings` are all its names and texts, still escaped; `names` is how many names it has in all
    its objects, if it is JSON at all.
    """

    raw: bytes
    text: str
    strings: list[bytes]
    names: int


def outline(raw: bytes, *, most: int, deepest: int = DEEPEST) -> Outline:
    """What can be told of these bytes without a parser. Refused: too_large, malformed, too_deep.

    `most` is in bytes; `deepest` counts the objects and lists around a value.
    """
    if len(raw) > most:
        raise Refused("too_large", f"Send at most {most:,} bytes.")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise Refused("malformed", "Send UTF-8.") from None
    # Without its escaped quotes, every second piece of the text lies inside a string.
    unescaped = raw.replace(b"\\\\", b"__").replace(b'\\"', b"__") if b"\\" in raw else raw
    pieces = unescaped.split(b'"')
    structure = b"".join(pieces[::2])
    _refuse_depth(structure.translate(None, _NOT_STRUCTURE), deepest)
    return Outline(raw, text, pieces[1::2], structure.count(b":"))


def members_of(body: Outline) -> dict[str, Any]:
    """The object that the text is. Refused: malformed, too_deep, duplicate_field."""
    try:
        members = _DECODER.decode(body.text)
    except RecursionError:
        raise Refused("too_deep") from None
    except ValueError:  # also a number with thousands of digits
        raise Refused("malformed") from None
    if not isinstance(members, dict):
        raise Refused("malformed", "Send one JSON object.")
    return members


def read_model(raw: bytes, model: type[Model], *, most: int) -> Model:
    """The same, held against a closed model; see `refuse` for what else is refused."""
    members_of(outline(raw, most=most))
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as wrong:
        refuse(wrong)


def refuse(wrong: ValidationError) -> NoReturn:
    """Refused for the first thing that is wrong: an unknown field before an invalid one."""
    errors = wrong.errors(include_url=False, include_context=False, include_input=False)
    unknown = [error for error in errors if error["type"] == "extra_forbidden"]
    if unknown:
        name = field_of(unknown[0])
        raise Refused(
            "field_unknown", f"Leave out `{name}`: no such field is taken.", name
        ) from None
    name = field_of(errors[0])
    raise Refused("field_invalid", f"`{name}`: {errors[0]['msg']}.", name) from None


def field_of(error: ErrorDetails) -> str:
    """Where the fault is, such as `peripherals.3.name`; what a stranger named is cleaned."""
    name = ".".join(str(step) for step in error["loc"])
    return "".join(c if c.isalnum() or c in "._-" else "?" for c in name[:LONGEST_NAME])


def _refuse_depth(brackets: bytes, deepest: int) -> None:
    """Take the innermost pairs away, level by level; what is left is too deep or unbalanced."""
    for _ in range(deepest):
        if not brackets:
            return
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
    if brackets:
        raise Refused("too_deep" if b"{}" in brackets or b"[]" in brackets else "malformed")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are all different."""
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        name = "".join(c if c.isalnum() or c in "._-" else "?" for c in twice[:LONGEST_NAME])
        raise Refused("duplicate_field", f"Send `{name}` once.", name)
    return members


def _no_constant(name: str) -> NoReturn:
    """NaN and the infinities are not JSON."""
    raise Refused("malformed", "Send finite numbers.")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)
