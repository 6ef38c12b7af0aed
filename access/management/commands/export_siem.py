"""Send the record to the destinations that the settings name, until told to stop."""

from __future__ import annotations

import logging
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, close_old_connections

from access.lock.startup import refuse_unsafe_role
from access.residency import CONTROL
from access.siem.delivery import deliver_all
from access.siem.destinations import parse

logger = logging.getLogger(__name__)

IDLE_SECONDS = 2.0


class Command(BaseCommand):
    """Needs the role rooms_auditor."""

    help = "Send the record to SIEM_DESTINATIONS; --once sends what is there and stops."

    def add_arguments(self, parser: CommandParser) -> None:
        """--once, for tests and for a look."""
        parser.add_argument("--once", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Loop over destinations and logs."""
        refuse_unsafe_role()
        destinations = parse(
            settings.SIEM_DESTINATIONS,
            token=settings.SIEM_TOKEN,
            authorities=settings.SIEM_AUTHORITIES,
        )
        if not destinations:
            raise CommandError("No destination is set: SIEM_DESTINATIONS='name format address'.")
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            try:
                sent = deliver_all([CONTROL, *settings.PORTAL_REGIONS], destinations)
            except OperationalError:
                logger.exception("A database does not answer; trying again.")
                close_old_connections()
                sent = 0
            if sent:
                continue
            if options["once"]:
                return
            stop.wait(IDLE_SECONDS)
