"""The guard: asks everybody who knows a grammar what stands in a text, and cuts and masks it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from diagnostics.redaction import encodings, limits, persons, shapes
from diagnostics.redaction.documents import Node, find_documents
from diagnostics.redaction.edits import Edit, apply, settle, strongest
from diagnostics.redaction.findings import MARK, CannotJudge, Cut, Finding, Kind, Mask
from diagnostics.redaction.keys import announces
from diagnostics.redaction.lines import HELD, judge_lines
from diagnostics.redaction.spelling import View, kept, plain, squeeze
from diagnostics.redaction.trees import judge_document, judge_markup
from diagnostics.redaction.units import message_at, units
from diagnostics.redaction.words import Context

About = frozenset[Context]
_NO_TEXT = re.compile(
    r"[\x00\x1a]|(?:[\x01-\x08\x0e-\x19\x1c-\x1f\x7f-\x84\x86-\x9f][^\n]{0,8}?){12}"
)
_MARKUP = re.compile(r"\s*<[A-Za-z?!]")


class _Guard:
    """One look at one text: what the room itself is called, and how deep we are."""

    def __init__(self, own: Collection[str]) -> None:
        self.own = frozenset(plain(one) for one in own)
        self.depth = 0

    def judge(self, text: str, about: About) -> list[Edit]:
        """Edits for a text, which may be one inside another."""
        if self.depth >= limits.NESTING:
            raise CannotJudge("A text in a text in a text, too deep to judge.")
        self.depth += 1
        try:
            return settle(self._judge(text, about))
        finally:
            self.depth -= 1

    def _judge(self, text: str, about: About) -> Iterator[Edit]:
        if len(text) < 3:
            return
        folded = plain(text)
        whole = View(text)
        if shapes.shaped(folded):
            yield from shapes.edits(whole)
        yield from self._blocks(whole, about)
        if encodings.may_hide(text) and (undone := encodings.undone(whole, lines=True)) is not None:
            if shapes.shaped(plain(undone.text)):
                yield from shapes.edits(undone)
            yield from self._blocks(undone, about)
        for start, end in units(text):
            unit = text if end - start == len(text) else text[start:end]
            for edit in self._unit(unit, about, folded if unit is text else plain(unit)):
                yield edit if unit is text else _moved(edit, start)

    def _unit(self, text: str, about: About, folded: str) -> Iterator[Edit]:
        """Edits for one entry: the quick look first, for most lines need no other."""
        squeezed = squeeze(folded)
        if shapes.invites(squeezed):
            begin = message_at(text)
            if not MARK.fullmatch(text[begin:].strip()):
                yield Edit(
                    begin + len(text[begin:]) - len(text[begin:].lstrip(" \t:]|>)-")),
                    len(text.rstrip()),
                    Kind.BODY,
                )
            return
        hides = encodings.may_hide(text)
        quoted = "=" in text and encodings.unquoted(View(text)) is not None
        if not (
            hides or quoted or announces(squeezed, folded, about) or persons.may_name(text, folded)
        ):
            return
        if _MARKUP.match(text) and (found := judge_markup(text, about, self.judge)) is not None:
            yield from found
            return
        yield from self._readings(text, about, hides)

    def _readings(self, text: str, about: About, hides: bool) -> Iterator[Edit]:
        """Edits for an entry in every reading: as it stands, and with its writings undone."""
        documents = find_documents(text) if "{" in text or "[" in text else []
        readings = [View(_without(text, documents))]
        if hides and (undone := encodings.undone(readings[0])) is not None:
            readings.append(undone)
        quoted = [one for one in map(encodings.unquoted, readings) if one is not None]
        readings += quoted
        before: dict[int, int] = {}
        kinds: dict[int, Kind] = {}
        context = about
        for reading in readings:
            inner = find_documents(reading.text) if reading is not readings[0] else []
            held = View(_without(reading.text, inner), reading.at)
            found = judge_lines(held, about, undone=reading is not readings[0])
            context |= found.about
            kinds |= {found.folded.place(at): kind for at, kind in found.documents.items()}
            for span in (*found.spans, *found.quiet):
                start, end = found.folded.place(span.start), found.folded.place(span.end)
                # an earlier reading may have seen the end better, but not over a line
                if start not in before or "\n" in text[before[start] : end]:
                    before[start] = end
                    if span not in found.quiet:
                        yield Edit(start, end, span.kind)
            if reading not in quoted:
                raw = kept(held.text)
                yield from persons.edits(found.folded, raw, found.people, self.own)
            if reading is not readings[0]:
                yield from self._undone(reading, inner, kinds, context)
        for node in documents:
            yield from judge_document(node, kinds.get(node.start), context, self.judge)

    def _undone(
        self, reading: View, documents: list[Node], kinds: dict[int, Kind], about: About
    ) -> Iterator[Edit]:
        """Edits for what shows only when a writing is undone, placed in the text as it came."""
        if shapes.invites(squeeze(plain(reading.text))):
            yield Edit(reading.place(0), reading.place(len(reading.text)), Kind.BODY)
        for node in documents:
            kind = kinds.get(reading.place(node.start))
            for edit in judge_document(node, kind, about, self.judge):
                yield Edit(reading.place(edit.start), reading.place(edit.end), strongest([edit]))

    def _blocks(self, reading: View, about: About) -> Iterator[Edit]:
        for first, last, raw in encodings.blocks(reading.text):
            start, end = reading.place(first), reading.place(last)
            if encodings.holds_media(raw):
                yield Edit(start, end, Kind.MEDIA)
                continue
            inside = encodings.readable(raw)
            if inside is None or inside == reading.text:
                continue
            kind = strongest(self.judge(inside, about))
            if kind is not None:
                yield Edit(start, end, kind)


def _moved(edit: Edit, by: int) -> Edit:
    return Edit(edit.start + by, edit.end + by, edit.kind, edit.inner)


def _without(text: str, documents: Iterable[Node]) -> str:
    """The text with its documents blanked, every character at its place."""
    parts: list[str] = []
    at = 0
    for node in documents:
        parts += [text[at : node.start], HELD * (node.end - node.start)]
        at = node.end
    return "".join(parts) + text[at:] if parts else text


def refuse_unreadable(text: str) -> None:
    """Raise CannotJudge for what is no text, or more text than the guard takes on."""
    if len(text) > limits.TEXT_CHARS:
        raise CannotJudge("A text too long to judge.")
    if len(text) > limits.LINE_CHARS and any(
        len(line) > limits.LINE_CHARS for line in text.split("\n")
    ):
        raise CannotJudge("A line too long to judge.")
    if _NO_TEXT.search(text) or text.count("�") * 8 > len(text) + 64:
        raise CannotJudge("Bytes that are no text.")


def cut(
    text: str, *, source: str = "", own: Collection[str] = (), known: Iterable[Mask] = ()
) -> Cut:
    """The text with everything cut that is never collected and every person masked.

    `source` is the name of the log or channel, which tells what the text is about. `own` names
    the room's own account (UPN, alias). `known` are masks already given to other texts of the
    same entry: the same original gets the same mark. Raises CannotJudge.
    """
    refuse_unreadable(text)
    return apply(text, _Guard(own).judge(text, about_source(source)), known)


def finds_nothing(text: str, about: About = frozenset()) -> bool:
    """Whether a text stays as it is, in this context. False, too, for what cannot be judged."""
    try:
        refuse_unreadable(text)
        return not _Guard(()).judge(text, about)
    except CannotJudge:
        return False


def judge_line(line: str, *, source: str = "", own: Collection[str] = ()) -> tuple[Finding, ...]:
    """What the guard finds in a line, cuts and masks, without changing it. Raises CannotJudge."""
    refuse_unreadable(line)
    edits = _Guard(own).judge(line, about_source(source))
    return tuple(
        Finding(kind, edit.start, edit.end)
        for edit in edits
        if (kind := edit.kind or strongest([edit])) is not None
    )


@lru_cache(maxsize=256)
def about_source(source: str) -> About:
    """What every text of a log is about, by the log's name."""
    name = plain(source)
    about = {context for context in (Context.CHAT, Context.TRANSCRIPT) if context in name}
    if "calendar" in name or "meeting" in name:
        about.add(Context.MEETING)
    return frozenset(about)
