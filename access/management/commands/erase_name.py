"""Take a person's name out of the record; the log still verifies, and says that it was done."""

from __future__ import annotations

import re
import uuid
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections, transaction

from access.residency import CONTROL

_BASIS: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,39}")


class Command(BaseCommand):
    """Needs the role rooms_owner: no process of the portal may erase anything."""

    help = "Erase the name of a staff account from the record of every database."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose name, and the legal basis as a code."""
        parser.add_argument("account", type=uuid.UUID, help="the id of the staff account")
        parser.add_argument("--basis", required=True, help="a code such as gdpr-17")

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase in every database; each is one transaction, and running it again is harmless."""
        if not _BASIS.fullmatch(options["basis"]):
            raise CommandError("Give the basis as a code: small letters, digits, dots and dashes.")
        for alias in (CONTROL, *settings.PORTAL_REGIONS):
            with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
                cursor.execute(
                    "select lock.erase_name(%s, %s)", [options["account"], options["basis"]]
                )
                self.stdout.write(f"{alias}: {cursor.fetchone()[0]} events")
