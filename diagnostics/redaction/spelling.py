"""Text as it reads, whatever characters spell it: case, width, look-alikes and invisible marks
folded away, with the way back to the text as it came."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

from confusable_homoglyphs import confusables

_SCRIPTS_OF_THEIR_OWN = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO")
# Punctuation that stands for another, beyond what compatibility folding knows.
_MARKS = {
    **dict.fromkeys("‘’‚‛′`´＇", "'"),
    **dict.fromkeys("“”„‟″＂", '"'),
    **dict.fromkeys("ː˸։׃∶꞉⁚︓﹕", ":"),
    **dict.fromkeys("꞊═", "="),
    **dict.fromkeys("‐‑‒–—−⁃", "-"),
    "\u2028": "\n",
    "\u2029": "\n",
    "\x85": "\n",
}


def _look_alikes() -> dict[str, str]:
    """Foreign letter to the Latin one it looks like, from Unicode's table of confusables."""
    found: dict[str, str] = {}
    for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ":
        for entry in confusables.confusables_data.get(letter, ()):
            alike = entry["c"]
            if len(alike) != 1 or alike.isascii() or not alike.isalpha():
                continue
            if not unicodedata.name(alike, "").startswith(_SCRIPTS_OF_THEIR_OWN):
                found.setdefault(alike, letter.lower())
    return found


class _Folding(dict[int, int | None]):
    """One character to one, or to nothing; filled as characters are met."""

    def __init__(self) -> None:
        super().__init__({ord(mark): ord(plain) for mark, plain in _MARKS.items()})
        self.alike = _look_alikes()

    def __missing__(self, code: int) -> int | None:
        self[code] = folded = self._fold(chr(code))
        return folded

    def _fold(self, char: str) -> int | None:
        if unicodedata.category(char) in ("Cf", "Mn", "Me", "Cs") or char in "ᅟᅠㅤﾠ":
            return None
        if char in self.alike:
            return ord(self.alike[char])
        plain = unicodedata.normalize("NFKC", char).casefold()[:1] or char
        if plain in self.alike:
            return ord(self.alike[plain])
        if "LATIN" in unicodedata.name(plain, ""):
            plain = unicodedata.normalize("NFD", plain)[0]
        return ord(_MARKS.get(plain, plain))


_FOLDING = _Folding()


@dataclass(frozen=True, slots=True)
class View:
    """A reading of a text; `at[i]` is where character i of the reading begins in the text.

    `at` has one entry more than the reading has characters. None means: the same places.
    """

    text: str
    at: Sequence[int] | None = None

    def place(self, index: int) -> int:
        return index if self.at is None else self.at[index]


def fold(view: View) -> View:
    """The same reading with every character folded to the plain one it stands for."""
    text = view.text
    if text.isascii():
        return View(text.lower(), view.at)
    folded = text.translate(_FOLDING)
    if len(folded) == len(text):
        return View(folded, view.at)
    kept = [index for index, char in enumerate(text) if _FOLDING[ord(char)] is not None]
    kept.append(len(text))
    return View(folded, kept if view.at is None else [view.at[index] for index in kept])


def kept(text: str) -> str:
    """The text without the characters that folding drops: one for each of the folded text."""
    if text.isascii():
        return text
    return "".join(char for char in text if _FOLDING[ord(char)] is not None)


def plain(text: str) -> str:
    """The folded text alone."""
    return text.lower() if text.isascii() else text.translate(_FOLDING)


class _Squeeze(dict[int, int | None]):
    """Letters only; 0 reads as o, and 1 and i read as l, for they are written for each other."""

    def __missing__(self, code: int) -> int | None:
        char = chr(code)
        kept: int | None = None
        if char in "1i":
            kept = ord("l")
        elif char == "0":
            kept = ord("o")
        elif char.isalpha():
            kept = code
        self[code] = kept
        return kept


_SQUEEZE = _Squeeze()
_ASCII_FROM = bytes.maketrans(b"01i", b"oll")
_ASCII_LETTER = bytes(chr(code).isalpha() or chr(code) in "01" for code in range(256))
_ASCII_DROP = bytes(
    code for code in range(128) if not chr(code).isalpha() and chr(code) not in "01"
)


def squeeze(folded: str) -> str:
    """The letters of a folded text in a row, so that `s-u-b j e c t` reads as one word."""
    if folded.isascii():
        return folded.encode("ascii").translate(_ASCII_FROM, _ASCII_DROP).decode("ascii")
    return folded.translate(_SQUEEZE)


def squeeze_lines(folded: str, between: str) -> str:
    """The same of many ASCII texts at once; `between`, which stands between them, is kept."""
    drop = _ASCII_DROP.replace(between.encode("ascii"), b"")
    return folded.encode("ascii").translate(_ASCII_FROM, drop).decode("ascii")


def letters(folded: str) -> list[int]:
    """Where each letter of `squeeze(folded)` stands in the folded text."""
    if folded.isascii():
        return list(compress(range(len(folded)), folded.encode("ascii").translate(_ASCII_LETTER)))
    return [index for index, char in enumerate(folded) if _SQUEEZE[ord(char)] is not None]


def word(text: str) -> str:
    """A word of a list as it is looked up: folded and squeezed."""
    return squeeze(plain(text))
