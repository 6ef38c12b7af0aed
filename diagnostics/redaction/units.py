"""Splits a text into the entries it is made of: what one call of a logger wrote, all its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A line begins an entry when a full time with seconds stands there and a level, a process, a
# logger or a bracket behind it: an agenda with times in a meeting's body must not look like one.
_HEAD = re.compile(
    r"""^[ \t]{0,2}\[?(?:
      \d{4}[-/.]\d{1,2}[-/.]\d{1,2}[T ,]{1,2}\d{1,2}:\d{2}:\d{2}
        (?:[.,:]\d{1,9})?(?:\s?(?:Z|UTC|[+-]\d{2}:?\d{2}))?
    | \d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}[T ,]{1,2}\d{1,2}:\d{2}:\d{2}(?:[.,:]\d{1,9})?(?:\s?[AP]M)?
    | (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s[A-Z][a-z]{2}\s\d{2}\s\d{4}
        \s\d{2}:\d{2}:\d{2}\sGMT[+-]\d{4}\s\([^()\n]{1,60}\)
    )\]?[ \t]{0,2}
    (?:[|\[<(]|-{1,2}\s|(?:TRACE|DEBUG|INFO|INF|WARN|WARNING|WRN|ERROR|ERR|FATAL|VERBOSE|VRB|DBG
      |Information|Error|Warning|Info|Verbose|Debug|Critical)\b|\d{1,6}[ \t]
      |[A-Za-z][\w.]{2,60}:[ \t])""",
    re.VERBOSE | re.MULTILINE,
)
_WHOLE = re.compile(r"\s*(?:\{|<[A-Za-z?!]|\[\s*[\[{\"]|BEGIN:V|WEBVTT)")


def units(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each entry, in order; together they are the text."""
    if "\n" not in text:
        yield 0, len(text)
        return
    if _WHOLE.match(text):
        yield from _documents(text)
        return
    begin = 0
    for head in _HEAD.finditer(text):
        if head.start() > begin:
            yield begin, head.start()
            begin = head.start()
    yield begin, len(text)


def message_at(text: str) -> int:
    """Where the message of an entry begins: behind its time."""
    head = _HEAD.match(text)
    return head.end() if head else 0


def _documents(text: str) -> Iterator[tuple[int, int]]:
    """A document for each line, if each line is one; else the text is one document."""
    lines = [line.strip() for line in text.split("\n")]
    if not all(line.startswith("{") and line.endswith("}") for line in lines if line):
        yield 0, len(text)
        return
    begin = 0
    while begin < len(text):
        end = text.find("\n", begin) + 1 or len(text)
        yield begin, end
        begin = end
