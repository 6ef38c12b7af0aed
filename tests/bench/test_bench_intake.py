"""How fast a worker checks a bundle, beside reading it only, and what memory a large one takes."""

from __future__ import annotations

import os
import platform
import resource
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from django.utils import timezone

from access.models import Tenant
from access.residency import region
from diagnostics.bundles.bundle import open_bundle
from diagnostics.intake.check import check_next
from diagnostics.intake.chunks import store_chunk
from diagnostics.kinds import LOGS, QUERIES
from diagnostics.models import Collection, Upload, UploadPart
from diagnostics.states import CollectionState
from rooms.models import Device
from rooms.simulator.bundle.maker import make_bundle
from tests.bench import report
from tests.bench.fleet import SCALE
from tests.diagnostics import conftest
from tests.diagnostics.collections import OWNER, collected, stands
from tests.factories import furnish
from tests.rooms.simulator.bundles import order, state

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

vault = conftest.vault
BUDGET = 0.3
LARGE = max(int(200_000_000 * SCALE), 2_000_000)
SMALL = LARGE // 10
CHUNK = 4 * 1024 * 1024
# Bytes. What a few batches and the caches of words and digests take, whatever the bundle's size.
MOST_GROWTH = 40_000_000
HEAD = """# What the check of a bundle costs

Written by `make bench`. **Read**: the zip is opened and every entry of its logs, every query and
activity is parsed. **Checked**: the sealed chunks are opened, the same is parsed, every text goes
through the guard, and lines, words and files are sealed and written in one transaction. One worker
does it, and writes a batch on a second thread while it makes the next; event logs are taken apart
by a program beside it, in both ways. The bundle is a simulated device's, deflated: eleven event
logs and three text logs of equal size, most lines much alike, as real ones are, and most with a
number of their own. The budget is that checking has {budget} of the pace of reading, in constant
memory.

The ratio compares the wall's clock, on two processors: one for the worker, one for the database.
Where other work takes them, the database no longer works beside the worker, and the ratio falls. So
the worker's own processor time is told as well, which other work disturbs least.

"""


@dataclass(frozen=True)
class Run:
    """One bundle: its unpacked and packed size, its entries, and seconds of both ways."""

    unpacked: int
    packed: int
    entries: int
    read: float
    checked: float
    peak: int
    read_cpu: float
    checked_cpu: float

    @property
    def ratio(self) -> float:
        """The pace of checking as a part of the pace of reading."""
        return self.read / self.checked


def waiting(tenant: Tenant, device: Device, folder: Path, size: int) -> tuple[Collection, Path]:
    """A collection whose sealed bundle waits to be checked, and the bundle itself."""
    collection = collected(device, tenant, state=CollectionState.CHECKING)
    wanted = replace(order(hours=12), collection=collection.reference)
    made = replace(state(), reference=collection.device_reference)
    path = make_bundle(made, wanted, folder, fill_bytes=size)
    digest, number, name = sha256(), 0, f"eu.{uuid.uuid4().hex}"
    now, chunks = datetime.now(UTC), []
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            stored_as = store_chunk("eu", name, number, chunk)
            chunks.append((number, number * CHUNK, len(chunk), stored_as))
            number += 1
    common = {"tenant_id": tenant.pk}
    with region("eu"):
        upload = Upload.objects.using(OWNER).create(
            **common,
            name=name,
            collection=collection,
            room_id=device.room_id,
            device_id=device.pk,
            bytes=path.stat().st_size,
            sha256=digest.hexdigest(),
            received=path.stat().st_size,
            parts=number,
            begun_at=now,
            completed_at=now,
        )
        UploadPart.objects.using(OWNER).bulk_create(
            UploadPart(
                **common, upload=upload, number=at, offset=offset, bytes=length,
                stored_as=stored_as, stored_at=now,
            )
            for at, offset, length, stored_as in chunks
        )  # fmt: skip
    return collection, path


def read_only(path: Path) -> tuple[int, int]:
    """Entries and unpacked bytes of a bundle that is read to its end."""
    entries = 0
    with ExitStack() as stack:
        bundle = open_bundle(stack.enter_context(path.open("rb")))
        for file in bundle.files:
            if file.kind in LOGS:
                entries += sum(1 for _ in bundle.entries(file))
            elif file.kind in QUERIES:
                bundle.query(file)
            else:
                entries += sum(1 for _ in bundle.activity(file))
        return entries, sum(file.listed.bytes for file in bundle.files)


def clocks() -> tuple[float, float]:
    """The wall's clock, and the processor time of this process and of its ended children."""
    used = os.times()
    return time.perf_counter(), used.user + used.system + used.children_user + used.children_system


def since(begun: tuple[float, float]) -> tuple[float, float]:
    """Seconds of both since then."""
    now = clocks()
    return now[0] - begun[0], now[1] - begun[1]


def run(tenant: Tenant, device: Device, folder: Path, size: int) -> Run:
    """Read a bundle of that size and check it."""
    collection, path = waiting(tenant, device, folder, size)
    begun = clocks()
    entries, unpacked = read_only(path)
    read, read_cpu = since(begun)
    begun = clocks()
    assert check_next("eu") == collection.reference
    checked, checked_cpu = since(begun)
    now = stands(collection)
    assert (now.state, now.why) == ("ready", "")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    packed = path.stat().st_size
    path.unlink()
    return Run(unpacked, packed, entries, read, checked, peak, read_cpu, checked_cpu)


def test_large_bundle_is_checked_at_pace_and_in_constant_memory(
    tenant: Tenant,
    vault: Path,
    tmp_path: Path,
    as_worker: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The figures go to docs/bench.md."""
    fitted = furnish(tenant, rooms=1).made.rooms[0].fitted
    device = fitted.device
    device.room = fitted.room
    as_worker()
    runs = [run(tenant, device, tmp_path / "made", size) for size in (SMALL, LARGE)]
    text = section(*runs)
    with capsys.disabled():
        print(f"\n{text}")
    if SCALE >= 1:
        report.write(text)
    small, large = runs
    assert large.peak - small.peak < MOST_GROWTH, "memory grows with the bundle"
    assert large.ratio > BUDGET / 10


def section(small: Run, large: Run) -> str:
    """The part of docs/bench.md."""
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    kept = "kept" if large.ratio >= BUDGET else "**missed**"
    lines = [
        HEAD.format(budget=BUDGET),
        f"Measured {timezone.now():%Y-%m-%d %H:%M} UTC; Python {platform.python_version()},"
        f" {os.cpu_count()} CPUs, load averages {loads}.\n\n",
        "| Unpacked | Sent | Entries | Read s | Checked s | Entries a second | Ratio"
        " | Read, processor s | Checked, processor s | Peak |\n"
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    ]
    lines += [
        f"| {one.unpacked / 1e6:.0f} MB | {one.packed / 1e6:.1f} MB | {one.entries:,}"
        f" | {one.read:.1f} | {one.checked:.1f} | {one.entries / one.checked:,.0f}"
        f" | {one.ratio:.2f} | {one.read_cpu:.1f} | {one.checked_cpu:.1f}"
        f" | {one.peak / 1e6:.0f} MB |\n"
        for one in (small, large)
    ]
    growth = (large.peak - small.peak) / 1e6
    lines.append(
        f"\nThe ratio is {large.ratio:.2f}; the budget is {BUDGET}: {kept}. The large bundle took"
        f" {growth:.0f} MB more memory than one of a tenth of its size.\n"
    )
    return "".join(lines)
