"""Text to the words that the index holds, the same way when it is stored and when it is searched.

Whole words only: what is stored is a keyed hash of each, and equality is all that a hash keeps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

SHORTEST: Final = 2
LONGEST: Final = 40
# Ours: a line longer than any message of the channels we know; what follows is not indexed.
MOST_IN_A_LINE: Final = 48
MOST_IN_A_SEARCH: Final = 5

# Letters and digits of any script, and what joins the parts of codes: 0x80070005, AADSTS50126.
_WORD: Final = re.compile(r"[^\W_]+", re.UNICODE)
_MARK: Final = re.compile(r"\[(?:cut: )?[a-z -]+(?: \d+)?\]")


def words_of(*texts: str) -> list[str]:
    """The words of these texts, each once, in their order; marks of the guard are no words."""
    found: dict[str, None] = {}
    for text in texts:
        bare = _MARK.sub(" ", text) if "[" in text else text
        for word in _WORD.findall(bare.lower() if bare.isascii() else bare):
            if SHORTEST <= len(word) <= LONGEST:
                found.setdefault(word if bare.isascii() else word.casefold())
                if len(found) >= MOST_IN_A_LINE:
                    return list(found)
    return list(found)


def wanted_words(text: str) -> list[str]:
    """The words of a search; what is more than MOST_IN_A_SEARCH is left out."""
    return words_of(text)[:MOST_IN_A_SEARCH]


def left_out(text: str) -> list[str]:
    """The words of a search that are not looked for, because there are too many."""
    return words_of(text)[MOST_IN_A_SEARCH:]


def joined(words: Iterable[str]) -> str:
    """Words for a sentence."""
    return ", ".join(f"“{word}”" for word in words)
