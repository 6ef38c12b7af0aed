"""The bytes of a report in, a report out, or a refusal that says what to do.

Limits come before the parser, and what must never be stored comes before the schema, so that it
is counted for what it is.
"""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ValidationError

from rooms.device_api import json_body
from rooms.device_api.problems import Refused
from rooms.reports import guard
from rooms.reports.parts import field_names, inner_fields
from rooms.reports.schema import DEEPEST, MOST_BYTES, Report

FIELDS: Final = frozenset(field_names(Report))
_INNER: Final = dict(inner_fields(Report))


def parse(raw: bytes) -> Report:
    """The report in these bytes.

    Refused: too_large, malformed, too_deep, duplicate_field, content_refused (with its kind),
    field_unknown and field_invalid (with the field).

    A good report is read once, by the parser of its schema. The second one, which sees a name that
    stands twice, reads what something is wrong with: it says what.
    """
    body = json_body.outline(raw, most=MOST_BYTES, deepest=DEEPEST)
    if b"\\" in raw:
        json_body.members_of(body)  # the guard takes for granted that escapes are sound
    found = guard.found_in(body)
    if found is not None:
        json_body.members_of(body)  # what is no JSON is refused for that
        refuse_content(found)
    try:
        report = Report.model_validate_json(raw, strict=True)
    except ValidationError as wrong:
        refuse_content(guard.found_in_names(json_body.members_of(body), FIELDS))
        json_body.refuse(wrong)
    # The schema is closed: each name in the text fills a field, unless it stands there twice.
    if names_in(report) != body.names:
        json_body.members_of(body)
    return report


def names_in(part: BaseModel) -> int:
    """How many names a text held that gave this model, each of them once."""
    count = len(part.model_fields_set)
    for name in _INNER[type(part)]:
        value = getattr(part, name)
        if isinstance(value, list):
            count += sum(map(names_in, value))
        elif value is not None:
            count += names_in(value)
    return count


def refuse_content(found: guard.Content | None) -> None:
    """Refused when there is content that must never be stored."""
    if found is not None:
        raise Refused("content_refused", guard.SENTENCES[found], kind=found.value)
