"""The supervisor: says which process ended, and leaves none running."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.demo.processes import Supervisor
from portal.demo.trouble import Trouble

LIVES = "import time; print('here', flush=True); time.sleep(60)"
FAILS = "import sys; print('the disk says no'); sys.exit(3)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + LIVES


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    """A supervisor whose processes are stopped after the test."""
    made = Supervisor()
    yield made
    made.stop()


def start(supervisor: Supervisor, folder: Path, name: str, code: str) -> None:
    """Start a few lines of Python."""
    supervisor.start(
        name,
        [sys.executable, "-c", code],
        cwd=folder,
        env=dict(os.environ),
        log=folder / f"{name}.log",
    )


def wait_for(log: Path, text: str) -> None:
    """Wait until a process has written its word."""
    until = time.monotonic() + 60
    while text not in log.read_text():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_process_that_ends_is_named_with_what_it_said(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    start(supervisor, tmp_path, "web", LIVES)
    start(supervisor, tmp_path, "sequencer", FAILS)
    with pytest.raises(Trouble, match=r"sequencer process ended by itself \(exit code 3\)") as told:
        supervisor.watch()
    assert "the disk says no" in str(told.value)
    assert "sequencer.log" in str(told.value)


def test_full_disk_is_named(supervisor: Supervisor, tmp_path: Path) -> None:
    start(supervisor, tmp_path, "worker", "import sys; sys.exit('No space left on device')")
    with pytest.raises(Trouble, match="because the disk is full"):
        supervisor.watch()


def test_stop_ends_all(supervisor: Supervisor, tmp_path: Path) -> None:
    start(supervisor, tmp_path, "web", LIVES)
    start(supervisor, tmp_path, "worker", LIVES)
    supervisor.stop()
    assert all(child.process.returncode is not None for child in supervisor.children)


def test_stop_ends_a_deaf_process(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.demo.processes.STOP_SECONDS", 0.3)
    start(supervisor, tmp_path, "worker", DEAF)
    wait_for(tmp_path / "worker.log", "here")
    supervisor.stop()
    assert supervisor.children[0].process.returncode == -9
