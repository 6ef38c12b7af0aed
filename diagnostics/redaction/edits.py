"""What is to be done to a text, gathered from all who judged it, and done once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from diagnostics.redaction.findings import (
    MASK_MARK,
    NEVER,
    Cut,
    Finding,
    Kind,
    Mask,
    cut_mark,
)


@dataclass(frozen=True, slots=True)
class Inner:
    """A text that stood in the text in another writing, and how to write it again."""

    text: str
    edits: tuple[Edit, ...]
    write: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Edit:
    """A span of a text with the kind of what is there, or with a text inside it to be edited."""

    start: int
    end: int
    kind: Kind | None = None
    inner: Inner | None = None

    @property
    def cuts(self) -> bool:
        return self.kind in NEVER


@dataclass
class Numbering:
    """Gives each masked original its number; the same original keeps it."""

    next: int = 1
    given: dict[tuple[Kind, str], Mask] = field(default_factory=dict)

    @classmethod
    def after(cls, text: str, known: Iterable[Mask]) -> Numbering:
        """Go on after the masks already given and after marks that the text brought along."""
        given = {(mask.kind, mask.original): mask for mask in known}
        last = max((mask.number for mask in given.values()), default=0)
        if " " in text and "[" in text:
            last = max([last, *(int(number) for number in MASK_MARK.findall(text))])
        return cls(last + 1, given)

    def mask(self, kind: Kind, original: str) -> Mask:
        found = self.given.get((kind, original))
        if found is None:
            found = self.given[kind, original] = Mask(self.next, kind, original)
            self.next += 1
        return found


def settle(edits: Iterable[Edit]) -> list[Edit]:
    """Edits that do not overlap, in order: of those that do, a cut of all they span wins."""
    ordered = sorted(edits, key=lambda edit: (edit.start, -edit.end))
    settled: list[Edit] = []
    for edit in ordered:
        if edit.start >= edit.end:
            continue
        if not settled or edit.start >= settled[-1].end:
            settled.append(edit)
            continue
        settled[-1] = _joined(settled[-1], edit)
    return settled


def _joined(first: Edit, second: Edit) -> Edit:
    end = max(first.end, second.end)
    for edit in (first, second):
        if edit.cuts:
            return Edit(first.start, end, edit.kind)
    if first.inner and end == first.end:
        return first
    if second.inner and second.start == first.start and end == second.end:
        return second
    for edit in (first, second):
        for inner in _all(edit):
            if inner.cuts:
                return Edit(first.start, end, inner.kind)
    kind = first.kind or second.kind or next((one.kind for one in _all(first) if one.kind), None)
    return Edit(first.start, end, kind or Kind.PERSON)


def _all(edit: Edit) -> Iterable[Edit]:
    yield edit
    if edit.inner:
        for inner in edit.inner.edits:
            yield from _all(inner)


def strongest(edits: Sequence[Edit]) -> Kind | None:
    """The kind that a writing as a whole gets which holds these: a cut goes before a mask."""
    every = [one for edit in edits for one in _all(edit) if one.kind]
    for one in every:
        if one.cuts:
            return one.kind
    return every[0].kind if every else None


def apply(text: str, edits: Iterable[Edit], known: Iterable[Mask] = ()) -> Cut:
    """The text with all edits done."""
    settled = settle(edits)
    if not settled:
        return Cut(text, (), ())
    numbering = Numbering.after(text, known)
    masks: dict[int, Mask] = {}
    written = _written(text, settled, numbering, masks)
    return Cut(written, tuple(_findings(settled)), tuple(masks[number] for number in sorted(masks)))


def _written(
    text: str, settled: Sequence[Edit], numbering: Numbering, masks: dict[int, Mask]
) -> str:
    parts: list[str] = []
    at = 0
    for edit in settled:
        parts.append(text[at : edit.start])
        at = edit.end
        if edit.inner:
            inner = _written(edit.inner.text, settle(edit.inner.edits), numbering, masks)
            parts.append(edit.inner.write(inner))
        elif edit.kind in NEVER:
            parts.append(cut_mark(edit.kind))
        elif edit.kind is not None:
            mask = numbering.mask(edit.kind, text[edit.start : edit.end])
            masks[mask.number] = mask
            parts.append(mask.mark)
    parts.append(text[at:])
    return "".join(parts)


def _findings(settled: Sequence[Edit]) -> Iterable[Finding]:
    for edit in settled:
        if edit.cuts and edit.kind is not None:
            yield Finding(edit.kind, edit.start, edit.end)
        elif edit.inner:
            for inner in _all(edit):
                if inner.cuts and inner.kind is not None:
                    yield Finding(inner.kind, edit.start, edit.end)
