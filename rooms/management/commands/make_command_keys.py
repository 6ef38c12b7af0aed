"""Make the keys that sign commands to devices, or the next ones, in a file for their owner only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from access.audit.durable import write_whole
from rooms.commands import BadKeys
from rooms.commands.rotation import Held, first, following, read_key, spell, without


class Command(BaseCommand):
    """Keeps what is there already. The keys are for the environment of processes."""

    requires_system_checks = ()  # it runs before there is anything to check
    help = "Make each region's command keys in keys.json; --next adds one that begins in a week."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--next", action="store_true", help="add the key that follows")
        parser.add_argument("--without", metavar="KEY", help="take the key of this id away")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing, and the change that was asked for."""
        folder = Path(settings.COMMAND_KEYS_DIR)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path, at, taken = folder / "keys.json", timezone.now(), 0
        known: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        for region in settings.PORTAL_REGIONS:
            try:
                held = _read(region, known[region]) if region in known else first(region, at)
                if options["next"] and region in known:
                    held = following(held, at)
                if options["without"] in {key.public.key_id for key in held.keys}:
                    held, taken = without(held, options["without"], at), taken + 1
            except BadKeys as error:
                raise CommandError(str(error)) from error
            known[region] = {"keys": [spell(key) for key in held.keys], "list": held.listed}
            names = ", ".join(key.public.key_id for key in held.keys)
            self.stdout.write(f"{region}: list {held.serial}, {names}")
        if options["without"] and not taken:
            raise CommandError(f"There is no key {options['without']}. Nothing was changed.")
        write_whole(path, json.dumps(known, indent=2))
        self.stdout.write(
            f"{path}: give each `list` to the device surface as COMMAND_KEY_LIST_<REGION>,"
            " each `keys`, with spaces between them, to workers alone as COMMAND_KEYS_<REGION>"
        )


def _read(region: str, told: dict[str, Any]) -> Held:
    return Held(region, tuple(read_key(text) for text in told["keys"]), told["list"])
