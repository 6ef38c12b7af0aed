"""What was ordered, as the command says it, and the device as it was through that time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from rooms.simulator.condition import Condition
from rooms.simulator.machines import Machine

EVERY: Final = timedelta(minutes=5)
# A week at one look in five minutes.
MOST_LOOKS: Final = 2016


class UnreadableOrder(ValueError):
    """The command's parameters are no order that this agent understands."""


@dataclass(frozen=True)
class Part:
    """One thing that is wanted. `channel` is empty but for event logs."""

    kind: str
    channel: str = ""


@dataclass(frozen=True)
class Order:
    """One collection. `begins` and `ends` are the wanted time, half-open."""

    collection: str
    parts: tuple[Part, ...]
    begins: datetime
    ends: datetime
    bytes_most: int
    chunk_bytes: int

    @classmethod
    def of(cls, parameters: dict[str, Any]) -> Order:
        """The order in a command's parameters. UnreadableOrder."""
        try:
            return cls(
                collection=str(parameters["collection"]),
                parts=tuple(
                    Part(str(one["kind"]), str(one.get("channel") or ""))
                    for one in parameters["parts"]
                ),
                begins=_moment(parameters["from"]),
                ends=_moment(parameters["to"]),
                bytes_most=int(parameters["upload"]["bytes_most"]),
                chunk_bytes=int(parameters["upload"]["chunk_bytes"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as wrong:
            raise UnreadableOrder(str(wrong)) from wrong


def _moment(told: str) -> datetime:
    at = datetime.fromisoformat(told)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC)


class Flaw(StrEnum):
    """What a device may do wrong, for tests of what receives it."""

    CORRUPT = "corrupt"
    ENCRYPTED = "encrypted"
    LEAKY = "leaky"


@dataclass(frozen=True)
class DeviceState:
    """A device now and before. `at` tells its condition at any moment."""

    machine: Machine
    reference: str
    moment: datetime
    at: Callable[[datetime], Condition]
    flaws: frozenset[Flaw] = frozenset()

    def looks(self, order: Order) -> list[tuple[datetime, Condition]]:
        """Moments of the wanted time and how the device was then, without power left out."""
        last = min(order.ends, self.moment)
        begin = max(order.begins, last - MOST_LOOKS * EVERY)
        moments = (begin + number * EVERY for number in range((last - begin) // EVERY + 1))
        found = ((moment, self.at(moment)) for moment in moments)
        return [(moment, condition) for moment, condition in found if condition.powered]
