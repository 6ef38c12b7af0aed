"""The parent's side of event_child.py: hand chunks to it, and end it when it does not answer."""

from __future__ import annotations

import os
import selectors
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

CHILD: Final = Path(__file__).with_name("event_child.py")
READY: Final = b"ready"
# A chunk takes a few milliseconds, and a program on a busy machine a while to start.
SECONDS: Final = 10.0
START_SECONDS: Final = 60.0
# What a Python that is not in its usual place may need to start at all.
PASSED_ON: Final = ("LD_LIBRARY_PATH",)
# A file that ends so many readers is not worth another.
MOST_ENDS: Final = 3
LONGEST_ANSWER: Final = 16 * 1024 * 1024
PIECE: Final = 1024 * 1024


class Unreadable(Exception):
    """The chunk could not be read: the reader broke, took too long or too much."""


class ReaderBroken(RuntimeError):
    """The program cannot even start: that is our fault, and no chunk's."""


class EventReader:
    """Reads chunks one after the other. Use it `with`; its program ends with the block."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self.ends = 0
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> EventReader:
        return self

    def __exit__(self, *why: object) -> None:
        self._end()

    def read(self, raw: bytes) -> tuple[int, list[bytes]]:
        """How many records could not be read, and the others as JSON.

        Unreadable for this chunk; ReaderBroken when no chunk could be read.
        """
        if self.ends >= MOST_ENDS:
            raise Unreadable
        child = self._child or self._start()
        until = time.monotonic() + self.seconds
        try:
            self._write(child, struct.pack("<I", len(raw)) + raw, until)
            length, failed = struct.unpack("<II", self._read(child, 8, until))
            if length > LONGEST_ANSWER:
                raise Unreadable
            told = self._read(child, length, until)
        except (Unreadable, OSError) as wrong:
            self.ends += 1
            self._end()
            raise Unreadable from wrong
        return failed, told.split(b"\n") if told else []

    def _start(self) -> subprocess.Popen[bytes]:
        self._child = subprocess.Popen(
            [sys.executable, "-I", str(CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
            bufsize=0,
        )
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
        try:
            said = self._read(self._child, len(READY), time.monotonic() + START_SECONDS)
        except Unreadable as wrong:
            self._end()
            raise ReaderBroken("The reader of event logs does not start.") from wrong
        if said != READY:
            self._end()
            raise ReaderBroken("The reader of event logs does not speak as it should.")
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
        child.wait()

    def _write(self, child: subprocess.Popen[bytes], raw: bytes, until: float) -> None:
        if child.stdin is None:
            raise Unreadable
        left = memoryview(raw)
        while left:
            self._wait(child.stdin.fileno(), selectors.EVENT_WRITE, until)
            left = left[os.write(child.stdin.fileno(), left) :]

    def _read(self, child: subprocess.Popen[bytes], wanted: int, until: float) -> bytes:
        if child.stdout is None:
            raise Unreadable
        got = bytearray()
        while len(got) < wanted:
            self._wait(child.stdout.fileno(), selectors.EVENT_READ, until)
            piece = os.read(child.stdout.fileno(), min(PIECE, wanted - len(got)))
            if not piece:
                raise Unreadable
            got += piece
        return bytes(got)

    def _wait(self, fileno: int, event: int, until: float) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(fileno, event)
            if not selector.select(max(0.0, until - time.monotonic())):
                raise Unreadable
