"""Fill the four databases with the demo's people, tenants and places, as their owner."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from access.residency import CONTROL, region
from portal import demo_fleet, demo_people, demo_rules
from rooms.fleet.plans import SEED, TENANTS, room_reference
from rooms.models import Room
from rooms.simulator.fleet import write_keys

ROOMS = 360


class Command(BaseCommand):
    """Safe to run again: what is there stays as it is, and the output is the same.

    No device, no health and no incident is seeded: those come from devices, through their door.
    """

    help = "Seed people, tenants, places and enrolment keys for the demo, as rooms_owner."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """How large, where the keys go, and a switch for machines."""
        parser.add_argument("--rooms", type=int, default=ROOMS, help="how many, if none are there")
        parser.add_argument(
            "--enrolment-keys", type=Path, help="write the devices' enrolment keys to this file"
        )
        parser.add_argument("--json", action="store_true", help="print what was seeded as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """The control plane first, then each region in a transaction of its own."""
        wanted = settings.DEMO or settings.PORTAL_ENV == "test"
        if not wanted or settings.PORTAL_ENV == "production":
            raise CommandError("seed_demo is for the demo: set PORTAL_DEMO=1, never in production.")
        if options["rooms"] < len(TENANTS):
            raise CommandError(f"--rooms is at least {len(TENANTS)}: one for each tenant.")
        at = datetime.now(UTC).replace(microsecond=0)
        self.stderr.write("People, tenants and policy")
        with transaction.atomic(using=CONTROL):
            directory = demo_people.seed_directory()
            for person in demo_people.PEOPLE:
                demo_people.seed_person(person, directory, at)
            demo_people.publish_first_policy(at)
        wanted_rooms = standing_rooms() or options["rooms"]
        fleet = demo_fleet.fleet_of(wanted_rooms)
        rooms = {}
        for name in settings.PORTAL_REGIONS:
            rooms[name] = demo_fleet.seed_region(name, wanted_rooms, fleet, at)
            demo_rules.seed_rules(name, at)
            self.stderr.write(f"{rooms[name]} rooms in {name.upper()}")
        if options["enrolment_keys"]:
            write_keys(options["enrolment_keys"], demo_fleet.keys_of(fleet))
        if options["json"]:
            self.stdout.write(json.dumps(self.report(rooms, len(fleet))))

    def report(self, rooms: dict[str, int], devices: int) -> dict[str, Any]:
        """Who can sign in, how many rooms there are, and a room worth looking at."""
        shown = TENANTS[0]
        return {
            "people": demo_people.sign_ins(),
            "rooms": rooms,
            "devices": devices,
            "seed": SEED,
            "rooms_url": f"/t/{shown.reference}/rooms/{room_reference(shown, 0)}/",
        }


def standing_rooms() -> int:
    """How many rooms a demo that was seeded before has; 0 unless every region has some."""
    counts = []
    for name in settings.PORTAL_REGIONS:
        with region(name):
            counts.append(Room.objects.count())
    return sum(counts) if all(counts) else 0
