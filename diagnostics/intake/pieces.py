"""An entry in the pieces that are judged one by one, for most of them come again and again.

What a log writes is a time, which tells of nobody, and then much the same as before; an event is
what Windows writes about every event, and its data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import repeat
from typing import Any, Final, NamedTuple

from pydantic_core import to_json

from diagnostics.bundles.entries import Entry

# The times that the grammars of diagnostics/bundles/text_logs.py begin a line with.
_TIME: Final = re.compile(
    r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\s?(?:Z|[+-]\d\d:?\d\d)?\]?"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" \d{1,2} \d{4} \d\d:\d\d:\d\d(?: GMT[+-]\d{4})?(?: \([A-Z]{3,4}\))?"
)
# What differs between an event and the same event an hour later.
_COUNTED: Final = re.compile(
    r'"TimeCreated":\{"#attributes":\{"SystemTime":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z"'
    r'\}\},"EventRecordID":\d{1,20},(?:"Correlation":(?:null|\{"#attributes":\{"ActivityID":'
    r'"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"\}\}),)?'
    r'"Execution":\{"#attributes":\{"ProcessID":\d{1,10},"ThreadID":\d{1,10}\}\}'
)
# In a frame it stands for what was counted.
_STANDS_FOR: Final = '"Counted":0'
_HEAD: Final = '{"Event":{'
_NAMES: Final = ("EventData", "UserData")
# Of a row of numbers a guard might make letters, which it does not of one.
MOST_NUMBERS: Final = 8


class Pieces(NamedTuple):
    """`raw` of an entry is `told` and then `rest`.

    `told` needs no judgment, or has been judged as `frame` with other numbers in it; `rest` is a
    text of its own, or for an event the document `{"Event":{` + rest, whose data is called `name`.
    """

    told: str
    frame: str
    rest: str
    name: str = ""
    counted: str = ""

    def retold(self, frame: str) -> str | None:
        """What goes before the rest when the frame was cut; None when it has lost its form."""
        if frame.count(_STANDS_FOR) != 1 or not frame.endswith("}}"):
            return None
        return f"{frame[:-2].replace(_STANDS_FOR, self.counted)},"


def pieces_of(entry: Entry) -> Pieces:
    """The raw line of an entry in pieces; all of it is `rest` where it is of no known form."""
    if entry.event_id is not None:
        return _of_event(entry) or Pieces("", "", entry.raw)
    time = _TIME.match(entry.raw)
    end = time.end() if time else 0
    return Pieces(entry.raw[:end], "", entry.raw[end:])


def _of_event(entry: Entry) -> Pieces | None:
    raw = entry.raw
    counted = _COUNTED.search(raw)
    if counted is None:
        return None
    for name in _NAMES:
        begin = raw.find(f',"{name}":', counted.end())
        if begin >= 0 and f'"{name}":{told_as_json(entry.data)}}}}}' == raw[begin + 1 :]:
            frame = f"{raw[: counted.start()]}{_STANDS_FOR}{raw[counted.end() : begin]}}}}}"
            return Pieces(raw[: begin + 1], frame, raw[begin + 1 :], name, counted.group())
    return None


def told_as_json(data: Any) -> str:
    """Data as the reader of event logs writes it."""
    return to_json(data).decode()


def document(rest: str) -> str:
    """The rest of an event as a document of its own."""
    return _HEAD + rest


def in_event(name: str, data: Any) -> dict[str, Any]:
    """Data as it stands in its event."""
    return {"Event": {"System": {}, name: data}}


def from_document(text: str) -> str:
    """The rest again, once the document was cut."""
    return text.removeprefix(_HEAD)


def form_of(data: Any, leaves: list[str]) -> Any:
    """The form of a document without its texts and numbers, which are put into `leaves` in order.

    LookupError for one that only a look at the whole can judge: numbers in a row may be letters.
    """
    if isinstance(data, str):
        leaves.append(data)
        return ""
    if isinstance(data, dict):
        if set(map(type, data.values())) == {str}:  # as most are: the same, only quicker
            leaves += data.values()
            return "{", *zip(data, repeat(""), strict=False)
        return "{", *((key, form_of(value, leaves)) for key, value in data.items())
    if isinstance(data, list):
        if len(data) > MOST_NUMBERS and not all(isinstance(one, str) for one in data):
            raise LookupError
        return "[", *(form_of(value, leaves) for value in data)
    told = json.dumps(data)
    leaves.append(told)
    return len(told)


def filled(form: Any, leaves: Iterator[str]) -> Any:
    """A document of that form with other texts; numbers of the same length."""
    if form == "":
        return next(leaves)
    if isinstance(form, int):
        next(leaves)
        return int("1" * form)
    if form[0] == "{":
        return {key: filled(value, leaves) for key, value in form[1:]}
    return [filled(value, leaves) for value in form[1:]]
