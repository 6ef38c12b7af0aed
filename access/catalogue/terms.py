"""The terms that a part of the catalogue is written in: tables, their items, and how long it stays.

Classes and the longest times are the published ones; where a number is ours, `source` says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from access.purposes import JUSTIFIES, Purpose
from access.scopes import Category, Scope

# Every row has its own key and its tenant's: both are random ids, and no item repeats them.
KEYS: Final = ("id", "tenant_id")


class DataClass(StrEnum):
    """What a field says, and of whom."""

    CONTENT = "customer content"
    EUII = "end-user identifiable (EUII)"
    EUPI = "end-user pseudonymous (EUPI)"
    OII = "organisation identifiable (OII)"
    SYSTEM = "system metadata"
    ACCOUNT = "account data"
    RECORD = "record"


MEANING: Final[dict[DataClass, str]] = {
    DataClass.CONTENT: "What the customer's people make or say themselves, such as files and"
    " messages.",
    DataClass.EUII: "Names a person, or leads to one: a sign-in name, a name, an address of"
    " their own.",
    DataClass.EUPI: "An id that stands for a person and names nobody by itself.",
    DataClass.OII: "Names the organisation or a thing of its own: tenant, network, building, room.",
    DataClass.SYSTEM: "What a device or this service says of itself: settings, states, versions,"
    " counts.",
    DataClass.ACCOUNT: "Who to turn to at the customer, and how the service is set up for it.",
    DataClass.RECORD: "Who of the service asked, decided, looked or acted, when and why.",
}
# The most that may remain after deletion, as published for each class; ours are not longer.
LONGEST: Final[dict[DataClass, timedelta]] = {
    DataClass.CONTENT: timedelta(days=180),
    DataClass.EUII: timedelta(days=180),
    DataClass.EUPI: timedelta(days=180),
    DataClass.OII: timedelta(days=180),
    DataClass.SYSTEM: timedelta(days=365),
    DataClass.ACCOUNT: timedelta(days=3 * 365),
}


class Redaction(StrEnum):
    """Where what must not be kept is taken out."""

    DEVICE = "on the device, and checked at the portal's door"
    GUARD = "at the portal's door, before anything is stored"
    NEVER_STORED = "never stored"
    NOT_NEEDED = "not needed"


@dataclass(frozen=True)
class Keep:
    """How long data stays, in words, and what sees to it: exactly one of the last three.

    `time` is the length where there is one; without it, `words` name the event. `task` is a Celery
    task that the schedule wakes up, `command` one of manage.py's, and `awaits` what is still to be
    built: until then nothing removes the data by itself, and the compliance page says so.
    """

    words: str
    source: str
    time: timedelta | None = None
    task: str = ""
    command: str = ""
    awaits: str = ""

    @property
    def applied_by(self) -> str:
        """What removes the data, in words."""
        if self.task:
            return f"the worker's task {self.task}"
        if self.command:
            return f"the command {self.command}, by hand"
        return f"nothing yet: waits for {self.awaits}"


@dataclass(frozen=True)
class Item:
    """Some fields of one table that say the same kind of thing.

    `fields` are names separated by blanks. Without `purposes`, every published reason that
    justifies the table's category is one.
    """

    name: str
    details: str
    data: DataClass
    fields: str
    redaction: Redaction = Redaction.NOT_NEEDED
    purposes: tuple[Purpose, ...] = ()


@dataclass(frozen=True)
class Table:
    """One table of the regions: why it is there, which scope opens it, and how long rows stay.

    `model` is such as "rooms.Room". Where no scope opens the rows, `shown_to` says who sees them.
    `since` is the column by which the oldest row is told; it should follow tenant_id in an index
    wherever one tenant may have very many rows.
    """

    model: str
    category: Category
    keep: Keep
    items: tuple[Item, ...]
    scope: Scope | None = None
    shown_to: str = ""
    since: str = ""

    @property
    def fields(self) -> list[str]:
        """The fields that the items list, in order."""
        return [name for item in self.items for name in item.fields.split()]


def reasons(item: Item, category: Category) -> list[Purpose]:
    """The published reasons for which the item is held and asked for."""
    justified = [purpose for purpose in Purpose if category in JUSTIFIES[purpose]]
    return [purpose for purpose in justified if not item.purposes or purpose in item.purposes]
