"""Sign and cosign the checkpoints of the logs, and check the logs, until told to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterable
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.audit.checkpoints import log_name
from access.audit.keys import NoKey, key_ring
from access.audit.notes import BadNote, VerifierKey
from access.audit.publisher import Publisher
from access.lock.startup import refuse_unsafe_role
from access.residency import CONTROL
from access.witness.client import RemoteWitness

# With the sequencer's own pause, news are published within two seconds.
PAUSE_SECONDS: Final = 0.5


class Command(BaseCommand):
    """Needs the role rooms_auditor, and keys that no other process can read."""

    help = "Sign the checkpoints of the logs and have them cosigned; --once does it once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which logs and witnesses this process is; all that are served by default."""
        parser.add_argument("--once", action="store_true")
        parser.add_argument("--logs", help="comma-separated, of control,eu,apac,us")
        parser.add_argument("--witnesses", help="comma-separated regions whose witness this is")
        parser.add_argument("--rotate", metavar="LOG", help="make a new key; all keys sign")
        parser.add_argument("--retire", metavar="LOG", help="keep only the newest key")

    def handle(self, *args: Any, **options: Any) -> None:
        """Change a key, or publish until told to stop."""
        try:
            self._handle(options)
        except (NoKey, BadNote) as error:
            raise CommandError(str(error)) from error

    def _handle(self, options: dict[str, Any]) -> None:
        ring = key_ring()
        if options["rotate"]:
            self.stdout.write(f"Give this key to readers: {ring.rotate(options['rotate'])}")
        if options["retire"]:
            ring.retire(options["retire"])
        if options["rotate"] or options["retire"]:
            return
        refuse_unsafe_role()
        served = [log_name(alias) for alias in (CONTROL, *settings.PORTAL_REGIONS)]
        asked = [RemoteWitness.parse(text) for text in settings.AUDIT_WITNESSES]
        # With witnesses of their own, this process is none unless it is told to be.
        own = options["witnesses"] if options["witnesses"] is not None or not asked else ""
        publisher = Publisher(
            ring,
            logs=chosen(options["logs"], served),
            witnesses=chosen(own, settings.PORTAL_REGIONS),
            elsewhere=[VerifierKey.parse(text) for text in settings.AUDIT_VKEYS],
            asked=asked,
        )
        publisher.round()
        if not options["once"]:
            self._keep_on(publisher)

    def _keep_on(self, publisher: Publisher) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        while not stop.wait(PAUSE_SECONDS):
            publisher.round()


def chosen(text: str | None, served: Iterable[str]) -> list[str]:
    """The names in a comma-separated option, all of them served here."""
    known = list(served)
    names = known if text is None else [name for name in text.split(",") if name]
    unknown = set(names) - set(known)
    if unknown:
        raise CommandError(f"Not served here: {', '.join(sorted(unknown))}.")
    return names
