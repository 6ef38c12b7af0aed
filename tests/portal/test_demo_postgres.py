"""The embedded PostgreSQL: whole or absent, gone with its parent, and entered by our roles only."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from portal.demo import ground, postgres
from portal.demo.cluster import ALIASES, BEGUN, DONE, OWNER, ROLES, Cluster, as_role
from portal.demo.trouble import Trouble
from tests.plugins.cluster import WorkerCluster

ROOT = Path(__file__).resolve().parents[2]

STARTS_A_SERVER = """
import sys, time
from pathlib import Path
from portal.demo import postgres
folder = Path(sys.argv[1])
programs = postgres.find_programs()
postgres.make_data(programs, folder / "data", "secret", careless=True)
server = postgres.start(programs, folder / "data", "secret", folder / "log")
print(server.process.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's unprivileged user can walk to; pytest's own is closed to it."""
    made = Path(tempfile.mkdtemp(prefix="rooms-ops-test-")).resolve()
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def spare(cluster: WorkerCluster) -> Iterator[Cluster]:
    """Four databases that are not the worker's own."""
    worker = cluster.databases["default"].rpartition("_")[2]
    names = {alias: f"rooms_spare_{alias}_{worker}" for alias in ALIASES}
    made = Cluster(cluster.superuser_url, cluster.passwords, names)
    yield made
    for name in names.values():
        made.drop_database(name)


def ended(pid: int, seconds: float = 60) -> bool:
    """Whether a process ends in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.05)
    return False


def test_server_dies_with_a_killed_parent_and_its_data_starts_again(folder: Path) -> None:
    programs = ground.programs(postgres.find_programs(), folder)
    command = [sys.executable, "-c", STARTS_A_SERVER, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    # what a person does after a crash: start it again at once
    server = postgres.start(programs, folder / "data", "secret", folder / "log")
    assert ended(pid)
    with psycopg.connect(server.url()) as line:
        assert line.execute("select 1").fetchone() == (1,)
    server.stop()
    assert server.process.returncode == 0


def test_interrupted_making_leaves_nothing_and_is_made_again(folder: Path) -> None:
    (folder / ".making-earlier").mkdir()
    (folder / ".making-earlier" / "half").touch()
    programs = ground.programs(postgres.find_programs(), folder)
    postgres.make_data(programs, folder / "data", "secret", careless=True)
    assert [path.name for path in folder.iterdir()] == ["data"]
    assert not list((folder / "data").rglob("password"))


def test_failed_making_leaves_nothing(folder: Path) -> None:
    (folder / "bin").mkdir()
    initdb = folder / "bin" / "initdb"
    initdb.write_text("#!/bin/sh\necho 'could not write: No space left on device' >&2\nexit 1\n")
    initdb.chmod(0o755)
    with pytest.raises(Trouble, match="disk filled up"):
        postgres.make_data(folder / "bin", folder / "data", "secret")
    assert [path.name for path in folder.iterdir()] == ["bin"]


def test_roles_have_no_powers(cluster: WorkerCluster) -> None:
    with cluster.connect() as line:
        rows = line.execute(
            "select rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole,"
            " rolreplication from pg_roles where left(rolname, 6) = 'rooms_' and rolname <> %s",
            [postgres.SUPERUSER],
        ).fetchall()
    assert {row[0] for row in rows} == set(ROLES)
    assert {row[1:] for row in rows} == {(True, False, False, False, False, False)}


def test_role_with_a_power_is_refused(cluster: WorkerCluster) -> None:
    with cluster.connect() as line, line.transaction(force_rollback=True):
        line.execute("alter role rooms_device bypassrls")
        with pytest.raises(psycopg.errors.RaiseException, match="rooms_device may do more"):
            line.execute((ROOT / "access/lock/roles.sql").read_bytes())


def test_role_with_a_wrong_password_is_refused(cluster: WorkerCluster) -> None:
    url = as_role(cluster.superuser_url, "rooms_web", "guess", cluster.databases["eu"])
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)


@pytest.mark.parametrize("role", [role for role in ROLES if role != OWNER])
@pytest.mark.parametrize("alias", ["default", "eu"])
@pytest.mark.parametrize("statement", ["create table t ()", "create temp table t ()"])
def test_process_role_makes_no_table(
    cluster: WorkerCluster, role: str, alias: str, statement: str
) -> None:
    with (
        psycopg.connect(cluster.url(alias, role)) as line,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        line.execute(statement)


def test_stranger_enters_no_database(cluster: WorkerCluster) -> None:
    with cluster.connect() as line:
        rows = line.execute(
            "select datname from pg_database where datname = any(%s)"
            " and has_database_privilege('pg_monitor', oid, 'connect')",
            [list(cluster.databases.values())],
        ).fetchall()
    assert rows == []


def test_half_made_databases_are_made_again(spare: Cluster) -> None:
    assert spare.prepare_databases() is True
    with spare.connect(spare.databases["eu"]) as line:
        line.execute("create table left_over ()")
    assert spare.note(spare.databases["eu"]) == BEGUN
    assert spare.prepare_databases() is True
    with spare.connect(spare.databases["eu"]) as line:
        assert line.execute("select to_regclass('left_over')").fetchone() == (None,)


def test_complete_databases_are_kept(spare: Cluster) -> None:
    spare.prepare_databases()
    spare.databases_are_complete()
    with spare.connect(spare.databases["eu"]) as line:
        line.execute("create table kept ()")
    assert spare.note(spare.databases["eu"]) == DONE
    assert spare.prepare_databases() is False
    with spare.connect(spare.databases["eu"]) as line:
        assert line.execute("select to_regclass('kept')").fetchone() == ("kept",)


def test_database_of_somebody_else_is_not_touched(spare: Cluster) -> None:
    name = spare.databases["us"]
    with spare.connect() as line:
        line.execute(f'create database "{name}"')
    with pytest.raises(Trouble, match=f"{name} that Rooms Ops did not make"):
        spare.prepare_databases()
    assert spare.note(name) == ""
    assert spare.note(spare.databases["eu"]) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs somebody else to run the server")
def test_programs_out_of_reach_are_copied_to_where_the_server_can_walk(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    installed = closed / "install"
    (installed / "bin").mkdir(parents=True)
    (installed / "bin" / "postgres").touch()
    closed.chmod(0o700)
    try:
        copied = ground.programs(installed / "bin", closed)
        assert ground.reachable(copied)
        assert (copied / "postgres").exists()
        assert ground.programs(installed / "bin", closed) == copied
        assert not ground.reachable(closed)
    finally:
        ground.forget_outside(closed)
    assert not copied.exists()
