"""What a list is made of, told once beside its view."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from access.listing.columns import Column, Order
from access.listing.filters import Filter

PAGE_SIZE = 50


@dataclass(frozen=True)
class ListSpec:
    """A list: its name, what it is a list of, and what can be shown, filtered and sorted.

    `extra` names URL keys of the page that the list carries along but does not understand.
    """

    name: str
    things: str
    columns: tuple[Column, ...]
    orders: tuple[Order, ...]
    filters: tuple[Filter, ...] = ()
    extra: tuple[str, ...] = ()
    page_size: int = PAGE_SIZE
    thing: str = ""

    def order(self, key: str) -> Order | None:
        """The order of that name; the first one is the default."""
        return next((order for order in self.orders if order.key == key), None)

    def with_filters(self, filters: Iterable[Filter]) -> ListSpec:
        """The same list with filters whose choices are known only now."""
        return replace(self, filters=tuple(filters))

    def count_words(self, number: int, text: str = "") -> str:
        """`1 room`, `22 rooms`."""
        singular = self.thing or self.things.removesuffix("s")
        return f"{text or f'{number:,}'} {singular if number == 1 else self.things}"
