"""One entry through the guard: what may be stored, what was cut, and the names set aside."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from diagnostics.bundles.entries import ActivityLine, Entry
from diagnostics.explorer.content import LineContent
from diagnostics.redaction import Cut, Mask, cut, cut_fields

# About 60 bytes each: 6 MB at the most.
MOST_CLEAN: Final = 100_000
# When an event was written, its number, and the processes: digits that tell of no person, and all
# that differs between an event and the same event an hour later.
_NUMBERS: Final = re.compile(
    r'("(?:EventRecordID|ProcessID|ThreadID)":)\d{1,20}(?=[,}])'
    r'|(?<="SystemTime":")\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z(?=")'
)
# An act is told in words, "joined, subject Budget": the sign that the guard looks for is missing.
_ANNOUNCED: Final = re.compile(
    r"\b(subject|title|topic|body|agenda|chat|message|transcript|caption)\b(?=\s+[^\s:=])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Guarded:
    """What is stored of an entry. `cuts` counts pieces; `masks` are kept apart, encrypted."""

    content: LineContent
    provider: str
    cuts: int
    masks: tuple[Mask, ...]


class _Clean:
    """Digests of texts in which the guard found nothing: most lines of a log come again and again.

    Only what is clean is remembered, and only its digest; all of it goes when there are too many.
    """

    def __init__(self) -> None:
        self._known: set[bytes] = set()

    def text(self, text: str, source: str, masks: tuple[Mask, ...] = (), alike: str = "") -> Cut:
        """What `cut` says; `alike` is the text without what can hold nothing."""
        digest = _digest("text", source, alike or text)
        if digest in self._known:
            return Cut(text, (), ())
        done = cut(text, source=source, known=masks)
        if not done.cuts and not done.masks and done.text == text:
            self._keep(digest)
        return done

    def fields(
        self, fields: dict[str, str], source: str, masks: tuple[Mask, ...]
    ) -> tuple[dict[str, str], int, tuple[Mask, ...]]:
        """What `cut_fields` says: the fields, the number of cuts, and the masks."""
        digest = _digest("fields", source, *(part for pair in fields.items() for part in pair))
        if digest in self._known:
            return fields, 0, ()
        done = cut_fields(fields, source=source, known=masks)
        named = {name: str(value) for name, value in done.fields.items()}
        if not done.cuts and not done.masks and named == fields:
            self._keep(digest)
        return named, len(done.cuts), done.masks

    def _keep(self, digest: bytes) -> None:
        if len(self._known) >= MOST_CLEAN:
            self._known.clear()
        self._known.add(digest)


def _digest(*parts: str) -> bytes:
    """Of the parts and their lengths, so that no other parts have the same."""
    digest = blake2b(digest_size=20)
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(4))
        digest.update(raw)
    return digest.digest()


_clean: Final = _Clean()


def guard_entry(entry: Entry) -> Guarded:
    """Judge all texts of an entry; the same name gets the same mark in each. CannotJudge."""
    source = entry.source
    text = _clean.text(entry.text, source)
    fields, cuts, more = _clean.fields(entry.fields, source, text.masks)
    masks = _joined(text.masks, more)
    raw = _clean.text(entry.raw, source, masks, _NUMBERS.sub(r"\1", entry.raw))
    provider = _clean.text(entry.provider, source, masks)
    return Guarded(
        LineContent(text.text, fields, raw.text),
        provider.text[:120],
        # The same piece stands in the text, the fields and the raw line: it counts once.
        max(len(text.cuts), cuts, len(raw.cuts)),
        _joined(masks, raw.masks),
    )


def guard_document(document: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Judge a query's answer. Names in it are dropped: no mark of a query is ever laid open."""
    done = cut_fields(document)
    return done.fields, len(done.cuts)


def guard_activity(line: ActivityLine) -> tuple[dict[str, str], int]:
    """Judge an activity line. Who it was stays, for that is what the log is for; under its own
    scope. What must never be collected is cut here as everywhere. CannotJudge."""
    who, more = _with_names(line.who)
    what, cuts = _with_names(_ANNOUNCED.sub(r"\1:", line.what))
    return {"who": who, "what": what}, cuts + more


def _with_names(text: str) -> tuple[str, int]:
    """The text with its cuts and with its names, and how many cuts there are."""
    done = cut(text, source="activity")
    left = done.text
    for mask in done.masks:
        left = left.replace(mask.mark, mask.original)
    return left, len(done.cuts)


def _joined(first: tuple[Mask, ...], more: tuple[Mask, ...]) -> tuple[Mask, ...]:
    """Masks of both, each mark once."""
    known = {mask.mark: mask for mask in first}
    return (*first, *(mask for mask in more if mask.mark not in known))
