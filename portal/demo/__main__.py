"""`python -m portal.demo up|check|reset`: what make demo, demo-check and demo-reset run."""

from __future__ import annotations

import argparse
import errno
import json
import os
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg

from portal.demo import asking, fleet, ground, trouble
from portal.demo.asking import AskedToStop
from portal.demo.cluster import ALIASES, ROLES, Cluster
from portal.demo.stage import ROOT, Stage, raise_stage
from portal.demo.trouble import Trouble


def to_stdout(text: str) -> None:
    """Progress of `up`."""
    sys.stdout.write(text)
    sys.stdout.flush()


def to_stderr(text: str) -> None:
    """Progress of `check`, whose standard output is one line of JSON."""
    sys.stderr.write(text)
    sys.stderr.flush()


def data_folder() -> Path:
    """PORTAL_VAR, or var/ in the tree."""
    return Path(os.environ.get("PORTAL_VAR") or ROOT / "var").resolve()


def port_of(variable: str, otherwise: int) -> int:
    """The port that a variable of the environment names."""
    given = os.environ.get(variable) or str(otherwise)
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise Trouble(f"{variable} is {given!r}, which is no port.", "Set it to 1024 to 65535.")
    return int(given)


def up() -> None:
    """Bring the demo up and stay until it is stopped."""
    port = port_of("PORTAL_PORT", 8000)
    device_port = port_of("PORTAL_DEVICE_PORT", port + 1)
    to_stdout("Rooms Ops demo\n")
    with ExitStack() as stack:
        stage = raise_stage(stack, data_folder(), port, device_port, to_stdout)
        to_stdout(welcome(stage))
        try:
            stage.supervisor.watch()
        except AskedToStop:
            to_stdout("\nStopping ...\n")
    to_stdout(
        "Stopped. The data stays: `make demo` goes on with it, `make demo-reset` throws it away.\n"
    )


def welcome(stage: Stage) -> str:
    """The address and the demo people."""
    people = stage.seeded["people"]
    rooms = ", ".join(
        f"{count} in {region.upper()}" for region, count in stage.seeded["rooms"].items()
    )
    rows = [("Name", "E-mail", "Password", "Role")]
    rows += [
        (person["name"], person["email"], person["password"], person["role"]) for person in people
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  "
        + "  ".join(
            [*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]
        )
        for row in rows
    ]
    return "\n".join(
        [
            "",
            f"Rooms Ops is at {stage.url}",
            f"  Rooms: {rooms}",
            f"  Devices: {stage.seeded['devices']}, simulated; they report to {stage.device_url}"
            " and fill the pages within a minute",
            f"  A room with a fault: {stage.url.rstrip('/')}{stage.seeded.get('rooms_url', '/')}",
            "",
            *lines,
            "",
            "  The second factor: the sign-in page shows each person's current code.",
            f"  Logs: {stage.logs}",
            "  Ctrl-C stops everything.",
            "",
            "",
        ]
    )


def check() -> None:
    """Bring a demo up on free ports and a fresh folder, look at it, say so in one line of JSON."""
    var = Path(tempfile.mkdtemp(prefix="rooms-ops-check-")).resolve()
    var.chmod(
        0o711
    )  # the servers' unprivileged user walks through; each thing inside has its own mode
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, var)
        stack.callback(ground.forget_outside, var)
        stage = raise_stage(stack, var, trouble.free_port(), trouble.free_port(), to_stderr)
        with stage.step("Counting the rooms as their owner"):
            counted = stage.count_rooms()
            if counted != stage.seeded["rooms"] or not all(counted.values()):
                raise Trouble(
                    f"The owner counts {counted} rooms; {stage.seeded['rooms']} were seeded.",
                    "The seed or the lock on rooms_room is wrong.",
                )
        with stage.step("Hearing every device"):
            heard = fleet.wait_until_heard(stage)
        sys.stdout.write(json.dumps(report(stage, counted, heard)) + "\n")
        sys.stdout.flush()
        if os.environ.get("KEEP") == "1":
            to_stderr(f"  {stage.url} stays up until it is interrupted.\n")
            try:
                stage.supervisor.watch()
            except AskedToStop:
                to_stderr("  Stopping\n")
        if os.environ.get("CELERY_BROKER_URL") or os.environ.get("PORTAL_PG_URL"):
            to_stderr("  What stands on given servers stays there.\n")


def report(stage: Stage, rooms: dict[str, int], heard: int) -> dict[str, Any]:
    """What a machine that uses the demo wants to know."""
    how = "password, then the current TOTP code of totp_secret (SHA-1, 6 digits, 30 s)"
    return {
        "url": stage.url,
        "rooms_url": stage.seeded.get("rooms_url", ""),
        "people": [person | {"signs_in_with": how} for person in stage.seeded["people"]],
        "rooms": rooms,
        "device_url": stage.device_url,
        "devices": {"seeded": stage.seeded["devices"], "heard": heard},
        "databases": {
            alias: {role: stage.cluster.url(alias, role) for role in ROLES} for alias in ALIASES
        },
    }


def reset() -> None:
    """Throw away what `up` made. Touches nothing else that lies in the data folder."""
    var = data_folder()
    if not var.exists():
        to_stdout("There is no data to throw away.\n")
        return
    with trouble.only_copy(var):
        if external := os.environ.get("PORTAL_PG_URL"):
            Cluster(external, {}).drop_all()
        ground.forget_outside(var)
        ours = (
            "pg[0-9]*",
            ".making-*",
            "valkey",
            "static",
            "log",
            "beat-schedule*",
            "simulator",
            "commands",
            "audit",
            "siem.jsonl",
            "secrets.json",
            "secrets.new",
        )
        for pattern in ours:
            for path in var.glob(pattern):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
    to_stdout("The demo's data is gone. `make demo` starts over.\n")


def main() -> int:
    """Run one command; 0 when it did what it says."""
    commands = {"up": up, "check": check, "reset": reset}
    parser = argparse.ArgumentParser(prog="python -m portal.demo", description=__doc__)
    parser.add_argument("command", choices=commands)
    asking.listen()
    try:
        commands[parser.parse_args().command]()
    except AskedToStop:
        to_stderr("\nStopped before everything was up.\n")
        return 130
    except Trouble as wrong:
        to_stderr(f"\n\n{wrong}\n")
        return 1
    except psycopg.OperationalError as wrong:
        full = "No space left on device" in str(wrong)
        to_stderr(f"\n\n{trouble.disk_full(f'PostgreSQL: {wrong}') if full else wrong}\n")
        return 1
    except OSError as wrong:
        if wrong.errno != errno.ENOSPC:
            raise
        to_stderr(f"\n\n{trouble.disk_full('The disk filled up.')}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
