"""The bytes of a report in, a report out, or a refusal that says what to do.

Limits come before the parser, and what must never be stored comes before the schema, so that it
is counted for what it is.
"""

from __future__ import annotations

from typing import Final

from pydantic import ValidationError

from rooms.device_api import json_body
from rooms.device_api.problems import Refused
from rooms.reports import guard
from rooms.reports.parts import field_names
from rooms.reports.schema import DEEPEST, MOST_BYTES, Report

FIELDS: Final = frozenset(field_names(Report))


def parse(raw: bytes) -> Report:
    """The report in these bytes.

    Refused: too_large, malformed, too_deep, duplicate_field, content_refused (with its kind),
    field_unknown and field_invalid (with the field).
    """
    body = json_body.read(raw, most=MOST_BYTES, deepest=DEEPEST)
    refuse_content(guard.found_in(body))
    try:
        return Report.model_validate_json(raw, strict=True)
    except ValidationError as wrong:
        refuse_content(guard.found_in_names(body.members, FIELDS))
        json_body.refuse(wrong)


def refuse_content(found: guard.Content | None) -> None:
    """Refused when there is content that must never be stored."""
    if found is not None:
        raise Refused("content_refused", guard.SENTENCES[found], kind=found.value)
