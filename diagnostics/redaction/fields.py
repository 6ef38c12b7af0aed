"""Judges a mapping that was parsed already, such as the fields of an event or the answer to a
query, by writing it as a document: what holds for one holds for the other."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from diagnostics.redaction import limits
from diagnostics.redaction.findings import CannotJudge, Finding, Mask
from diagnostics.redaction.guard import cut


@dataclass(frozen=True, slots=True)
class CutFields:
    """Fields that may be stored. Findings are placed in the fields written as JSON."""

    fields: dict[str, Any]
    cuts: tuple[Finding, ...] = ()
    masks: tuple[Mask, ...] = ()


def cut_fields(
    fields: Mapping[str, Any],
    *,
    source: str = "",
    own: Collection[str] = (),
    known: Iterable[Mask] = (),
) -> CutFields:
    """The fields, of any depth, with values and keys cut and masked as in `cut`.

    Values are what JSON knows: text, numbers, true, false, None, lists and mappings with text
    keys. Raises CannotJudge, also for anything else, for too deep and for too large ones.
    """
    _refuse_deep(fields)
    try:
        written = json.dumps(fields, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise CannotJudge("Fields of a kind that no document has.") from error
    done = cut(written, source=source, own=own, known=known)
    if done.text == written:
        return CutFields(dict(fields))
    try:
        read = json.loads(done.text)
    except ValueError as error:
        raise CannotJudge("Fields that do not fit together once they are cut.") from error
    if not isinstance(read, dict):
        raise CannotJudge("Fields that are no fields once they are cut.")
    return CutFields(read, done.cuts, done.masks)


def _refuse_deep(fields: Mapping[str, Any]) -> None:
    level: list[Any] = [fields]
    count = 0
    for _ in range(limits.DOCUMENT_DEPTH):
        below: list[Any] = []
        for value in level:
            if isinstance(value, Mapping):
                if not all(isinstance(key, str) for key in value):
                    raise CannotJudge("Fields with names that are no text.")
                below += value.values()
            elif isinstance(value, list | tuple):
                below += value
        count += len(below)
        if count > limits.DOCUMENT_NODES:
            raise CannotJudge("Too many fields.")
        if not below:
            return
        level = below
    raise CannotJudge("Fields nested too deep.")
