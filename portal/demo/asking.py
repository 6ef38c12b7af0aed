"""How the demo is asked to stop: Ctrl-C, termination, or the end of the make that started it."""

from __future__ import annotations

import ctypes
import os
import re
import signal
from pathlib import Path
from types import FrameType

from portal.demo.ground import PR_SET_PDEATHSIG

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class AskedToStop(BaseException):
    """A signal asked the demo to stop; passes through every handler of errors."""


def ask_to_stop(number: int, frame: FrameType | None) -> None:
    """Begin to stop, and let a second Ctrl-C not disturb that."""
    for sign in SIGNALS:
        signal.signal(sign, signal.SIG_IGN)
    raise AskedToStop


def listen() -> None:
    """Stop in order on a signal, and when the make that started us is killed."""
    for sign in SIGNALS:
        signal.signal(sign, ask_to_stop)
    if make_is_parent():
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))


def make_is_parent() -> bool:
    """Whether make started us."""
    name = Path(f"/proc/{os.getppid()}/comm")
    return name.exists() and name.read_text().strip() == "make"


def make_was_interrupted() -> bool:
    """Whether the make that started us, and not we, got an interrupt.

    In a terminal both get it. Sent to make alone, make stops catching it and waits for us for ever,
    without a word: what it catches is the only sign.
    """
    if not make_is_parent():
        return False
    facts = Path(f"/proc/{os.getppid()}/status").read_text()
    caught, ignored = (
        int(match[1], 16) if (match := re.search(rf"^{name}:\s*(\w+)", facts, re.M)) else 0
        for name in ("SigCgt", "SigIgn")
    )
    interrupt = 1 << (signal.SIGINT - 1)
    return not (caught | ignored) & interrupt
