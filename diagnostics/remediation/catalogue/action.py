"""What every remediation says of itself: the shape of a line of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import models

from access.scopes import Scope
from diagnostics.remediation.catalogue.parameters import Parameters
from diagnostics.remediation.catalogue.preconditions import Precondition
from diagnostics.remediation.catalogue.verification import Effect
from diagnostics.remediation.windows.rules import WindowRule
from rooms.kinds import Platform


class ActionCode(models.TextChoices):
    """Everything that can be asked for. A code is never used again for something else."""

    RESTART_APP = "restart_app", "Restart the meeting app"
    RESTART_DEVICE = "restart_device", "Restart the device"
    RESTART_CLEAR_CACHE = "restart_clear_cache", "Restart and clear the cache"
    RESET_USB = "reset_usb", "Reset a USB port or hub"
    REENUMERATE_USB = "reenumerate_usb", "Find USB devices again"
    USB_SUSPEND_OFF = "usb_suspend_off", "Keep USB awake"
    UPDATE_APP = "update_app", "Update the meeting app"
    UPDATE_OS = "update_os", "Update Windows"
    UPDATE_DRIVER = "update_driver", "Update a driver"
    UPDATE_FIRMWARE = "update_firmware", "Update firmware"
    UPDATE_AGENT = "update_agent", "Update the agent"
    RESET_WINDOWS_UPDATE = "reset_windows_update", "Reset Windows Update"
    CLEAN_DISK = "clean_disk", "Clean up the disk"
    RESYNC_TIME = "resync_time", "Set the clock right"
    COLLECT_LOG = "collect_log", "Collect logs"


class OperationKind(models.TextChoices):
    """What excludes what: a device has one open operation of a kind, whatever its action."""

    RESTART = "restart", "Restart"
    USB = "usb", "USB"
    UPDATE = "update", "Update"
    DISK = "disk", "Disk"
    CLOCK = "clock", "Clock"
    LOGS = "logs", "Logs"


class BlastRadius(models.TextChoices):
    """Who notices while it runs, from nobody to the whole room."""

    NOBODY = "nobody", "Nobody notices"
    PERIPHERAL = "peripheral", "One peripheral, for seconds"
    DEVICE = "device", "The device, for a minute"
    ROOM = "room", "The whole room, for minutes"


class Channel(models.TextChoices):
    """By which way an action can reach a device."""

    AGENT = "agent", "Agent"
    GRAPH = "graph", "Microsoft Graph"


@dataclass(frozen=True)
class RepeatLimit:
    """At most `times` runs on one device `within` a length of time."""

    times: int
    within: timedelta


@dataclass(frozen=True)
class TimeOuts:
    """How long each step may take before the queue goes on without it.

    `deliver`: until the device has taken the command. `answer`: until it says how it went.
    `settle`: until reports count at all, for a device that has just restarted is not well yet.
    `verify`: until reports must show the effect, counted from the answer.
    """

    deliver: timedelta
    answer: timedelta
    settle: timedelta
    verify: timedelta

    def scaled(self, minute: timedelta) -> TimeOuts:
        """The same where a catalogue minute lasts `minute`, as the demo's do."""
        part = minute / timedelta(minutes=1)
        return TimeOuts(
            self.deliver * part, self.answer * part, self.settle * part, self.verify * part
        )


def minutes(number: float) -> timedelta:
    """A length of time of the catalogue."""
    return timedelta(minutes=number)


def time_outs(answer: float, settle: float, verify: float) -> TimeOuts:
    """Minutes. Delivery takes a report or two, of one in five minutes; half an hour is patient."""
    return TimeOuts(minutes(30), minutes(answer), minutes(settle), minutes(verify))


def at_most(times: int, days: float) -> RepeatLimit:
    """So many runs on one device in so many days."""
    return RepeatLimit(times, timedelta(days=days))


@dataclass(frozen=True)
class Action:
    """One line of the catalogue.

    `needs` is how long the room must stay free for it; `interrupts` whether people in the room
    would notice, so that it never runs in a meeting. `mends` names signals that it may mend.
    `roll_back` says in words how it is undone; empty: it cannot be, or there is nothing to undo.
    `command` is the kind of the command that the agent is sent, `graph` the operation of
    """

    code: ActionCode
    kind: OperationKind
    scope: Scope
    side_effects: str
    parameters: type[Parameters]
    preconditions: tuple[Precondition, ...]
    blast_radius: BlastRadius
    interrupts: bool
    needs: timedelta
    window: WindowRule
    repeat: RepeatLimit
    time_outs: TimeOuts
    effect: Effect
    mends: tuple[str, ...]
    platforms: frozenset[Platform]
    command: str
    graph: str = ""
    roll_back: str = ""
    settled_reports: int = 1

    @property
    def title(self) -> str:
        """The action as a plain verb."""
        return str(self.code.label)

    @property
    def channels(self) -> frozenset[Channel]:
        """The ways by which it can be sent."""
        return frozenset({Channel.AGENT, Channel.GRAPH} if self.graph else {Channel.AGENT})
