"""Verifying a command on the device: everything must fit, or nothing is done."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from rooms.commands import envelope
from rooms.commands.envelope import LONGEST, Command, Malformed
from rooms.commands.keys import TrustedKeys

# How far the two clocks may be apart; a device sets its own by the service's answers.
SKEW: Final = timedelta(seconds=60)


class Why(StrEnum):
    """Why a command is refused; the value is the device's detail code."""

    MALFORMED = "MALFORMED"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    KEY_NOT_VALID = "KEY_NOT_VALID"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    OTHER_REGION = "OTHER_REGION"
    OTHER_DEVICE = "OTHER_DEVICE"
    NOT_YET = "NOT_YET"
    EXPIRED = "EXPIRED"
    TOO_LONG = "TOO_LONG"


class Untrusted(ValueError):
    """The command is not run. `why` is what the device answers."""

    def __init__(self, why: Why, words: str) -> None:
        super().__init__(words)
        self.why = why


def verify_command(
    sent: object, *, device: str, trusted: TrustedKeys, at: datetime, skew: timedelta = SKEW
) -> Command:
    """The command, if it is from our region, for this device, and for now. Raises Untrusted.

    `at` is service time as the device knows it. Nothing of a command is believed before its
    signature holds; whether it ran already is the ledger's to say.
    """
    try:
        command, signed, signature = envelope.read(sent)
    except Malformed as error:
        raise Untrusted(Why.MALFORMED, str(error)) from error
    key = trusted.find(command.key_id)
    if key is None:
        raise Untrusted(Why.UNKNOWN_KEY, "No trusted key has that name.")
    if not key.holds(signature, signed):
        raise Untrusted(Why.BAD_SIGNATURE, "The signature does not hold.")
    if command.region != trusted.region:
        raise Untrusted(Why.OTHER_REGION, "The command is of another region.")
    if command.device != device:
        raise Untrusted(Why.OTHER_DEVICE, "The command is for another device.")
    if not key.is_valid(command.issued_at):
        raise Untrusted(Why.KEY_NOT_VALID, "The key was not in use when this was issued.")
    if command.expires_at - command.issued_at > LONGEST:
        raise Untrusted(Why.TOO_LONG, "The command lasts too long.")
    if command.issued_at > at + skew:
        raise Untrusted(Why.NOT_YET, "The command is from the future.")
    if command.expires_at <= at:
        raise Untrusted(Why.EXPIRED, "The command has expired.")
    return command
