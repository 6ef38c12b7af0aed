"""A selection of incidents on its way through a browser: signed, for one person, for a short time.

It holds references that were ticked, or the query of a list; and always how many there were and
how they stood, so that nothing is done to a selection that has changed.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core import signing

SALT: Final = "rooms.selection"
LASTS: Final = timedelta(minutes=15)
LONGEST: Final = 12_000


class BadSelection(ValueError):
    """The text is no selection of this person here, or one that is too old; its words say so."""


@dataclass(frozen=True)
class Selection:
    """Which incidents of which tenant. Without references it is everything that `query` finds."""

    tenant: str
    count: int
    facts: str
    references: tuple[str, ...] = ()
    query: str = ""

    def signed(self, actor: uuid.UUID, at: datetime) -> str:
        """The selection as a form carries it. `at` is the database's time."""
        return signing.Signer(salt=SALT).sign_object(
            {
                "t": self.tenant,
                "n": self.count,
                "f": self.facts,
                "r": " ".join(self.references),
                "q": self.query,
                "a": actor.hex,
                "x": (at + LASTS).timestamp(),
            },
            compress=True,
        )


def read_selection(text: str, *, tenant: str, actor: uuid.UUID, at: datetime) -> Selection:
    """The selection behind the text; BadSelection for any that was not made here, by them, lately.

    One answer for all that was tampered with: it tells nothing of what would have fitted.
    """
    try:
        if len(text) > LONGEST:
            raise signing.BadSignature("Too long.")
        held = signing.Signer(salt=SALT).unsign_object(text)
    except signing.BadSignature as error:
        raise BadSelection("The selection was changed on its way. Nothing was done.") from error
    if held["t"] != tenant or held["a"] != actor.hex:
        raise BadSelection("The selection was changed on its way. Nothing was done.")
    if at.timestamp() >= held["x"]:
        minutes = int(LASTS.total_seconds() // 60)
        raise BadSelection(f"The selection is older than {minutes} minutes. Nothing was done.")
    return Selection(
        tenant=held["t"],
        count=held["n"],
        facts=held["f"],
        references=tuple(held["r"].split()),
        query=held["q"],
    )
