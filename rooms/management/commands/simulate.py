"""Run a made-up fleet of devices against a device surface: the demo's input, and the load's."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rooms.fleet.plans import SEED
from rooms.simulator.client import Surface
from rooms.simulator.fleet import KeyFile, UnreadableKeys, endorsements
from rooms.simulator.identities import Kept, OtherSimulation
from rooms.simulator.scenarios import SCENARIOS
from rooms.simulator.simulation import CONNECTIONS, LISTENERS, Simulation
from rooms.simulator.tally import Tally
from rooms.simulator.world import World

# Never anything but this machine, unless --url names another.
HERE: Final = "http://127.0.0.1:8001"
ALL: Final = "all"


class Command(BaseCommand):
    """A client only: it needs no database, and none of this machine's settings."""

    help = "Simulate a fleet of devices that enrol, report, fall ill and get well."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """What to simulate, and where it reports to."""
        parser.add_argument("--rooms", type=int, default=360, help="how many rooms")
        parser.add_argument("--seed", type=int, default=SEED, help="same seed, same machines")
        parser.add_argument(
            "--speed", type=float, default=1.0, help="how many times faster troubles come and go"
        )
        parser.add_argument(
            "--scenario",
            action="append",
            default=[],
            choices=(*SCENARIOS, ALL),
            help="what befalls the fleet; may be given several times",
        )
        parser.add_argument("--url", default=HERE, help=f"the device surface (default {HERE})")
        parser.add_argument("--enrolment-keys", type=Path, help="a machine and its key a line")
        parser.add_argument("--state", type=Path, help="the folder in which identities are kept")
        parser.add_argument("--status-every", type=float, default=10.0, help="seconds")
        parser.add_argument(
            "--until-reported", action="store_true", help="stop when each device has reported"
        )
        parser.add_argument(
            "--print-endorsements",
            metavar="TENANT",
            help="print what to register for a tenant beforehand, as serial,room,hash",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print endorsements, or run until asked to stop."""
        if options["rooms"] < 1 or options["speed"] <= 0:
            raise CommandError("--rooms is at least 1, and --speed more than 0.")
        if options["print_endorsements"]:
            for one in endorsements(options["rooms"], options["seed"]):
                if one.room.tenant.reference == options["print_endorsements"]:
                    self.stdout.write(f"{one.serial},{one.room.reference},{one.digest}")
            return
        for name in ("enrolment_keys", "state"):
            if options[name] is None:
                raise CommandError(f"Give --{name.replace('_', '-')}.")
        if urlsplit(options["url"]).scheme not in ("http", "https"):
            raise CommandError("--url is an address such as http://127.0.0.1:8001.")
        try:
            tally = asyncio.run(self.simulate(options))
        except (UnreadableKeys, OtherSimulation, FileNotFoundError) as wrong:
            raise CommandError(str(wrong)) from wrong
        if tally.broken_in:
            raise CommandError(f"Attacks succeeded: {', '.join(tally.broken_in)}")

    async def simulate(self, options: dict[str, Any]) -> Tally:
        """One run, which SIGINT and SIGTERM end in order."""
        kept = Kept.open(options["state"], options["seed"], datetime.now(UTC), options["speed"])
        names = list(SCENARIOS) if ALL in options["scenario"] else options["scenario"]
        world = World.of(options["rooms"], options["seed"], kept.course, tuple(names))
        keys = KeyFile(options["enrolment_keys"])
        async with Surface(options["url"], CONNECTIONS + LISTENERS) as surface:
            simulation = Simulation(
                world=world,
                kept=kept,
                keys=keys,
                surface=surface,
                say=self.say,
                status_every=options["status_every"],
            )
            loop = asyncio.get_running_loop()
            for sign in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(sign, simulation.stop.set)
            self.say(f"{len(world.machines)} devices in {options['rooms']} rooms")
            tally = await simulation.run(until_reported=options["until_reported"])
        self.say(simulation.status())
        return tally

    def say(self, line: str) -> None:
        """One line, at once."""
        self.stdout.write(f"{datetime.now(UTC):%H:%M:%S} {line}")
        self.stdout.flush()
