"""What encryption adds to a page of log lines: the same pages of sealed and of plain lines."""

from __future__ import annotations

import os
import platform
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access import residency
from access.models import Staff, Tenant
from access.scopes import Scope
from diagnostics.explorer.content import LineContent
from diagnostics.kinds import KeyClass
from diagnostics.models import CollectionFile, LogEntry, LogTotal
from diagnostics.vault.keys import Ring, opening, place_of, writing_key
from diagnostics.vault.providers.local import LocalProvider
from diagnostics.vault.sealing import Key, Place
from tests import people
from tests.acts import granted
from tests.bench import report
from tests.bench.fleet import SCALE
from tests.bench.timing import Times, interleaved
from tests.diagnostics.collections import collected
from tests.factories import furnish
from tests.rooms.reading import reading

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

BUDGET = 1.2
LINES = max(int(20_000 * SCALE), 1_000)
ROUNDS = max(int(200 * SCALE), 40)
MONTHS = 3
NEWEST = datetime(2026, 11, 20, 12, tzinfo=UTC)
OWNER = "eu_owner"
MESSAGE = (
    "Front of room display 2 did not answer within the time; the last answer was {number} seconds"
    " ago. The device stays in use, and is asked again in 300 seconds."
)

HEAD = """# What encryption costs a page

Written by `make bench`. The same views show {lines:,} log lines of a tenant, once sealed as they
always are and once stored in the clear (which only this bench can do), in turn, round by round.
The lines are of {months} months, and so of {months} data keys; a page of the list has 50, the page
of a line has 51 with its neighbours. From the request to the rendered answer, median of {rounds}
rounds; the budget is that encryption adds at most 20 %. The last row is the reading alone: one
transaction under a live grant, 100 lines by time, opened and taken apart.

"""
TABLE = """
| What | Sealed ms | p95 | Clear ms | p95 | Ratio | Quiet ratio | Statements more | Budget |
|---|--:|--:|--:|--:|--:|--:|--:|---|
"""


@dataclass(frozen=True)
class Log:
    """A tenant whose log is looked at."""

    tenant: Tenant
    middle: uuid.UUID

    @property
    def list_url(self) -> str:
        """The newest lines."""
        return f"/t/{self.tenant.reference}/logs/"

    @property
    def line_url(self) -> str:
        """One line and its neighbours."""
        return f"{self.list_url}{self.middle}/"


Sealer = Callable[[bytes, datetime, uuid.UUID], bytes]


def fill(tenant: Tenant, seal: Sealer) -> Log:
    """Give the tenant a file of lines, half an hour of a month apart each."""
    fitted = furnish(tenant, rooms=1).made.rooms[0].fitted
    device = fitted.device
    device.room = fitted.room
    collection = collected(device, tenant)
    step = timedelta(days=28 * MONTHS) / LINES
    common = {"tenant_id": tenant.pk, "room_id": device.room_id, "device_id": device.pk}
    with residency.region("eu"):
        file = CollectionFile.objects.using(OWNER).create(
            **common,
            reference="FI-1",
            collection=collection,
            collection_reference=collection.reference,
            room_reference="RM-1",
            device_reference="DV-1",
            path="App/SkypeRoomSystem/a.log",
            kind="app_log",
            source="Skype Room System",
            bytes=1,
            sha256="0" * 64,
            entries=LINES,
            last_at=NEWEST,
            made_at=NEWEST,
        )
        entries = [
            line(common, file.pk, number, NEWEST - step * (LINES - number), seal)
            for number in range(1, LINES + 1)
        ]
        LogEntry.objects.using(OWNER).bulk_create(entries, batch_size=2_000)
        LogTotal.objects.using(OWNER).create(
            tenant_id=tenant.pk,
            hour=NEWEST.replace(minute=0),
            source="Skype Room System",
            level=4,
            lines=LINES,
        )
    return Log(tenant, entries[LINES // 2].pk)


def line(
    common: dict[str, Any], file_id: uuid.UUID, number: int, at: datetime, seal: Sealer
) -> LogEntry:
    """One line of the length that such lines have."""
    key = uuid.uuid4()
    text = MESSAGE.format(number=number)
    content = LineContent(text, {"Component": "Display"}, f"{at.isoformat()} [Info] {text}")
    return LogEntry(
        **common,
        id=key,
        file_id=file_id,
        number=number,
        at=at,
        level=4,
        source="Skype Room System",
        content=seal(content.to_bytes(), at, key),
    )


@contextmanager
def in_the_clear() -> Iterator[None]:
    """Lines are what their column holds: no key is read, and nothing opened."""
    load, opens = Ring.load, Ring.open
    Ring.load = lambda ring, sealed: None  # type: ignore[method-assign] # the bench's own way
    Ring.open = lambda ring, row, column: bytes(getattr(row, column))  # type: ignore[method-assign]
    try:
        yield
    finally:
        Ring.load, Ring.open = load, opens  # type: ignore[method-assign]


@pytest.fixture
def logs(
    policy: None,
    settings: Any,
    tmp_path: Path,
    as_worker: Callable[[], None],
    as_web: Callable[[], None],
) -> tuple[Log, Log]:
    """Two tenants with the same lines, sealed and in the clear."""
    settings.VAULT_PROVIDER, settings.VAULT_KEYS_DIR = "local", tmp_path / "vault"
    LocalProvider(settings.VAULT_KEYS_DIR).make("eu")
    sealed, clear = people.tenant("eu"), people.tenant("eu")
    place = place_of("eu", sealed.pk, LogEntry, "content")
    keys: dict[tuple[int, int], Key] = {}

    def seal(text: bytes, at: datetime, row: uuid.UUID) -> bytes:
        month = (at.year, at.month)
        if month not in keys:
            keys[month] = writing_key("eu", sealed.pk, KeyClass.LOG, at)
        return keys[month].seal(text, place, row)

    as_worker()
    filled = fill(sealed, seal), fill(clear, lambda text, at, row: text)
    as_web()
    assert len(keys) >= MONTHS
    return filled


@pytest.fixture
def asha_and_logs(logs: tuple[Log, Log]) -> tuple[Staff, Log, Log]:
    """Asha, with a grant on both."""
    tenants = [log.tenant for log in logs]
    asha = people.person("asha", asks=tenants)
    bo = people.person("bo", decides=tenants, groups=["operations"])
    for tenant in tenants:
        granted(asha, tenant, [bo], Scope.DIAGNOSTICS_VIEW)
    return asha, *logs


def visit(client: Client, url: str) -> Callable[[], int]:
    """One page; the size of its answer."""

    def go() -> int:
        answer = client.get(url)
        assert answer.status_code == 200
        assert b"cannot be opened" not in answer.content
        return len(answer.content)

    return go


def read_100(asha: Staff, log: Log) -> Callable[[], int]:
    """A reading without a page: context, record, 100 lines, opened and taken apart."""

    def go() -> int:
        with reading(asha, log.tenant, None), opening() as keys:
            rows: list[Model] = list(LogEntry.objects.order_by("-at", "-id")[:100])
            keys.load(bytes(row.content) for row in rows)
            return sum(len(LineContent.from_bytes(keys.open(row, "content")).text) for row in rows)

    return go


def clearly(way: Callable[[], int]) -> Callable[[], int]:
    """The same, in the clear."""

    def go() -> int:
        with in_the_clear():
            return way()

    return go


def statements(way: Callable[[], int]) -> int:
    """How many statements the region is asked."""
    with CaptureQueriesContext(connections["eu"]) as asked:
        way()
    return len(asked)


def test_encryption_adds_little_to_a_page(
    asha_and_logs: tuple[Staff, Log, Log], capsys: pytest.CaptureFixture[str]
) -> None:
    """The figures go to docs/bench.md."""
    asha, sealed, clear = asha_and_logs
    client = people.signed_in_client(asha)
    ways = {
        "page: log lines": (visit(client, sealed.list_url), visit(client, clear.list_url)),
        "page: a line and its neighbours": (
            visit(client, sealed.line_url),
            visit(client, clear.line_url),
        ),
        "100 lines read": (read_100(asha, sealed), read_100(asha, clear)),
    }
    rows = []
    for name, (one, plain) in ways.items():
        other = clearly(plain)
        assert abs(one() - other()) < 400, "both show the same"
        more = statements(one) - statements(other)
        times = interleaved(one, other, ROUNDS)
        budget = BUDGET if name.startswith("page") else None
        rows.append(row(name, *times, more, budget))
    text = HEAD.format(lines=LINES, months=MONTHS, rounds=ROUNDS) + surroundings() + TABLE
    text += "".join(rows) + paces()
    with capsys.disabled():
        print(f"\n{text}")
    if SCALE >= 1:
        report.write(text)


def row(name: str, sealed: Times, clear: Times, more: int, budget: float | None) -> str:
    """One line of the table."""
    ratio = sealed.median / clear.median
    kept = f"{budget} {'kept' if ratio <= budget else '**missed**'}" if budget else ""
    return (
        f"| {name} | {sealed.median:.2f} | {sealed.p95:.2f} | {clear.median:.2f}"
        f" | {clear.p95:.2f} | {ratio:.2f} | {sealed.quiet / clear.quiet:.2f} | {more} | {kept} |\n"
    )


def paces() -> str:
    """What single steps take in this process."""
    key, row = Key.make(), uuid.uuid4()
    place = Place("eu", uuid.uuid4(), "diagnostics_logentry", "content")
    text = os.urandom(400)
    sealed = key.seal(text, place, row)
    steps: dict[str, Callable[[], object]] = {
        "sealing a line of 400 bytes": lambda: key.seal(text, place, row),
        "opening it": lambda: key.open(sealed, place, row),
        "making a key ready": lambda: Key(key.id, key.secret_to_wrap()),
    }
    return "\n" + ", ".join(f"{name} {pace(step):.1f} µs" for name, step in steps.items()) + ".\n"


def pace(step: Callable[[], object], times: int = 20_000) -> float:
    """Microseconds of one step, the best of three runs."""
    best = []
    for _ in range(3):
        begun = time.perf_counter()
        for _ in range(times):
            step()
        best.append(time.perf_counter() - begun)
    return min(best) / times * 1e6


def surroundings() -> str:
    """When, and on what."""
    busy = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return (
        f"Measured {timezone.now():%Y-%m-%d %H:%M} UTC; Python {platform.python_version()},"
        f" {os.cpu_count()} CPUs, load averages {busy}.\n"
    )
