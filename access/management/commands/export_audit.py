"""Write a bundle of a log that an auditor can verify without us."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from access.audit import export
from access.audit.bundles import Bundle
from access.audit.checkpoints import log_name
from access.audit.publisher import alias_of
from access.residency import CONTROL


class Command(BaseCommand):
    """Needs the role rooms_auditor. The export is itself recorded."""

    help = "Write a bundle of a log (whole, one day, or one grant) as a zip or a folder."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which log, what of it, up to which checkpoint, and where to."""
        logs = [log_name(alias) for alias in (CONTROL, *settings.PORTAL_REGIONS)]
        parser.add_argument("log", choices=logs)
        parser.add_argument("out", type=Path, help="a path that ends in .zip, or a new folder")
        parser.add_argument("--day", type=date.fromisoformat, help="only this day (UTC)")
        parser.add_argument("--grant", help="only the evidence of this grant")
        parser.add_argument("--checkpoint", type=int, help="the size of the checkpoint to use")
        parser.add_argument(
            "--previous",
            type=int,
            action="append",
            default=[],
            help="the size of a checkpoint to compare with later; may be repeated",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the bundle, record that, and only then write it."""
        alias, out = alias_of(options["log"]), options["out"]
        try:
            bundle = self._bundle(alias, options)
        except export.NothingToExport as error:
            raise CommandError(str(error)) from error
        manifest = json.loads(bundle.read("manifest.json"))
        what = {name: manifest[name] for name in ("kind", "about", "size")}
        with connections[alias].cursor() as cursor:
            cursor.execute("select lock.record_export(null, '', %s::jsonb)", [json.dumps(what)])
        if out.exists():
            raise CommandError(f"{out} is there already.")
        if out.suffix == ".zip":
            with out.open("xb") as target:
                bundle.write_zip(target)
        else:
            bundle.write_folder(out)
        self.stdout.write(
            f"{out}: {manifest['kind']} of {manifest['log']} up to {manifest['size']}"
        )

    def _bundle(self, alias: str, options: dict[str, Any]) -> Bundle:
        size, previous = options["checkpoint"], options["previous"]
        if options["grant"]:
            return export.evidence(alias, options["grant"], size, previous)
        if options["day"]:
            return export.day(alias, options["day"], size, previous)
        return export.whole_log(alias, size)
