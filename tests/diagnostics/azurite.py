"""Azurite, the emulator that the Blob service's makers publish, where it is installed.

It is a large package of another language, so nothing installs it unasked:
`npm install --no-save --prefix var/azurite azurite` does, and from then on the storage tests run
against it as well.
"""

from __future__ import annotations

import base64
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.demo.ground import dies_with_parent
from portal.demo.trouble import free_port
from tests.diagnostics.blob_server import ACCOUNT, Blobs

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 30


def find_azurite() -> str | None:
    """Its program: on the path, or in var/azurite."""
    own = ROOT / "var" / "azurite" / "node_modules" / ".bin"
    return shutil.which("azurite-blob", path=f"{own}{os.pathsep}{os.environ.get('PATH', '')}")


@contextmanager
def running(program: str) -> Iterator[Blobs]:
    """An Azurite that keeps everything in memory, until the block ends."""
    port = free_port()
    held = Blobs(f"http://127.0.0.1:{port}")
    words = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--inMemoryPersistence"]
    words += ["--silent", "--disableTelemetry", "--skipApiVersionCheck"]
    accounts = f"{ACCOUNT}:{base64.b64encode(held.key).decode()}"
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [program, *words],
            cwd=folder,
            env=os.environ | {"AZURITE_ACCOUNTS": accounts},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=dies_with_parent(signal.SIGTERM),
        )
        try:
            wait_for(port)
            yield held
        finally:
            process.terminate()
            process.wait(SECONDS)


def wait_for(port: int) -> None:
    """Return when something listens there."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("Azurite did not begin to listen.")
