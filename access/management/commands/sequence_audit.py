"""Run the audit sequencer of every database, until told to stop."""

from __future__ import annotations

import logging
import signal
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError, close_old_connections

from access.audit.sequencer import LostEvent, complete_tiles, keep_months, sequence
from access.lock.startup import refuse_unsafe_role
from access.residency import CONTROL

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
MONTHS_EVERY = 3600.0


class Command(BaseCommand):
    """Needs the role rooms_auditor."""

    help = "Give staged audit events their positions; --once does what is there and stops."

    def add_arguments(self, parser: CommandParser) -> None:
        """--once, for tests and for a look."""
        parser.add_argument("--once", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Loop over the databases; one that is down does not keep the others waiting."""
        refuse_unsafe_role()
        self.complete: set[str] = set()
        self.months_at: dict[str, float] = {}
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            moved = sum(self._sequence(alias) for alias in (CONTROL, *settings.PORTAL_REGIONS))
            if moved:
                continue
            if options["once"]:
                return
            stop.wait(IDLE_SECONDS)

    def _sequence(self, alias: str) -> int:
        try:
            if alias not in self.complete:
                complete_tiles(alias)
                self.complete.add(alias)
            self._keep_months(alias)
            return sequence(alias)
        except OperationalError:
            logger.exception("The database %s does not answer; trying again.", alias)
            close_old_connections()
            return 0
        except LostEvent:
            # What waits longer than ten seconds is an alarm on the status page.
            logger.exception("The log of %s stands still.", alias)
            return 0

    def _keep_months(self, alias: str) -> None:
        """Once an hour; whoever reads the record for longer than a second lets it wait for one."""
        if time.monotonic() < self.months_at.get(alias, 0.0):
            return
        self.months_at[alias] = time.monotonic() + MONTHS_EVERY
        keep_months(alias)
