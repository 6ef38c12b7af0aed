"""Tiles only grow, checkpoints stay as published, disclosures are read by few."""

from __future__ import annotations

import pytest
from psycopg.types.json import Jsonb

from access import audit
from access.audit.store import CONTROL_LOG, REGIONAL_LOG
from tests.architecture.attack import REFUSED
from tests.architecture.conftest import Connect

ROLES = ("rooms_web", "rooms_device", "rooms_worker", "rooms_auditor", "rooms_owner")
PLANES = (("eu", REGIONAL_LOG), ("default", CONTROL_LOG))


@pytest.fixture
def filled(db: None, superuser: dict) -> None:
    """A tile, a checkpoint and a disclosure in both planes."""
    for alias, log in PLANES:
        line = superuser[alias]
        line.execute(f"insert into {log.tile} values (0, 0, 'aabb')")
        line.execute(
            f"insert into {log.checkpoint} (size, root, note, cosignatures, keys, published_at)"
            " values (2, 'r', 'n', '{first}', %s, now())",
            [Jsonb({"witnesses": [], "quorum": 0})],
        )
        line.execute(f"insert into {log.disclosure} values (gen_random_uuid(), 'actor_label', 'x')")


@pytest.mark.parametrize("role", ROLES)
def test_log_is_not_changed_deleted_or_truncated_by_any_role(
    connect: Connect, filled: None, role: str
) -> None:
    for alias, log in PLANES:
        line = connect(role, alias).line
        for statement in (
            f"update {log.tile} set hashes = 'aaXX'",
            f"update {log.tile} set hashes = 'aa'",
            f"update {log.tile} set number = 1",
            f"delete from {log.tile}",
            f"truncate {log.tile}",
            f"update {log.checkpoint} set note = 'other'",
            f"update {log.checkpoint} set root = 'other'",
            f"update {log.checkpoint} set size = 9",
            f"update {log.checkpoint} set keys = '{{}}'",
            f"update {log.checkpoint} set published_at = now()",
            f"update {log.checkpoint} set cosignatures = '{{}}'",
            f"update {log.checkpoint} set cosignatures = '{{other,first}}'",
            f"delete from {log.checkpoint}",
            f"truncate {log.checkpoint}",
            f"update {log.disclosure} set disclosure = 'other'",
            f"truncate {log.disclosure}",
        ):
            with pytest.raises(REFUSED):
                line.execute(statement)


def test_tile_grows_and_cosignatures_are_added(connect: Connect, filled: None) -> None:
    for alias, log in PLANES:
        line = connect("rooms_auditor", alias).line
        assert line.execute(f"update {log.tile} set hashes = 'aabbcc'").rowcount == 1
        added = f"update {log.checkpoint} set cosignatures = cosignatures || 'second'::text"
        assert line.execute(added).rowcount == 1


@pytest.mark.parametrize("role", ["rooms_web", "rooms_device", "rooms_worker"])
def test_log_is_read_by_the_auditor_role_and_under_a_context(
    connect: Connect, filled: None, role: str
) -> None:
    for alias, log in PLANES:
        line = connect(role, alias).line
        for table in (log.tile, log.checkpoint, log.disclosure):
            if role == "rooms_web":
                # Pages of auditors read them, under a context and a grant.
                assert line.execute(f"select * from {table}").fetchall() == []
                continue
            with pytest.raises(REFUSED):
                line.execute(f"select * from {table}")
        with pytest.raises(REFUSED):
            line.execute("select lock.record_export(null, '', '{}')")
        with pytest.raises(REFUSED):
            line.execute("select lock.erase_name(gen_random_uuid(), 'x')")


def test_disclosures_are_made_by_the_event_and_by_nobody_else(
    connect: Connect, filled: None
) -> None:
    for role in ROLES[:-1]:
        for alias, log in PLANES:
            line = connect(role, alias).line
            for statement in (
                f"insert into {log.disclosure} values (gen_random_uuid(), 'actor_label', 'x')",
                f"delete from {log.disclosure}",
            ):
                with pytest.raises(REFUSED):
                    line.execute(statement)


def test_state_of_the_log_tells_seconds_and_sizes_only(
    connect: Connect, asha: object, superuser: dict
) -> None:
    audit.record_control("sign_in.ok", by=asha)
    for role in ("rooms_web", "rooms_auditor"):
        cursor = connect(role, "default").line.execute("select * from lock.record_state()")
        names = [column.name for column in cursor.description or ()]
        assert names == [
            "staged",
            "oldest_seconds",
            "size",
            "signed",
            "unsigned_seconds",
            "checked_seconds",
            "problem",
        ]
        row = cursor.fetchone()
        assert row is not None
        assert row[0] == 1
        assert 0 <= row[1] < 60
    for role in ("rooms_worker", "rooms_device"):
        with pytest.raises(REFUSED):
            connect(role, "default").line.execute("select * from lock.record_state()")
