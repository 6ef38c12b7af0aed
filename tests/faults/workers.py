"""Celery workers as production runs them, and whoever kills them."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg
from celery import Celery
from kombu import Connection
from kombu.exceptions import OperationalError

from portal.demo.ground import dies_with_parent
from tests.faults.brokers import Broker, end
from tests.plugins.cluster import ROOT

# As the schedule of the workers has them; here the bell is rung without beat.
TASKS: Final = ("diagnostics.remediate", "diagnostics.verify")
RING_SECONDS: Final = 0.25
CUT: Final = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where usename = 'rooms_worker' and datname = current_database() and random() < 0.5
"""


@dataclass
class Workers:
    """So many workers of the EU, each a process group of its own."""

    environment: dict[str, str]
    folder: Path
    number: int = 2
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)

    def start(self) -> None:
        """Start all of them."""
        self.begun = [0] * self.number
        self.running = [self._one(place) for place in range(self.number)]

    def ready(self) -> list[int]:
        """The places of those that have come up since they were started last."""
        return [place for place in range(self.number) if b" ready." in self._said(place)]

    def kill(self, place: int) -> None:
        """End one with -9, children and all, and start another in its place."""
        end(self.running[place], signal.SIGKILL)
        self.begun[place] = self._log(place).stat().st_size
        self.running[place] = self._one(place)

    def _log(self, place: int) -> Path:
        return self.folder / f"worker{place}.log"

    def _said(self, place: int) -> bytes:
        return self._log(place).read_bytes()[self.begun[place] :]

    def stop(self) -> None:
        """End all of them."""
        for process in self.running:
            end(process, signal.SIGKILL)

    def _one(self, place: int) -> subprocess.Popen[bytes]:
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "INFO"]
        command = [sys.executable, "-m", "celery", "-A", "portal", "worker", "-Q", "eu", "-c", "2"]
        with self._log(place).open("ab") as sink:
            return subprocess.Popen(
                [*command, "-n", f"w{place}-{os.getpid()}@localhost", *quiet],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGTERM),
            )


@dataclass
class Bell:
    """Rings for the workers until it is over; a broker that is away is rung again later."""

    broker: Broker
    over: threading.Event = field(default_factory=threading.Event)
    rung: int = 0

    def ring(self) -> None:
        """Send every task's message again and again, more often than anybody needs."""
        app = Celery(set_as_current=False)
        app.conf.update(task_ignore_result=True, task_publish_retry=False)
        while not self.over.wait(RING_SECONDS):
            # given by hand: the address in the environment is another one, and comes first
            try:
                with Connection(self.broker.url, connect_timeout=2) as line:
                    for task in TASKS:
                        app.send_task(task, ["eu"], queue="eu", expires=10, connection=line)
                        self.rung += 1
            except (OperationalError, OSError):
                continue


@dataclass
class Killer:
    """Kills workers, cuts their connections, and restarts the broker, at random."""

    workers: Workers
    broker: Broker
    inside: psycopg.Connection
    dice: random.Random
    pause: tuple[float, float] = (1.5, 4.0)
    over: threading.Event = field(default_factory=threading.Event)
    done: Counter[str] = field(default_factory=Counter)
    trouble: list[BaseException] = field(default_factory=list)

    def work(self) -> None:
        """Until it is over."""
        deeds: list[tuple[str, Callable[[], object], int]] = [
            ("worker killed", self._kill, 6),
            ("connections cut", lambda: self.inside.execute(CUT), 3),
            ("broker killed", self.broker.restart, 1),
        ]  # one that has not come up yet has nothing in hand that it could lose
        try:
            while not self.over.wait(self.dice.uniform(*self.pause)):
                if not self.workers.ready():
                    continue
                ((name, deed, _),) = self.dice.choices(deeds, [share for *_, share in deeds])
                deed()
                self.done[name] += 1
        except BaseException as error:  # noqa: BLE001 - a thread; the test raises it
            self.trouble.append(error)

    def _kill(self) -> None:
        self.workers.kill(self.dice.choice(self.workers.ready()))
