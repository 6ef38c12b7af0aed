"""How a simulated device takes commands. All but the first are there to try out who sends them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from rooms.simulator.machines import Machine


class Habit(StrEnum):
    """What a device makes of its commands."""

    GOOD = "good"
    LIES = "lies"  # says done, and has done nothing
    TWICE = "twice"  # answers, and answers again
    LATE = "late"  # answers long after it was done
    OTHERS = "others"  # answers for a command that is not its own as well
    RESTARTS = "restarts"  # loses its power in the middle of the work
    ASLEEP = "asleep"  # reports, and does nothing that it is told


# Of a hundred devices.
SHARES: Final = {
    Habit.GOOD: 92, Habit.LIES: 2, Habit.TWICE: 2, Habit.LATE: 1, Habit.OTHERS: 1,
    Habit.RESTARTS: 1, Habit.ASLEEP: 1,
}  # fmt: skip
# Minutes of the course by which an answer is late: more than anybody waits for one.
LATE_MINUTES: Final = 25.0


def habit_of(machine: Machine) -> Habit:
    """A machine's habit, always the same; that of the story's room is a good one."""
    if machine.room.shown:
        return Habit.GOOD
    return machine.chance("obeying").choices(list(SHARES), list(SHARES.values()))[0]
