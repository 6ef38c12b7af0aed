"""Run the audit sequencer of every database, until told to stop."""

from __future__ import annotations

import logging
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError, close_old_connections

from access.audit.sequencer import complete_tiles, sequence
from access.lock.startup import refuse_unsafe_role
from access.residency import CONTROL

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.5


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
            return sequence(alias)
        except OperationalError:
            logger.exception("The database %s does not answer; trying again.", alias)
            close_old_connections()
            return 0
