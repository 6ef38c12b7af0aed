"""The supervisor: starts processes, watches them, stops them all. It restarts nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portal.demo import asking, ground
from portal.demo.trouble import Trouble, disk_full

STOP_SECONDS = 8.0


@dataclass
class Child:
    """One running process."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path


@dataclass
class Supervisor:
    """The processes of one demo."""

    children: list[Child] = field(default_factory=list)

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        cwd: Path,
        env: Mapping[str, str],
        log: Path,
    ) -> None:
        """Start one process in a session of its own, so that Ctrl-C reaches us alone."""
        with log.open("ab") as sink:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                preexec_fn=ground.dies_with_parent(signal.SIGTERM),
                start_new_session=True,
            )
        self.children.append(Child(name, process, log))

    def watch_too(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        """Watch a process that somebody else starts and stops."""
        self.children.append(Child(name, process, log))

    def look(self) -> None:
        """Raise Trouble when a process ended by itself."""
        for child in self.children:
            code = child.process.poll()
            if code is None:
                continue
            how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
            last = last_lines(child.log)
            if any("No space left on device" in line for line in last):
                raise disk_full(f"The {child.name} process ended ({how}) because the disk is full.")
            raise Trouble(
                f"The {child.name} process ended by itself ({how}), so everything was stopped."
                " It last said:\n    " + "\n    ".join(last),
                f"Its log: {child.log}",
            )

    def watch(self) -> None:
        """Stay until a process ends, which is trouble, or until we are asked to stop."""
        while not asking.make_was_interrupted():
            self.look()
            time.sleep(0.3)
        raise asking.AskedToStop

    def stop(self) -> None:
        """Ask all of ours to stop at once, wait a while, then end what is left."""
        running = [child for child in self.children if child.process.poll() is None]
        for child in running:
            child.process.terminate()
        until = time.monotonic() + STOP_SECONDS
        for child in running:
            try:
                child.process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.process.pid, signal.SIGKILL)
                child.process.wait()


def last_lines(log: Path, count: int = 8) -> list[str]:
    """The end of a log."""
    return log.read_text(errors="replace").strip().splitlines()[-count:]
