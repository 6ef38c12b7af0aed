"""What can stand in the demo's way, said so that a person knows what to do about it."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SPACE_NEEDED_MB = 500


class Trouble(Exception):
    """The demo cannot go on. The text says what is wrong, and the remedy what to do."""

    def __init__(self, wrong: str, remedy: str) -> None:
        super().__init__(wrong)
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.args[0]}\n  {self.remedy}"


def need_space(folder: Path, megabytes: int = SPACE_NEEDED_MB) -> None:
    """Refuse to begin on a disk that would fill up half-way."""
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < megabytes:
        raise disk_full(f"Only {free} MB are free at {folder}; the demo needs {megabytes} MB.")


def disk_full(wrong: str) -> Trouble:
    """The trouble of a full disk, found early or late."""
    return Trouble(
        wrong, "Free some space, or set PORTAL_VAR to a folder on another disk, and start again."
    )


def need_port(host: str, port: int, variable: str) -> None:
    """Refuse to begin when something else already listens where we would."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Trouble(
                f"Port {port} on {host} cannot be used: {error.strerror}.",
                f"Stop what uses it, or choose another: {variable}={port + 1} make demo",
            ) from error


# Below what Linux (32768 up) and others hand out by themselves: between our look and our use, no
# connection that anybody makes can take such a port.
OWN_PORTS = range(15000, 32000)


def free_port() -> int:
    """A port that nobody listens on now, nor on the next one (where `up` puts the device surface).

    Raises Trouble when a hundred tries found none.
    """
    for _ in range(100):
        port = secrets.choice(OWN_PORTS)
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    raise Trouble("No free port was found on 127.0.0.1.", "Stop some of what listens there.")


@contextmanager
def only_copy(var: Path) -> Iterator[None]:
    """Hold the data folder for this process alone; the kernel lets go of it however we end."""
    var.mkdir(parents=True, exist_ok=True)
    handle = os.open(var / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(handle, 20, 0).decode().strip() or "unknown"
            raise Trouble(
                f"The demo already runs here (process {holder}, data in {var}).",
                "Use that one, or stop it first with Ctrl-C in its window.",
            ) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)
