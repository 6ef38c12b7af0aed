"""Check that nobody holds standing access: once, or every day until told to stop."""

from __future__ import annotations

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, close_old_connections

from access.lock.startup import refuse_unsafe_role
from access.models import StandingCheck
from access.standing.check import check

logger = logging.getLogger(__name__)

DAY_SECONDS = 24 * 3600.0
AGAIN_SECONDS = 60.0


class Command(BaseCommand):
    """Needs the role rooms_web: it tries what staff pages could try."""

    help = "Ask the catalogues, try to read without access, and keep the result."

    def add_arguments(self, parser: CommandParser) -> None:
        """--daily, for the process that stays."""
        parser.add_argument("--daily", action="store_true", help="stay, and check once a day")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check. Without --daily the exit code says whether everything was as it should be."""
        refuse_unsafe_role()
        if not options["daily"]:
            made = check()
            self.stdout.write(str(made))
            if not made.good:
                raise CommandError("Somebody holds standing access; see /audit/standing/.")
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            stop.wait(DAY_SECONDS if self._tried() else AGAIN_SECONDS)

    def _tried(self) -> StandingCheck | None:
        try:
            made = check()
        except OperationalError:
            logger.exception("A database does not answer; trying again.")
            close_old_connections()
            return None
        log = logger.info if made.good else logger.critical
        log("Standing access: %s", made)
        close_old_connections()
        return made
