"""The room's activity: one JSON object a line, who did what and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints, ValidationError

from diagnostics.bundles.entries import LONGEST_NAME, ActivityLine, KeptOut, clean
from diagnostics.bundles.lines import split_lines

LONGEST_WHAT: Final = 2_000


class Line(BaseModel):
    """One line, and nothing else in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: AwareDatetime
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,39}$")]
    who: Annotated[str, StringConstraints(max_length=LONGEST_NAME)]
    what: Annotated[str, StringConstraints(max_length=LONGEST_WHAT)]


def read(pieces: Iterable[bytes], path: str) -> Iterator[ActivityLine | KeptOut]:
    """The lines; those that do not follow the schema are kept out and counted at the end."""
    wrong = 0
    for line in split_lines(pieces):
        if not line.strip():
            continue
        try:
            told = Line.model_validate_json(line, strict=True)
        except ValidationError:
            wrong += 1
            continue
        yield ActivityLine(told.at.astimezone(UTC), told.kind, clean(told.who), clean(told.what))
    if wrong:
        yield KeptOut(path, f"{wrong} of its lines do not follow the schema.")
