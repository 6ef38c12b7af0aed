"""The demo's seed, run as the demo runs it: as the owner, in a process of its own, twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from access.residency import REGIONS
from rooms.fleet.plans import TENANTS
from tests.conftest import ALIASES, CLEAN
from tests.plugins.cluster import WorkerCluster

ROOT = Path(__file__).resolve().parents[2]


def run(cluster: WorkerCluster, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "seed_demo", "--json"],
        cwd=ROOT,
        env=os.environ | cluster.urls("rooms_owner") | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def seeded(
    cluster: WorkerCluster, superuser: dict[str, psycopg.Connection]
) -> Iterator[dict[str, Any]]:
    """One seed for the tests of this file, which only read; all of it goes afterwards."""
    ran = run(cluster)
    assert ran.returncode == 0, ran.stderr
    yield json.loads(ran.stdout.splitlines()[-1])
    for alias in ALIASES:
        superuser[alias].execute(CLEAN)


def rows(cluster: WorkerCluster, alias: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(cluster.url(alias, "rooms_owner")) as owner:
        return owner.execute(query).fetchall()


def test_seed_twice_changes_nothing(seeded, cluster):
    def seen() -> list[list[tuple[Any, ...]]]:
        rooms = "select id, status, since from rooms_roomhealth order by id"
        people = "select email, password from access_staff order by email"
        return [
            rows(cluster, "default", people),
            *(rows(cluster, region, rooms) for region in REGIONS),
        ]

    before = seen()
    again = run(cluster)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout.splitlines()[-1]) == seeded
    assert seen() == before


def test_seed_fills_every_region_like_a_real_fleet(seeded, cluster):
    assert sum(seeded["rooms"].values()) == sum(plan.rooms for plan in TENANTS)
    for region in REGIONS:
        statuses = dict(
            rows(cluster, region, "select status, count(*) from rooms_roomhealth group by 1")
        )
        total = sum(statuses.values())
        assert total == seeded["rooms"][region]
        assert 0.8 <= statuses["healthy"] / total <= 0.92
        assert {"unhealthy", "unmonitored", "onboarding"} <= set(statuses)
        newest = rows(
            cluster,
            region,
            "select status, rooms from rooms_fleetcount where status <> ''"
            " and as_of = (select max(as_of) from rooms_fleetcount)",
        )
        assert dict(newest) == statuses


def test_shown_room_has_a_display_fault(seeded, cluster):
    _, _, tenant, _, room, _ = seeded["rooms_url"].split("/")
    [plan] = [plan for plan in TENANTS if plan.reference == tenant]
    found = rows(
        cluster,
        plan.region,
        "select h.status, h.worst_signal, s.instance from rooms_room r"
        " join rooms_roomhealth h on h.tenant_id = r.tenant_id and h.room_id = r.id"
        " join rooms_signalstate s on s.tenant_id = r.tenant_id and s.room_id = r.id"
        f" and s.state = 'unhealthy' where r.reference = '{room}'",
    )
    assert found == [("unhealthy", "display_front", "display 2")]


def test_control_plane_names_no_tenant(seeded, cluster):
    dumped = rows(cluster, "default", "select t::text from access_tenant t")
    assert len(dumped) == len(TENANTS)
    for plan in TENANTS:
        assert not any(plan.name in text or plan.key in text for (text,) in dumped)


def test_triage_names_no_room(seeded, cluster):
    for region in REGIONS:
        references = {name for (name,) in rows(cluster, region, "select reference from rooms_room")}
        names = {name for (name,) in rows(cluster, region, "select name from rooms_room")}
        items = rows(cluster, region, "select t::text from rooms_triageitem t")
        assert items
        assert not any(word in text for (text,) in items for word in references | names)


def test_every_person_can_sign_in(seeded, cluster):
    people = seeded["people"]
    assert [person["key"] for person in people] == [
        "asha", "bo", "bea", "casey", "dana", "eli", "tomo",
    ]  # fmt: skip
    secrets = {person["totp_secret"] for person in people}
    assert len(secrets) == len(people)
    confirmed = rows(cluster, "default", "select count(*) from otp_totp_totpdevice where confirmed")
    assert confirmed == [(len(people),)]


@pytest.mark.parametrize(
    "environment", [("production", "0"), ("production", "1"), ("development", "0")]
)
def test_seed_outside_the_demo_is_refused(cluster, environment):
    env, demo = environment
    ran = run(cluster, PORTAL_ENV=env, PORTAL_DEMO=demo)
    assert ran.returncode != 0
    assert "PORTAL_DEMO=1, never in production" in ran.stderr
