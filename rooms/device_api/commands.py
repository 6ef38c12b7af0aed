"""Commands that wait for a device, and what it may answer to them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import StringConstraints

from rooms.reports.schema import Closed

MOST_ANSWER_BYTES = 1024


class Outcome(StrEnum):
    """How a command went."""

    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"


class CommandAnswer(Closed):
    """A device's answer to a command. Codes are the agent's own, such as USB_NOT_FOUND."""

    outcome: Outcome
    detail_code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{0,40}$")] = ""


class Stage(StrEnum):
    """How far a command is that has no answer yet."""

    ACCEPTED = "accepted"
    RUNNING = "running"


class CommandProgress(Closed):
    """The device has verified the command and will run it, or is at it."""

    state: Stage


# The commands that wait for the device of a key (its one parameter), as a JSON list or null.
WAITING: Final = "select device.commands(%s)"
