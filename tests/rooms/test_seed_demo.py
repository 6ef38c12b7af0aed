"""The demo's seed, run as the demo runs it: as the owner, in a process of its own, twice."""

from __future__ import annotations

import hashlib
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
from rooms.fleet.places import SHOWN_NAME, planned_fleet
from rooms.fleet.plans import SEED, TENANTS
from rooms.simulator.fleet import endorsements, read_keys
from tests.cleaning import clean
from tests.conftest import ALIASES
from tests.plugins.cluster import ROOT, WorkerCluster

ROOMS = 60
FLEET = list(endorsements(ROOMS, SEED))
# What devices have to say themselves; nothing of it is seeded.
SAID_BY_DEVICES = (
    "device", "peripheral", "softwareversion", "deviceaddress", "signalstate", "roomhealth",
    "roomday", "incident", "triageitem", "fleetcount", "healthcount", "deviceidentity",
    "devicekey", "reportinbox", "devicereport",
)  # fmt: skip


def run(
    cluster: WorkerCluster, *words: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "seed_demo", "--json", *words],
        cwd=ROOT,
        env=os.environ | cluster.urls("rooms_owner") | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "enrolment-keys"


@pytest.fixture(scope="module")
def seeded(
    cluster: WorkerCluster, superuser: dict[str, psycopg.Connection], keys: Path
) -> Iterator[dict[str, Any]]:
    """One seed for the tests of this file, which only read; all of it goes afterwards."""
    ran = run(cluster, "--rooms", str(ROOMS), "--enrolment-keys", str(keys))
    assert ran.returncode == 0, ran.stderr
    yield json.loads(ran.stdout.splitlines()[-1])
    for alias in ALIASES:
        clean(superuser[alias])


def rows(cluster: WorkerCluster, alias: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(cluster.url(alias, "rooms_owner")) as owner:
        return owner.execute(query).fetchall()


def everywhere(cluster: WorkerCluster, query: str) -> list[tuple[Any, ...]]:
    return [row for region in REGIONS for row in rows(cluster, region, query)]


def test_seed_twice_changes_nothing(seeded, cluster, tmp_path, keys):
    """Also when another size is asked for: what stands, stands."""

    def seen() -> list[list[tuple[Any, ...]]]:
        people = "select email, password from access_staff order by email"
        return [
            rows(cluster, "default", people),
            everywhere(cluster, "select r::text from rooms_room r order by id"),
            everywhere(cluster, "select k::text from rooms_enrolmentkey k order by id"),
        ]

    before = seen()
    again = run(cluster, "--rooms", "90", "--enrolment-keys", str(tmp_path / "again"))
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout.splitlines()[-1]) == seeded
    assert seen() == before
    assert (tmp_path / "again").read_text() == keys.read_text()


def test_seed_fills_every_region_with_places(seeded, cluster):
    assert sum(seeded["rooms"].values()) == ROOMS
    assert seeded["devices"] == len(FLEET)
    planned = {(room.reference, room.name, str(room.floor)) for room in planned_fleet(ROOMS)}
    assert set(everywhere(cluster, "select reference, name, floor from rooms_room")) == planned
    for table in ("roomaccount", "roomposition"):
        assert len(everywhere(cluster, f"select 1 from rooms_{table}")) == ROOMS
    found = everywhere(cluster, "select reference, name from rooms_tenantprofile")
    assert sorted(found) == sorted((plan.reference, plan.name) for plan in TENANTS)
    assert everywhere(cluster, "select 1 from rooms_roomtoken where token = 'grand'") == [(1,)]


@pytest.mark.parametrize("table", SAID_BY_DEVICES)
def test_seed_says_nothing_that_devices_say(seeded, cluster, table: str):
    assert everywhere(cluster, f"select 1 from rooms_{table} limit 1") == []


def test_each_device_of_the_simulator_may_enrol(seeded, cluster, keys):
    issued = read_keys(keys)
    assert list(issued) == [one.name for one in FLEET]
    assert keys.stat().st_mode & 0o777 == 0o600
    stored = {
        bytes(digest): (serial, at_once)
        for digest, serial, at_once in everywhere(
            cluster, "select secret_digest, serial, enrol_at_once from rooms_enrolmentkey"
        )
    }
    assert stored == {
        hashlib.sha256(issued[one.name].encode()).digest(): (one.serial, not one.room.fresh)
        for one in FLEET
    }
    trusted = everywhere(cluster, "select digest, serial, room_id from rooms_trustedendorsement")
    assert sorted(trusted) == sorted((one.digest, one.serial, one.room.id) for one in FLEET)


def test_no_enrolment_key_is_stored_readably(seeded, cluster, keys):
    dumped = "".join(
        text for (text,) in everywhere(cluster, "select k::text from rooms_enrolmentkey k")
    )
    assert not any(key.partition(".")[2] in dumped for key in read_keys(keys).values())


def test_enrolment_keys_differ_between_installations(seeded, cluster, tmp_path, keys):
    other = tmp_path / "other"
    ran = run(cluster, "--enrolment-keys", str(other), PORTAL_SECRET_KEY="another" * 8)
    assert ran.returncode == 0, ran.stderr
    assert not set(read_keys(other).values()) & set(read_keys(keys).values())


def test_shown_room_stands_where_the_story_begins(seeded, cluster):
    _, _, tenant, _, room, _ = seeded["rooms_url"].split("/")
    [plan] = [plan for plan in TENANTS if plan.reference == tenant]
    found = rows(cluster, plan.region, f"select name from rooms_room where reference = '{room}'")
    assert found == [(SHOWN_NAME,)]


def test_control_plane_names_no_tenant(seeded, cluster):
    dumped = rows(
        cluster, "default", "select t::text from access_tenant t where region <> 'default'"
    )
    assert len(dumped) == len(TENANTS)
    for plan in TENANTS:
        assert not any(plan.name in text or plan.key in text for (text,) in dumped)


def test_every_person_can_sign_in(seeded, cluster):
    people = seeded["people"]
    assert [person["key"] for person in people] == [
        "asha", "bo", "bea", "casey", "dana", "eli", "tomo", "pia",
    ]  # fmt: skip
    secrets = {person["totp_secret"] for person in people}
    assert len(secrets) == len(people)
    confirmed = rows(cluster, "default", "select count(*) from otp_totp_totpdevice where confirmed")
    assert confirmed == [(len(people),)]


def test_seed_of_fewer_rooms_than_tenants_is_refused(cluster):
    ran = run(cluster, "--rooms", str(len(TENANTS) - 1))
    assert ran.returncode != 0
    assert "--rooms is at least 8" in ran.stderr


@pytest.mark.parametrize(
    "environment", [("production", "0"), ("production", "1"), ("development", "0")]
)
def test_seed_outside_the_demo_is_refused(cluster, environment):
    env, demo = environment
    ran = run(cluster, PORTAL_ENV=env, PORTAL_DEMO=demo)
    assert ran.returncode != 0
    assert "PORTAL_DEMO=1, never in production" in ran.stderr
