"""What it takes to verify a whole log offline: the command, in a process of its own."""

from __future__ import annotations

import json
import os
import platform
import random
import resource
import subprocess
import sys
import time
import uuid
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from access.audit.leaves import moment
from access.verify import rooms_verify as verify
from tests.bench import report
from tests.verify.maker import ASHA, TENANT, Maker, b64, b64url, entry_tile, sha

pytestmark = pytest.mark.bench

SCALE = float(os.environ.get("ROOMS_BENCH_SCALE", "1"))
EVENTS = int(1_000_000 * SCALE)
VIEWS = 500  # of each grant
BUDGET = 30.0  # seconds of computing for 1,000,000 events
ROUNDS = 3

HEAD = """# What verifying the record takes

Written by `make bench`. `access/verify/rooms_verify.py` checks a zip of a whole log, as an
auditor would run it: signatures, every record's form and hash, every tile, every disclosure, and
the replay of every read against its grant. What counts is how long the process computed, so that
the figure is that of one core; the best of {rounds} rounds, since other work on the machine only
adds.

"""


def view(maker: Maker, dice: random.Random, grant: str) -> None:
    """Append a view as the portal records one; written out, to be made a million times."""
    maker.at += timedelta(milliseconds=dice.randrange(1, 5000))
    at, event = moment(maker.at), str(uuid.UUID(int=dice.getrandbits(128)))
    disclosure = b64url(json.dumps([b64url(dice.randbytes(16)), "actor_label", "Asha"]).encode())
    leaf = (
        f'{{"actor_id":"{ASHA}","detail":{{}},"grant_references":["{grant}"],"id":"{event}",'
        '"log":"eu","outcome":"opened","purpose":"mitigate",'
        f'"recorded_at":"{at}","scopes":["inventory.view"],'
        f'"sd":["{b64url(sha(disclosure.encode()))}"],"session":"0123456789abcdef",'
        f'"subject_reference":"RM-{dice.randrange(10_000)}","subject_type":"room",'
        f'"tenant_id":"{TENANT}","tenant_reference":"TN-1","type":"view.room","v":2}}'
    )
    maker.leaves.append(leaf.encode())
    maker.disclosed.append({"event": event, "name": "actor_label", "disclosure": disclosure})


def log_of(events: int) -> Maker:
    """A log of grants that are asked for, voted on, started, used and left to end."""
    maker, dice, number = Maker(), random.Random(1), 0
    while len(maker.leaves) < events:
        number += 1
        grant, scopes = f"GR-{number}", ["inventory.view"]
        maker.asked(f"AR-{number}", scopes)
        maker.voted(f"AR-{number}", scopes)
        maker.made(grant, f"AR-{number}", scopes)
        maker.started(grant, scopes)
        for _ in range(VIEWS):
            view(maker, dice, grant)
    del maker.leaves[events:], maker.disclosed[events:]
    return maker


def files_of(maker: Maker) -> Iterator[tuple[str, bytes]]:
    """The bundle, made by subtree and not by the book, which is too slow for a million."""
    for number in range(0, len(maker.leaves), 256):
        part = maker.leaves[number : number + 256]
        yield verify.tile_name("entries", number // 256, len(part)), entry_tile(part)
    hashes = maker.hashes
    root, level = verify.fold(hashes), 0
    while hashes:
        parts = [hashes[at : at + 256] for at in range(0, len(hashes), 256)]
        for number, part in enumerate(parts):
            yield verify.tile_name(level, number, len(part)), b"".join(part)
        hashes, level = [verify.fold(part) for part in parts if len(part) == 256], level + 1
    size = len(maker.leaves)
    yield "checkpoint", maker.note(maker.text(size, root))
    manifest = {"log": "eu", "size": size, "root": b64(root), "kind": "log"}
    yield "manifest.json", json.dumps(manifest).encode()
    yield "disclosures.jsonl", maker.lines(range(size))


def computed(*arguments: str) -> tuple[float, float, int, str]:
    """Run the command: seconds it computed, seconds by the clock, peak memory in MB, its words."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    ran = subprocess.run(
        [sys.executable, verify.__file__, *arguments], capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return spent, time.monotonic() - begun, after.ru_maxrss // 1024, ran.stdout


@pytest.mark.timeout(1200)
def test_verification_of_a_whole_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle, keys = tmp_path / "bundle.zip", tmp_path / "keys.json"
    maker = log_of(EVENTS)
    keys.write_bytes(maker.keys)
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, data in files_of(maker):
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    del maker
    rounds = [computed(str(bundle), "--keys", str(keys)) for _ in range(ROUNDS)]
    spent, clock, memory, words = min(rounds)
    assert f"All {EVENTS:,} records" in words
    budget = BUDGET * EVENTS / 1_000_000
    kept = "kept" if spent <= budget else "**missed**"
    text = (
        HEAD.format(rounds=ROUNDS) + f"Measured {timezone.now():%Y-%m-%d %H:%M} UTC: a bundle of"
        f" {bundle.stat().st_size / 1e6:,.0f} MB; Python {platform.python_version()},"
        f" {os.cpu_count()} CPUs, load averages"
        f" {', '.join(f'{load:.1f}' for load in os.getloadavg())}.\n\n"
        "| Records | Computing, s | By the clock, s | Records a second | Memory, MB | Budget, s"
        " | |\n"
        "|--:|--:|--:|--:|--:|--:|---|\n"
        f"| {EVENTS:,} | {spent:.1f} | {clock:.1f} | {EVENTS / spent:,.0f} | {memory}"
        f" | {budget:.0f} | {kept} |\n"
    )
    if SCALE == 1:
        report.write(text)
    with capsys.disabled():
        print(f"\n{text}")
    assert SCALE < 1 or spent <= budget  # a small log takes as long as Python takes to start
