"""Signed, checked and stored reports a second, beside a view that stores one row unchecked."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import django
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.utils import timezone

from access.models import Tenant
from portal.demo.trouble import free_port
from rooms.device_api.profile import raw_signer, sign_request
from tests import people
from tests.bench import report
from tests.bench.surface import Round, raw, served, throw
from tests.factories import furnish
from tests.plugins.cluster import WorkerCluster
from tests.rooms.device_api import bodies
from tests.rooms.signing import lists

pytestmark = pytest.mark.bench

BUDGET = 0.5
DEVICES = 3000
ROUNDS = 7
EACH = 1500
PATH = "/device/v1/reports"

HEAD = """# What accepting a report costs

Written by `make bench`. Reports of 2.9 KB over HTTP, through a real granian process with the device
surface (one worker, two threads), over eight kept connections: size, signature,
nonce, schema and guard, then stored, with the commands that wait. **Bare view**: another such
process, whose only view inserts the body into a table and checks nothing, without any middleware.
The first two rounds meet each device for the first time and fetch its key.

"""

MAKE = [
    "create temp table made as select gen_random_uuid() id, n from generate_series(1, %(n)s) n",
    "insert into rooms_device (id, tenant_id, reference, room_id, kind, platform, manufacturer,"
    " model, serial, os_name, os_build, state, time_zone)"
    " select id, %(tenant)s, 'DV-' || lpad(n::text, 8, '0'), %(room)s, 'compute', 'windows',"
    " 'Lenovo', 'Core', 'S' || n, '', '', 'monitored', 'UTC' from made",
    "insert into rooms_deviceidentity (id, tenant_id, tenant_reference, device_id, room_id,"
    " ek_digest, ak_public, trust, enrolled_at, revoked_why)"
    " select gen_random_uuid(), %(tenant)s, 'TN-BENCH', id, %(room)s, 'ek' || n, '', 'registered',"
    " now(), '' from made",
    "insert into rooms_devicekey (id, tenant_id, name, device_id, room_id, public, made_at,"
    " revoked_why) select gen_random_uuid(), %(tenant)s, 'eu.DK-' || lpad(n::text, 8, '0'), id,"
    " %(room)s, %(point)s, now(), '' from made",
    "create table bench_bare (id bigserial primary key, at timestamptz default now(), body text)",
    "grant insert on bench_bare to rooms_device",
    "grant usage on sequence bench_bare_id_seq to rooms_device",
    "analyze",
]


@pytest.fixture
def key() -> ec.EllipticCurvePrivateKey:
    """One key for all: what it costs to verify does not depend on whose it is."""
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def ports(
    policy: None,
    key: ec.EllipticCurvePrivateKey,
    superuser: dict[str, psycopg.Connection],
    cluster: WorkerCluster,
    tmp_path: Path,
) -> Iterator[tuple[int, int]]:
    """The ports of the surface and of the bare view, with devices behind both."""
    tenant = people.tenant("eu")
    make(superuser["eu"], tenant, key)
    env = cluster.urls("rooms_device") | {
        "CATALOGUE_MINUTE_SECONDS": "0.01",  # so that each device may report as often as it can
        "PORTAL_ALLOWED_HOSTS": "127.0.0.1",
        "PORTAL_ENV": "development",
        **{f"COMMAND_KEY_LIST_{name.upper()}": text for name, text in lists().items()},
    }
    one, two = free_port(), free_port()
    with (
        served("portal.device_wsgi:application", one, env, tmp_path / "surface.log"),
        served("tests.bench.bare_wsgi:application", two, env, tmp_path / "bare.log"),
    ):
        yield one, two
    superuser["eu"].execute("drop table bench_bare")


def make(line: psycopg.Connection, tenant: Tenant, key: ec.EllipticCurvePrivateKey) -> None:
    """Devices, all with the same public key."""
    furnish(tenant, rooms=1)
    room = line.execute("select id from rooms_room").fetchone()[0]
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    for statement in MAKE:
        if "%(" in statement:
            values = {"n": DEVICES, "tenant": tenant.pk, "room": room, "point": point}
            psycopg.ClientCursor(line).execute(statement, values)
        else:
            line.execute(statement)


def signed(port: int, key: ec.EllipticCurvePrivateKey, first: int) -> list[bytes]:
    """Requests of a round, each of another device and with a report of its own."""
    sign = raw_signer(key)
    requests = []
    for at in range(first, first + EACH):
        body = bodies.as_bytes(bodies.report())
        name = f"eu.DK-{1 + at % DEVICES:08}"
        url = f"http://127.0.0.1:{port}{PATH}"
        headers = sign_request("POST", url, {}, body, name, sign, time.time())
        requests.append(raw(port, PATH, headers, body))
    return requests


def unsigned(port: int) -> list[bytes]:
    """The same reports for the bare view."""
    headers = {"Content-Type": "application/json"}
    return [raw(port, PATH, headers, bodies.as_bytes(bodies.report())) for _ in range(EACH)]


def test_bench_reports_per_second(
    ports: tuple[int, int],
    key: ec.EllipticCurvePrivateKey,
    superuser: dict[str, psycopg.Connection],
) -> None:
    surface_port, bare_port = ports
    throw(surface_port, signed(surface_port, key, 0)[:200])
    throw(bare_port, unsigned(bare_port)[:200])
    ours: list[Round] = []
    bare: list[Round] = []
    for at in range(ROUNDS):
        requests = signed(surface_port, key, (at + 1) * EACH)
        plain = unsigned(bare_port)
        ours.append(throw(surface_port, requests))
        bare.append(throw(bare_port, plain))
    assert all(set(each.statuses) == {202} for each in (*ours, *bare)), ours
    stored = superuser["eu"].execute("select count(*) from rooms_reportinbox").fetchone()[0]
    assert stored >= ROUNDS * EACH, "every 202 is a row"
    text = section(ours, bare)
    print(text)
    report.write(text)


def section(ours: list[Round], bare: list[Round]) -> str:
    """The section of docs/bench.md."""
    rates = [[each.rate for each in way] for way in (ours, bare)]
    ratios = [one / two for one, two in zip(*rates, strict=True)]
    ratio = statistics.median(ratios)
    busy = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    rows = [
        f"| {name} | {statistics.median(way):.0f} | {min(way):.0f} | {max(way):.0f} |"
        for name, way in zip(("Signed, checked, stored", "Bare view"), rates, strict=True)
    ]
    return HEAD + (
        f"Measured {timezone.now():%Y-%m-%d %H:%M} UTC, Python {platform.python_version()}, Django"
        f" {django.get_version()}, {os.cpu_count()} CPUs (server, database and client share them),"
        f" load averages {busy}. {len(ours)} rounds of {EACH:,} reports from {DEVICES:,} devices,"
        " each round beside one of the bare view.\n\n"
        "| Way | A second, median | least | most |\n|---|--:|--:|--:|\n"
        + "\n".join(rows)
        + f"\n\nThe ratio of neighbouring rounds, median: {ratio:.2f} (from {min(ratios):.2f} to"
        f" {max(ratios):.2f}). The budget is at least {BUDGET}:"
        f" {'kept' if ratio >= BUDGET else '**missed**'}.\n"
    )
