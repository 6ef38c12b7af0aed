"""Positions in the log: gap-free, once each, one chain whoever writes and whoever sequences."""

from __future__ import annotations

import json
import threading

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections

from access import audit
from access.audit import disclosures, sequencer, tiles
from access.audit.leaves import moment
from access.audit.merkle import Peaks, leaf_hash
from access.audit.tiles import Place
from access.residency import CONTROL
from tests.acts import ask, entered


def log_of(superuser) -> list[tuple]:
    return (
        superuser["eu"]
        .execute(
            "select position, event_id, leaf_hash, content from access_regionalleaf order by 1"
        )
        .fetchall()
    )


def test_every_event_gets_one_position(tenant, asha, bo, superuser, as_auditor):
    ask(asha, tenant)
    with entered(asha, tenant):
        for _ in range(4):
            audit.record("view.test")
    as_auditor()
    assert sequencer.sequence("eu") == 5
    assert sequencer.sequence("eu") == 0
    rows = log_of(superuser)
    assert [row[0] for row in rows] == list(range(5))
    assert all(leaf_hash(bytes(row[3])) == bytes(row[2]) for row in rows)
    head = superuser["eu"].execute("select size, root from access_regionalhead").fetchone()
    assert head[0] == 5
    assert bytes(head[1]) == Peaks().append(bytes(r[2]) for r in rows).root()


def test_leaf_is_canonical_json_of_ids(tenant, asha, bo, superuser, as_auditor):
    ask(asha, tenant)
    as_auditor()
    sequencer.sequence("eu")
    [row] = log_of(superuser)
    leaf = json.loads(bytes(row[3]))
    assert leaf["type"] == "request.submitted"
    assert leaf["actor_id"] == str(asha.pk)
    stored = superuser["eu"].execute("select id, recorded_at from access_auditevent").fetchone()
    assert (leaf["id"], leaf["recorded_at"]) == (str(stored[0]), moment(stored[1]))
    assert leaf["detail"]["minutes"] == 60
    assert asha.name not in bytes(row[3]).decode()
    [(disclosure,)] = superuser["eu"].execute(
        "select disclosure from access_auditdisclosure where name = 'actor_label'"
    )
    assert disclosures.parse(disclosure).value == asha.name
    assert (leaf["v"], leaf["log"], leaf["sd"]) == (2, "eu", [disclosures.digest(disclosure)])


def test_name_is_salted_anew_for_each_event(tenant, asha, superuser):
    with entered(asha, tenant):
        for _ in range(20):
            audit.record("view.test")
    rows = superuser["eu"].execute("select disclosure from access_auditdisclosure").fetchall()
    assert len({disclosures.parse(row[0]).salt for row in rows}) == 20
    assert {disclosures.parse(row[0]).value for row in rows} == {asha.name}


def tiles_of(eu) -> dict[Place, bytes]:
    rows = eu.execute("select level, number, hashes from access_regionaltile").fetchall()
    return {Place(level, number): bytes(hashes) for level, number, hashes in rows}


@pytest.mark.parametrize("news", [True, False])
def test_older_log_gets_its_tiles_from_its_leaves(tenant, asha, superuser, as_auditor, news):
    """Leaves that were sequenced before there were tiles: the next batch or start makes them."""
    eu = superuser["eu"]
    with entered(asha, tenant):
        for _ in range(300):
            audit.record("view.test")
    sequencer.sequence("eu_owner")
    with eu.transaction():
        eu.execute("set local session_replication_role = replica")
        eu.execute("delete from access_regionaltile")
    if news:
        with entered(asha, tenant):
            audit.record("view.test")
    as_auditor()
    if news:
        assert sequencer.sequence("eu") == 1
    else:
        call_command("sequence_audit", "--once")
    assert tiles_of(eu) == tiles.grown(0, {}, [bytes(row[2]) for row in log_of(superuser)])


def test_rolled_back_act_leaves_no_event_133(tenant, asha, bo, superuser, as_auditor):
    def act_that_fails() -> None:
        with entered(asha, tenant):
            audit.record("view.test")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act_that_fails()
    as_auditor()
    assert sequencer.sequence("eu") == 0
    assert superuser["eu"].execute("select count(*) from access_auditevent").fetchone() == (0,)


def test_two_sequencers_make_one_chain_136(tenant, asha, bo, superuser, cluster):
    """Two real sequencer connections at once, each taking batches until nothing is left."""
    with entered(asha, tenant):
        for _ in range(60):
            audit.record("view.test")
    url = psycopg.conninfo.conninfo_to_dict(cluster.url("eu", "rooms_auditor"))
    start, problems = threading.Barrier(2), []

    def work() -> None:
        connections["eu"].close()
        connections["eu"].settings_dict |= {"USER": url["user"], "PASSWORD": url["password"]}
        try:
            start.wait(60)
            while sequencer.sequence("eu"):
                pass
        except Exception as problem:  # noqa: BLE001 - handed to the test, which fails on it
            problems.append(problem)
        finally:
            connections["eu"].close()

    before = dict(connections["eu"].settings_dict)
    batch, sequencer.BATCH = sequencer.BATCH, 7
    try:
        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    finally:
        sequencer.BATCH = batch
        connections["eu"].settings_dict.update(before)
    assert problems == []
    rows = log_of(superuser)
    assert [row[0] for row in rows] == list(range(60))
    assert len({row[1] for row in rows}) == 60


def test_control_plane_has_its_own_log(asha, superuser, as_auditor):
    audit.record_control("sign_in.ok", by=asha)
    as_auditor()
    assert sequencer.sequence(CONTROL) == 1
    assert sequencer.sequence("eu") == 0
