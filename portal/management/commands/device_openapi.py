"""Write docs/device-openapi.json: the device surface as an OpenAPI document."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rooms.device_api import openapi


class Command(BaseCommand):
    """Write the document, or with --check say whether the committed one is true."""

    help = "Write docs/device-openapi.json: the addresses that devices call."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare only, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        text, page = openapi.text(), openapi.PAGE
        if options["check"]:
            if not page.exists() or page.read_text() != text:
                raise CommandError(
                    "docs/device-openapi.json is not current: run manage.py device_openapi"
                )
            self.stdout.write("docs/device-openapi.json is current")
            return
        page.write_text(text)
        self.stdout.write("wrote docs/device-openapi.json")
