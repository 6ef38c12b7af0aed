"""A quick look at many texts at once: most lines of a log hold nothing that the guard would look
into. It may say no of a harmless text, but never yes of one in which the guard finds something:
it asks the guard's own first questions, of all texts in one go."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

from diagnostics.redaction import encodings, limits, persons, shapes
from diagnostics.redaction.findings import CannotJudge
from diagnostics.redaction.guard import finds_nothing
from diagnostics.redaction.keys import announcing
from diagnostics.redaction.spelling import plain, squeeze, squeeze_lines
from diagnostics.redaction.words import Context

About = frozenset[Context]
# Stands between texts that are looked at together: no printable text holds it, and no pattern of
# the guard goes over it.
_BETWEEN = "\x1e"
# What makes the guard look twice, beside other writings: blocks that have a shape, values that may
# be quoted-printable, and the way abroad before a telephone number.
_SIGNS = re.compile(
    r"begin:v|dtstart|-->|<v|data:|=[0-9a-f]{2}|(?<![0-9a-z_])00\d{6}",
)
_TOGETHER = 512
_KNOWN_BLOCKS = 16_384


def harmless(texts: Sequence[str], about: About = frozenset()) -> list[bool]:
    """For each text whether the guard surely finds nothing in it, in this context.

    False says nothing. Nothing is raised: what cannot be judged is not harmless.
    """
    told = [False] * len(texts)
    lines = [number for number, text in enumerate(texts) if _is_plain(text)]
    for begin in range(0, len(lines), _TOGETHER):
        part = lines[begin : begin + _TOGETHER]
        found = _suspects([texts[number] for number in part], about)
        for at, number in enumerate(part):
            told[number] = at not in found
    return told


def invites(texts: Sequence[str]) -> bool:
    """Whether texts that stand beside each other say together what only invitations say."""
    return shapes.invites(squeeze(plain("".join(texts))))


def _is_plain(text: str) -> bool:
    """One line of ASCII, which is what the quick look understands."""
    return text.isascii() and text.isprintable() and len(text) <= limits.LINE_CHARS


def _suspects(texts: Sequence[str], about: About) -> set[int]:
    """The numbers of the texts that the guard would look into."""
    joined = _BETWEEN.join(texts)
    folded = joined.lower()
    squeezed = squeeze_lines(folded, _BETWEEN)
    in_texts, in_letters = _Places(texts), _Places(squeezed.split(_BETWEEN))
    found = {in_texts.of(place) for place in _places_of_signs(joined, folded, about)}
    found.update(in_letters.of(place) for place in shapes.invitations(squeezed))
    for number in {in_texts.of(place) for place in persons.hints(folded)} - found:
        if persons.may_name(texts[number], texts[number].lower()):
            found.add(number)
    found.update(announcing(squeezed, in_letters.of, folded.split(_BETWEEN), about))
    return found


class _Places:
    """Which of the joined texts a place stands in."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._starts = [0, *accumulate(len(text) + 1 for text in texts)]

    def of(self, place: int) -> int:
        """The number of the text, from 0."""
        return bisect_right(self._starts, place) - 1


def _places_of_signs(joined: str, folded: str, about: About) -> Iterator[int]:
    for sign in _SIGNS.finditer(folded):
        yield sign.start()
    for sign in encodings.ANY.finditer(joined):
        yield sign.start()
    for pattern in (encodings.BLOCK, encodings.HEX):
        for block in pattern.finditer(joined):
            if not _says_nothing(block.group(), about):
                yield block.start()


@lru_cache(maxsize=_KNOWN_BLOCKS)
def _says_nothing(block: str, about: About) -> bool:
    """Whether what may be base64 or hex writes no media, and no text in which anything stands."""
    for _, _, raw in encodings.blocks(block):
        if encodings.holds_media(raw):
            return False
        try:
            inside = encodings.readable(raw)
        except CannotJudge:
            return False
        if inside is not None and not finds_nothing(inside, about):
            return False
    return True
