"""Entries through the guard: what may be stored, what was cut, and the names set aside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from diagnostics.bundles.entries import LONGEST_VALUE, ActivityLine, Entry, clean
from diagnostics.bundles.event_logs import fields_of
from diagnostics.explorer.content import LineContent
from diagnostics.intake.pieces import (
    Pieces,
    document,
    filled,
    form_of,
    from_document,
    in_event,
    pieces_of,
)
from diagnostics.intake.remembered import Remembered
from diagnostics.redaction import Cut, Mask, cut, cut_fields
from diagnostics.redaction.forms import About, Question, asked_of, stand_in
from diagnostics.redaction.guard import about_source, finds_nothing
from diagnostics.redaction.harmless import harmless, invites

# Texts that were clean, of at most LONGEST characters; forms of events; entries with a name or a
# cut in them. Together 30 MB at the most, whatever the bundle holds.
MOST_CLEAN: Final = 20_000
MOST_FORMS: Final = 500
MOST_EVENTS: Final = 5_000
MOST_FRAMES: Final = 1_000
MOST_DONE: Final = 1_000
LONGEST: Final = 600
LONGEST_DONE: Final = 4_000
MOST_LEAVES: Final = 64
QUICKLY, AFTER_ALL, NOT = 2, 1, 0
Questions = tuple[frozenset[Question], ...]
# Of a document in which one value tells what another is, or something is always cut.
UNCLEAR: Final[Questions] = (frozenset(),) * (MOST_LEAVES + 1)
# What ends the head of a line, before its text.
_BEFORE_TEXT: Final = (" ", "]", "|")
# An act is told in words, "joined, subject Budget": the sign that the guard looks for is missing.
_ANNOUNCED: Final = re.compile(
    r"\b(subject|title|topic|body|agenda|chat|message|transcript|caption)\b(?=\s+[^\s:=])",
    re.IGNORECASE,
)


class Guarded(NamedTuple):
    """What is stored of an entry. `cuts` counts pieces; `masks` are kept apart, encrypted."""

    content: LineContent
    provider: str
    cuts: int
    masks: tuple[Mask, ...]


class _Done(NamedTuple):
    """What was made of an entry's provider, text, fields and rest."""

    provider: str
    text: str
    fields: dict[str, str]
    rest: str
    cuts: int
    masks: tuple[Mask, ...]


class _Look(NamedTuple):
    """What clears an entry: nothing is found in any of these. `within` is a text that stands at the
    end of another, the last of `asked`, and is harmless when that one is seen to be so quickly."""

    asked: list[tuple[str, Question]]
    within: str = ""

    @property
    def outer(self) -> tuple[str, About]:
        """The last that is asked, and in which context."""
        return self.asked[-1][0], self.asked[-1][1].about

    @property
    def inner(self) -> tuple[str, About]:
        """What stands within it, in the same."""
        return self.within, self.asked[-1][1].about


# Of an event that was clean before.
CLEAR: Final = _Look([])


class EntryGuard:
    """Judges the entries of one bundle, many at once, and remembers what it has judged."""

    def __init__(self) -> None:
        self._clean: Remembered[tuple[str, About], int] = Remembered(MOST_CLEAN)
        self._forms: Remembered[Any, Questions] = Remembered(MOST_FORMS)
        self._events: Remembered[tuple[str, ...], bool] = Remembered(MOST_EVENTS)
        self._frames: Remembered[tuple[str, str], Cut] = Remembered(MOST_FRAMES)
        self._done: Remembered[Any, _Done] = Remembered(MOST_DONE)

    def guard(self, entries: Sequence[Entry]) -> list[Guarded]:
        """What may be stored of each. CannotJudge.

        In most entries each text was clean before, or is seen to be harmless, and then nothing
        more is asked. All others are judged from end to end.
        """
        pieces = [pieces_of(entry) for entry in entries]
        looks = [self._look(entry, one) for entry, one in zip(entries, pieces, strict=True)]
        clean = self._all_clean(looks)
        for entry, one, is_clean in zip(entries, pieces, clean, strict=True):
            if is_clean and one.frame and len(one.rest) <= LONGEST:
                self._events[entry.source, one.frame, one.rest] = True
        return [
            self._kept(entry, one) if is_clean else self._judge(entry, one)
            for entry, one, is_clean in zip(entries, pieces, clean, strict=True)
        ]

    def _kept(self, entry: Entry, pieces: Pieces) -> Guarded:
        """An entry whose texts are clean; what Windows wrote around them may name an account."""
        raw, cuts = entry.raw, 0
        masks: tuple[Mask, ...] = ()
        if pieces.frame:
            frame = self._frame(entry.source, pieces.frame)
            if frame.text != pieces.frame:
                told = pieces.retold(frame.text)
                if told is None:
                    return self._judge(entry, pieces)
                raw, cuts, masks = told + pieces.rest, len(frame.cuts), frame.masks
        content = LineContent(entry.text, entry.fields, raw)
        return Guarded(content, entry.provider[:120], cuts, masks)

    def _frame(self, source: str, frame: str) -> Cut:
        """What is left of the frame of an event."""
        done = self._frames.get((source, frame))
        if done is None:
            done = self._frames[source, frame] = cut(frame, source=source)
        return done

    def _look(self, entry: Entry, pieces: Pieces) -> _Look | None:
        """What is to be asked of an entry; None when nothing less than a judgment will do."""
        if pieces.frame and self._events.get((entry.source, pieces.frame, pieces.rest)):
            return CLEAR
        about = about_source(entry.source)
        here = Question(about)
        asked = [(entry.provider, here)]
        if not self._ask_leaves(entry, pieces, about, asked):
            return None
        if entry.event_id is not None:
            return _Look([*asked, (entry.text, here)])
        rest, text = pieces.rest, entry.text
        if not rest.endswith(text) or rest[-len(text) - 1 : -len(text)] not in _BEFORE_TEXT:
            asked.append((text, here))
            text = ""
        return _Look([*asked, (rest, here)], within=text)

    def _ask_leaves(
        self, entry: Entry, pieces: Pieces, about: About, asked: list[tuple[str, Question]]
    ) -> bool:
        """Add the questions for the values of fields and data; False where they do not suffice."""
        if entry.event_id is not None and not pieces.frame:
            return False
        if not entry.fields and entry.data is None:
            return True
        leaves: list[str] = []
        try:
            form = form_of(entry.fields if entry.data is None else entry.data, leaves)
        except LookupError:
            return False
        known = (form, pieces.name, about)
        each = self._forms.get(known)
        if each is None:
            each = self._forms[known] = _questions(form, len(leaves), pieces.name, about)
        if each is UNCLEAR or (len(leaves) > 1 and invites(leaves)):
            return False
        for leaf, questions in zip(leaves, each, strict=True):
            odd = len(leaf) > LONGEST_VALUE or not leaf.isprintable()
            if odd and clean(leaf, LONGEST_VALUE) != leaf:
                return False  # what is kept of it is something else
            asked += [(leaf, question) for question in questions]
        return True

    def _all_clean(self, looks: Sequence[_Look | None]) -> list[bool]:
        """Whether each entry is cleared by its look."""
        asked = {(text, one.about) for look in looks if look for text, one in look.asked}
        told = self._tell(asked)
        late = {
            look.inner for look in looks if look and look.within and told[look.outer] != QUICKLY
        }
        told |= self._tell(late - told.keys())
        return [
            look is not None
            and all(told[text, one.about] and not one.refuses(text) for text, one in look.asked)
            and (not look.within or told.get(look.inner, QUICKLY) != NOT)
            for look in looks
        ]

    def _tell(self, asked: Iterable[tuple[str, About]]) -> dict[tuple[str, About], int]:
        """For each text whether it is clean: as remembered, by a quick look, or after all."""
        told: dict[tuple[str, About], int] = {}
        unknown: dict[About, list[str]] = {}
        for one in asked:
            known = self._clean.get(one)
            if known is None:
                unknown.setdefault(one[1], []).append(one[0])
            else:
                told[one] = known
        for about, texts in unknown.items():
            for text, quickly in zip(texts, harmless(texts, about), strict=True):
                one = (text, about)
                told[one] = QUICKLY if quickly else AFTER_ALL if finds_nothing(*one) else NOT
                if len(text) <= LONGEST:
                    self._clean[one] = told[one]
        return told

    def _judge(self, entry: Entry, pieces: Pieces) -> Guarded:
        """Judge all texts of an entry; the same name gets the same mark in each. CannotJudge."""
        frame, told = Cut("", (), ()), pieces.told
        if pieces.frame:
            frame = self._frame(entry.source, pieces.frame)
            left = told if frame.text == pieces.frame else pieces.retold(frame.text)
            if left is None:
                frame, left, pieces = Cut("", (), ()), "", Pieces("", "", entry.raw)
            told = left
        known = (
            entry.source, entry.provider, entry.text, (*entry.fields.items(),),
            pieces.frame, pieces.rest,
        )  # fmt: skip
        done = self._done.get(known)
        if done is None:
            done = _judged(entry, pieces, frame)
            if len(entry.text) + len(pieces.rest) <= LONGEST_DONE:
                self._done[known] = done
        content = LineContent(done.text, done.fields, told + done.rest)
        return Guarded(content, done.provider[:120], done.cuts, done.masks)


def _questions(form: Any, leaves: int, name: str, about: About) -> Questions:
    """What is to be asked of each value of an event's data of this form, or of plain fields."""
    if leaves > MOST_LEAVES:
        return UNCLEAR
    data = filled(form, map(stand_in, range(leaves)))
    documents = [fields_of(data), in_event(name, data)] if name else [data]
    found = asked_of(documents, leaves, about)
    return UNCLEAR if found is None else tuple(found)


def _judged(entry: Entry, pieces: Pieces, frame: Cut) -> _Done:
    source = entry.source
    text = cut(entry.text, source=source, known=frame.masks)
    masks = _joined(frame.masks, text.masks)
    fields = cut_fields(entry.fields, source=source, known=masks)
    masks = _joined(masks, fields.masks)
    rest = _rest(source, pieces, masks)
    provider = cut(entry.provider, source=source, known=masks)
    return _Done(
        provider.text,
        text.text,
        {name: str(value) for name, value in fields.fields.items()},
        rest.text,
        # The same piece stands in the text, the fields and the raw line: it counts once.
        max(len(text.cuts), len(fields.cuts), len(frame.cuts) + len(rest.cuts)),
        _joined(masks, rest.masks),
    )


def _rest(source: str, pieces: Pieces, masks: tuple[Mask, ...]) -> Cut:
    """The rest of the raw line, cut; of an event, as the document that its data is."""
    if not pieces.frame:
        return cut(pieces.rest, source=source, known=masks)
    done = cut(document(pieces.rest), source=source, known=masks)
    return Cut(from_document(done.text), done.cuts, done.masks)


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
