"""Devices with a story, and orders for their bundles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache

from rooms.fleet.places import planned_fleet
from rooms.simulator.bundle.noise import LINES
from rooms.simulator.bundle.order import DeviceState, Flaw, Order, Part
from rooms.simulator.bundle.queries import QUERIES
from rooms.simulator.bundle.words import LOGS
from rooms.simulator.condition import Condition, well
from rooms.simulator.machines import Machine, machines_of

# A Monday in working hours of every tenant's region.
MOMENT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BEGAN = MOMENT - timedelta(hours=3)
EVERYTHING = (
    *(Part("event_log", channel) for channel in LINES),
    *(Part(kind) for kind in (*QUERIES, *LOGS, "activity")),
)
Story = Callable[[Machine, Condition, datetime], Condition]


@cache
def computer() -> Machine:
    """A Windows computer with a camera at a USB port."""
    return next(
        machine
        for machine in machines_of(planned_fleet(60), 5)
        if machine.windows and any(part.on_usb and part.vendor_id for part in machine.parts)
    )


def order(*parts: Part, hours: int = 3) -> Order:
    return Order(
        "COL-ABCD1234", parts or EVERYTHING, MOMENT - timedelta(hours=hours), MOMENT, 10**9, 10**6
    )


def state(story: Story | None = None, *flaws: Flaw, machine: Machine | None = None) -> DeviceState:
    """A device that was well but for its story."""
    one = machine or computer()

    def at(moment: datetime) -> Condition:
        condition = well(one, moment)
        return story(one, condition, moment) if story else condition

    return DeviceState(one, "DV-ABCD1234", MOMENT, at, frozenset(flaws))
