"""Finds the words of the lists in a reading, however they are split, and says whether one stands
there as the name of a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ahocorasick_rs import AhoCorasick

from diagnostics.redaction import limits
from diagnostics.redaction.encodings import may_hide, undone
from diagnostics.redaction.findings import CannotJudge, Kind
from diagnostics.redaction.spelling import View, fold, kept, letters, squeeze, word
from diagnostics.redaction.words import (
    ABOUT,
    BACKS,
    FRONTS,
    MAYBE,
    NOT_AFTER,
    PEOPLE,
    PEOPLE_MAYBE,
    QUOTED_ONLY,
    SURE,
    Context,
    Role,
)

_ROLES: dict[str, list[Role]] = {}


def _enter(words: str, role: Role) -> None:
    for one in words.split("|"):
        roles = _ROLES.setdefault(word(one), [])
        if role not in roles:
            roles.append(role)


for _kind, _words in SURE.items():
    _enter(_words, Role(_kind))
for _words, _role in MAYBE:
    _enter(_words, _role)
for _context, _words in ABOUT.items():
    _enter(_words, Role(gives=_context))
for _one in PEOPLE.split("|"):
    _needs = frozenset({Context.MEETING, Context.CHAT, Context.CARD, Context.TRANSCRIPT})
    _enter(_one, Role(Kind.PERSON, _needs if _one in PEOPLE_MAYBE else frozenset()))

_WORDS = sorted(_ROLES)
_QUOTED_ONLY = frozenset(map(word, QUOTED_ONLY))
_FRONTS = frozenset(map(word, FRONTS))
_BACKS = frozenset(map(word, BACKS))
_NOT_AFTER = frozenset(map(word, NOT_AFTER))
_SHORT = 3  # letters of a Latin word too short to be looked for in pieces
_SPLIT_FROM = 6  # letters of a Latin word that may be broken in one or two places
_AUTOMATON = AhoCorasick(_WORDS)
# For each word: whether it needs no context, the contexts it needs, those it gives.
_QUICK = [
    (
        any(role.kind and not role.needs for role in _ROLES[one]),
        frozenset().union(*(role.needs for role in _ROLES[one])),
        frozenset(role.gives for role in _ROLES[one] if role.gives),
    )
    for one in _WORDS
]
_NAME_BEFORE = re.compile(r"[^\W\d_]*\Z")
_PARTS_BEFORE = re.compile(r"[\w.\-]{0,60}\Z")
_PHRASE = re.compile(r"[^\W_]+(?:[ _\-][^\W_]+)*")
_BACK = re.compile(r"[^\W]*")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\W\d]+")
# Too short to be looked for in squeezed letters, where they stand everywhere.
_TINY = frozenset(at for at, one in enumerate(_WORDS) if one.isascii() and len(one) <= _SHORT)
_TINY_WORD = re.compile(r"(?<![^\W\d_])(?:im|von|tel|fax)(?![^\W\d_])")
# What may stand between a key and its sign: "subject of the meeting".
CONNECTED = re.compile(
    r"[ _\-]{0,3}(?:(?:of|for|der|des|de|la|del|van|du|the|this|that|current|dieser|die|cette"
    r"|le|esta|meeting|besprechung|reunion|vergadering|event|from|by|to|in|item|entry|line|received|sent"
    r"|changed|updated|new|empfangen|gesendet|geandert|recu|envoye|recibido|enviado"
    r"|ontvangen|verzonden)\b[ _\-]{0,4}){0,5}"
)
_SPLITTERS = re.compile(r"""[\s\x01-\x1f\-_.·•*~+"'/\\|,^=&%#!?(){}\[\]<>:;]{1,12}""")


@dataclass(frozen=True, slots=True)
class Key:
    """A word of the lists, from `start` to `end` of a folded reading; its name ends at `stop`."""

    roles: tuple[Role, ...]
    word: str
    start: int
    end: int
    stop: int
    front: int  # where the whole name begins


def announces(squeezed: str, folded: str, outer: frozenset[Context]) -> bool:
    """Whether a word that can be a key stands in it, with its context: asked of every line."""
    hits = _AUTOMATON.find_matches_as_indexes(squeezed, overlapping=True)
    return _announce([which for which, _, _ in hits], folded, outer)


def _announce(found: Iterable[int], folded: str, outer: frozenset[Context]) -> bool:
    needs: set[Context] = set()
    gives: set[Context] = set(outer)
    for which in found:
        sure, wants, tells = _QUICK[which]
        if sure and (which not in _TINY or _TINY_WORD.search(folded)):
            return True
        needs |= wants
        gives |= tells
    return bool(needs & gives)


def announcing(
    squeezed: str, which: Callable[[int], int], folded: Sequence[str], outer: frozenset[Context]
) -> Iterator[int]:
    """Of many texts whose letters stand in a row: the numbers of those that `announces` means.

    `which` is the number of the text that a place in the letters belongs to.
    """
    hits: dict[int, list[int]] = {}
    for word_number, begin, _ in _AUTOMATON.find_matches_as_indexes(squeezed, overlapping=True):
        hits.setdefault(which(begin), []).append(word_number)
    for number, found in hits.items():
        if _announce(found, folded[number], outer):
            yield number


def _whole(folded: str, start: int, end: int, size: int) -> bool:
    """A word in one piece, a phrase with its spaces, or a word taken apart letter by letter."""
    span = end - start
    if span == size:
        return True
    if size <= _SHORT or span > size * 8:
        return False
    gaps = [gap for gap in re.split(r"[^\W_]+", folded[start:end]) if gap]
    if not all(_SPLITTERS.fullmatch(gap) for gap in gaps):
        return False
    return len(gaps) == size - 1 or (size >= _SPLIT_FROM and len(gaps) <= 3)


def _front(view: str, raw: str, start: int) -> int | None:
    """Where the name begins that ends in the word at `start`; None when it is another word."""
    glued = _NAME_BEFORE.search(view, max(0, start - 60), start)
    run = view[glued.start() : start] if glued else ""
    parts = _PARTS_BEFORE.search(view, max(0, start - 60), start)
    front = parts.start() if parts else start
    pieces = {word(piece) for piece in _HUMP.split(raw[front:start]) if piece}
    if pieces & _NOT_AFTER:
        return None
    if not run or not run[-1].isascii() or not view[start].isascii():
        return front
    if raw[start : start + 1].isupper() and not raw[start - 1 : start].isupper():
        return front
    return front if _fronts(word(run)) else None


@lru_cache(maxsize=4096)
def _fronts(run: str) -> bool:
    """Whether a run of letters is made of fronts only."""
    return not run or any(run.startswith(one) and _fronts(run[len(one) :]) for one in _FRONTS)


def _stop(folded: str, end: int) -> int | None:
    """Where the name ends; None when more is written on than may be."""
    if not folded[end - 1].isascii():
        return end
    back = _BACK.match(folded, end)
    rest = back.group() if back else ""
    if rest and not rest[0].isascii():
        return end
    return end + len(rest) if not rest or _backs(squeeze(rest)) else None


@lru_cache(maxsize=4096)
def _backs(rest: str) -> bool:
    rest = rest.strip("lo") if rest.strip("lo") == "" else rest
    return not rest or any(rest.startswith(one) and _backs(rest[len(one) :]) for one in _BACKS)


def keys(
    view: View, raw: str, outer: frozenset[Context] = frozenset(Context)
) -> tuple[list[Key], frozenset[Context]]:
    """The names found in a folded reading, and what the reading is about.

    `raw` is the reading before folding; it tells humps (`meetingSubject`). Words that would need
    a context beyond `outer` and the reading itself are left out. Raises CannotJudge when there
    are too many.
    """
    folded = view.text
    squeezed = squeeze(folded)
    hits = _AUTOMATON.find_matches_as_indexes(squeezed, overlapping=True)
    if not hits:
        return [], frozenset()
    if len(hits) > limits.KEYS:
        raise CannotJudge("Too many words that announce what is never collected.")
    wanted = set(outer).union(*(_QUICK[which][2] for which, _, _ in hits))
    raw = kept(raw)
    places = letters(folded)
    found: list[Key] = []
    about: set[Context] = set()
    for which, first, last in hits:
        sure, needs, gives = _QUICK[which]
        if not (sure or gives or needs & wanted):
            continue
        start, end = places[first], places[last - 1] + 1
        if not _whole(folded, start, end, last - first):
            continue
        roles = _ROLES[_WORDS[which]]
        if last - first == end - start or _PHRASE.fullmatch(folded, start, end):
            about.update(role.gives for role in roles if role.gives)
        front = _front(folded, raw, start)
        stop = _stop(folded, end)
        announcing = tuple(role for role in roles if role.kind)
        if announcing and front is not None and stop is not None:
            found.append(Key(announcing, _WORDS[which], start, end, stop, front))
    return found, frozenset(about)


@lru_cache(maxsize=8192)
def name_roles(name: str) -> tuple[tuple[Role, ...], frozenset[Context]]:
    """What the name of a field announces, and what it says its neighbours are about."""
    name = kept(name).strip()[-200:]
    if may_hide(name) and (undone_name := undone(View(name))) is not None:
        name = undone_name.text
    view = fold(View(name))
    found, about = keys(view, name)
    size = len(view.text.rstrip(" :=_.-'\"\t\n"))
    roles = [
        role
        for key in found
        if key.stop >= size or CONNECTED.fullmatch(view.text, key.stop, size)
        for role in key.roles
    ]
    return tuple(dict.fromkeys(roles)), about


def is_meeting_word(name: str) -> bool:
    """Whether a field is called meeting, which holds a subject only when it reads as one."""
    return word(name) in _QUOTED_ONLY


def kind_of(roles: tuple[Role, ...], about: frozenset[Context]) -> Kind | None:
    """The kind that the roles announce in this context: what needs no context first."""
    chosen: Kind | None = None
    chatting = Context.CHAT in about and Context.MEETING not in about
    if chatting and any(role.kind is Kind.CHAT for role in roles):
        return Kind.CHAT
    for role in roles:
        if role.kind is None or (role.needs and not role.needs & about):
            continue
        if not role.needs and role.kind is not Kind.PERSON:
            return role.kind
        if chosen is None or chosen is Kind.PERSON:
            chosen = role.kind
    return chosen


def with_places(found: list[Key]) -> Iterator[Key]:
    """Longest names first at each place, so that a phrase goes before a word in it."""
    yield from sorted(found, key=lambda key: (key.start, -key.end))
