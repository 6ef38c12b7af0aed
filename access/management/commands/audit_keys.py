"""Print the public keys of this process, to be given to those who check its signatures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.audit.checkpoints import log_name
from access.audit.keys import KeyRing, NoKey, key_ring
from access.audit.notes import VerifierKey
from access.residency import CONTROL


class Command(BaseCommand):
    """Opens no database. In the demo and in tests, a key that is missing is made."""

    help = "Print verifier keys: a line for the logs, and a line for each witness."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose keys."""
        parser.add_argument("--logs", action="store_true", help="of the logs that are served here")
        parser.add_argument(
            "--witness",
            action="append",
            default=[],
            metavar="REGION[=FOLDER]",
            help="of this region's witness, whose key stands in that folder",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """The lines in the order of the options, logs first."""
        try:
            if options["logs"]:
                self._say(logs_of(key_ring()))
            for text in options["witness"]:
                region, _, folder = text.partition("=")
                ring = key_ring(Path(folder) if folder else None)
                self._say([ring.witness(region).verifier])
        except NoKey as error:
            raise CommandError(str(error)) from error

    def _say(self, keys: list[VerifierKey]) -> None:
        self.stdout.write(",".join(str(key) for key in keys))


def logs_of(ring: KeyRing) -> list[VerifierKey]:
    """The keys of the logs that are served here."""
    logs = [log_name(alias) for alias in (CONTROL, *settings.PORTAL_REGIONS)]
    return [key.verifier for log in logs for key in ring.log(log)]
