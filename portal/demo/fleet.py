"""The devices of a demo: their door, the simulator that plays them, and whether they were heard."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from portal.demo.cluster import OWNER, REGIONS
from portal.demo.trouble import Trouble

if TYPE_CHECKING:
    from portal.demo.stage import Stage

# A minute of the signal catalogue lasts this long in the demo, so devices report every 20 s, and
# what takes a catalogue minute to show takes four seconds.
MINUTE_SECONDS = 4
# Troubles run as fast as the catalogue does.
SPEED = 60 / MINUTE_SECONDS
FEWEST_ROOMS, MOST_ROOMS = 8, 5000
# Threads of the device surface, and how many of them devices may hold that wait for a command.
THREADS, WAITING_MOST = 8, 5


def wanted_rooms() -> list[str]:
    """The option that says how large a fresh demo is to be; none without PORTAL_DEMO_ROOMS."""
    given = os.environ.get("PORTAL_DEMO_ROOMS", "")
    if not given:
        return []
    if not given.isdecimal() or not FEWEST_ROOMS <= int(given) <= MOST_ROOMS:
        raise Trouble(
            f"PORTAL_DEMO_ROOMS is {given!r}.",
            f"Set it to a number from {FEWEST_ROOMS} to {MOST_ROOMS}.",
        )
    return ["--rooms", given]


def home(var: Path) -> Path:
    """The simulator's folder: enrolment keys, and who its machines are."""
    return var / "simulator"


def keys(var: Path) -> Path:
    """The file of enrolment keys, which the seed writes."""
    return home(var) / "enrolment-keys"


def make_home(var: Path, *, fresh: bool) -> None:
    """Have the folder; with fresh databases, nobody in it is known any more."""
    if fresh and home(var).exists():
        shutil.rmtree(home(var))
    home(var).mkdir(mode=0o700, exist_ok=True)


def surface(host: str, port: int) -> list[str]:
    """The command that serves the device surface."""
    served = ["granian", "--interface", "wsgi", "--workers", "1", "--no-ws"]
    served += ["--blocking-threads", str(THREADS), "--host", host, "--port", str(port)]
    served.append("portal.device_wsgi:application")
    return [sys.executable, "-m", *served]


def simulator(stage: Stage) -> list[str]:
    """The command that plays the devices, with every scenario."""
    words = ["manage.py", "simulate", "--scenario", "all", "--url", stage.device_url]
    words += ["--rooms", str(sum(stage.seeded["rooms"].values()))]
    words += ["--seed", str(stage.seeded["seed"]), "--speed", str(SPEED)]
    words += ["--enrolment-keys", str(keys(stage.var)), "--state", str(home(stage.var))]
    return [sys.executable, *words]


def count_heard(stage: Stage) -> int:
    """How many devices have reported, and had it taken into inventory and health."""
    heard = 0
    for region in REGIONS:
        with psycopg.connect(stage.cluster.url(region, OWNER)) as line:
            row = line.execute(
                "select count(*) from rooms_device where last_observed_at is not null"
            ).fetchone()
            heard += int(row[0]) if row else 0
    return heard


def wait_until_heard(stage: Stage, seconds: float = 120) -> int:
    """Return when every seeded device was heard, or after so long; how many were."""
    until, heard = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        stage.supervisor.look()
        heard = count_heard(stage)
        if heard >= stage.seeded["devices"]:
            break
        time.sleep(1)
    return heard
