"""Fill the four databases with the demo's people, tenants and rooms, as their owner."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from access.residency import CONTROL
from portal import demo_people
from rooms.fleet.plans import TENANTS, room_reference
from rooms.fleet.seed import seed_region


class Command(BaseCommand):
    """Safe to run again: what is there stays as it is, and the output is the same."""

    help = "Seed people, tenants and rooms for the demo, logged in as rooms_owner."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """One switch, for machines."""
        parser.add_argument("--json", action="store_true", help="print what was seeded as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """The control plane first, then each region in a transaction of its own."""
        wanted = settings.DEMO or settings.PORTAL_ENV == "test"
        if not wanted or settings.PORTAL_ENV == "production":
            raise CommandError("seed_demo is for the demo: set PORTAL_DEMO=1, never in production.")
        at = datetime.now(UTC).replace(microsecond=0)
        self.stderr.write("People, tenants and policy")
        with transaction.atomic(using=CONTROL):
            directory = demo_people.seed_directory()
            for person in demo_people.PEOPLE:
                demo_people.seed_person(person, directory, at)
            demo_people.publish_first_policy(at)
        rooms = {}
        for region in settings.PORTAL_REGIONS:
            rooms[region] = seed_region(region, at)
            self.stderr.write(f"{rooms[region]} rooms in {region.upper()}")
        if options["json"]:
            self.stdout.write(json.dumps(self.report(rooms)))

    def report(self, rooms: dict[str, int]) -> dict[str, Any]:
        """Who can sign in, how many rooms there are, and a room worth looking at."""
        shown = TENANTS[0]
        return {
            "people": demo_people.sign_ins(),
            "rooms": rooms,
            "rooms_url": f"/t/{shown.reference}/rooms/{room_reference(shown, 0)}/",
        }
