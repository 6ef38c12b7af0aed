"""The proof of residency: counted by the database, compared with the directory, kept, alarming."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, connections, transaction

from access import residency
from access.models import ResidencyProof
from access.residency_proof import EVERY, counted, digest_of, prove, prove_when_due
from access.tasks import prove_residency_of
from tests.factories import furnish


@pytest.fixture
def in_eu(tenant, as_worker):
    """A furnished tenant of the EU; and this process is the worker."""
    made = furnish(tenant)
    as_worker()
    return made


def events(superuser, kind):
    return [
        row[0]
        for row in superuser["eu"]
        .execute("select detail from access_auditevent where type = %s", [kind])
        .fetchall()
    ]


def misplace(superuser, tenant, alias):
    """A site of the tenant, written into another region's database by a careless hand."""
    superuser[alias].execute(
        "insert into rooms_site (id, tenant_id, name, building, city, country, time_zone)"
        " values (gen_random_uuid(), %s, 'CnrySite', '', '', 'DE', 'Europe/Berlin')",
        [tenant.pk],
    )


def test_every_table_of_tenants_is_counted_and_none_has_foreign_rows(tenant, in_eu, superuser):
    proof = prove("eu")
    found = {one["table"]: one for one in proof.tables}
    behind = superuser["eu"].execute(
        "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid"
        " and a.attname = 'tenant_id' where c.relkind in ('r', 'p') and not c.relispartition"
        " and c.relnamespace = 'public'::regnamespace"
    )
    assert set(found) == {row[0] for row in behind.fetchall()}
    assert found["rooms_room"]["rows"] == len(in_eu.rooms)
    assert (proof.foreign, proof.tenants) == (0, 1)
    assert proof.rows == sum(one["rows"] for one in proof.tables)


def test_proof_is_kept_and_its_digest_stands_in_the_record(in_eu, superuser):
    proof = prove("eu")
    kept = ResidencyProof.objects.get()
    assert digest_of(kept) == kept.digest == proof.digest
    assert events(superuser, "residency.proved") == [
        {
            "proof": str(kept.pk),
            "tables": len(kept.tables),
            "rows": kept.rows,
            "foreign": 0,
            "digest": kept.digest,
        }
    ]


def test_row_of_another_regions_tenant_is_found(tenant, in_eu, superuser, caplog):
    misplace(superuser, tenant, "us")
    prove_residency_of("us")
    proof = ResidencyProof.objects.get(region="us")
    assert proof.foreign == 1
    [bad] = [one for one in proof.tables if one["foreign"]]
    assert (bad["table"], bad["tenants"]) == ("rooms_site", [str(tenant.pk)])
    assert "1 rows in us are of tenants of other regions." in caplog.text
    assert "CnrySite" not in str(proof.tables)
    assert prove("eu").foreign == 0
    broken = superuser["us"].execute(
        "select count(*) from access_auditevent where type = 'residency.broken'"
    )
    assert broken.fetchone() == (1,)


def test_row_of_a_tenant_that_no_directory_knows_is_foreign():
    known, unknown = uuid.uuid4(), uuid.uuid4()
    table = counted("rooms_site", {known: 3, unknown: 2, None: 1}, {known})
    assert (table.rows, table.unnamed, table.foreign) == (6, 1, 2)
    assert table.tenants == (str(unknown),)


def test_proof_is_made_once_a_day(in_eu, held_clock):
    assert prove_when_due("eu") is not None
    assert prove_when_due("eu") is None
    assert prove_when_due("apac") is not None
    held_clock.shift(EVERY)
    assert prove_when_due("eu") is not None
    assert ResidencyProof.objects.filter(region="eu").count() == 2


def test_second_prover_finds_the_work_being_done(in_eu, superuser):
    with superuser["eu"].transaction():
        superuser["eu"].execute("select pg_advisory_xact_lock(%s)", [0x4E51DE])
        assert prove("eu") is None
    assert not ResidencyProof.objects.exists()


def test_worker_sees_numbers_and_no_row(in_eu):
    with residency.region("eu"), connections["eu"].cursor() as cursor:
        cursor.execute("select * from lock.rows_by_tenant('rooms_roomaccount')")
        assert cursor.fetchall()
        with pytest.raises(DatabaseError, match="permission denied"):
            cursor.execute("select upn from rooms_roomaccount")
        with pytest.raises(DatabaseError, match="No table of tenants"):
            cursor.execute("select * from lock.rows_by_tenant('django_migrations')")


def test_proof_is_never_changed(in_eu, superuser):
    proof = prove("eu")
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        ResidencyProof.objects.filter(pk=proof.pk).update(foreign=5)
    with pytest.raises(Exception, match="append-only"):
        superuser["default"].execute("delete from access_residencyproof")


def residency_on(client):
    html = client.get("/status/")
    [part] = [part for part in html.context["records"] if part.name == "Residency"]
    return part.state, part.sentence


def test_status_tells_of_proofs_and_raises_the_alarm(
    tenant, asha, sign_in, as_worker, as_web, superuser, held_clock
):
    client = sign_in(asha)
    assert residency_on(client) == ("degraded", "Was not proved yet in EU, APAC, US.")
    as_worker()
    for alias in residency.REGIONS:
        prove(alias)
    as_web()
    assert residency_on(client)[0] == "operational"
    misplace(superuser, tenant, "apac")
    as_worker()
    prove("apac")
    as_web()
    state, sentence = residency_on(client)
    assert (state, "stand in APAC" in sentence) == ("down", True)
    superuser["default"].execute(
        "set session_replication_role = replica; delete from access_residencyproof"
        " where foreign > 0; reset session_replication_role".replace("foreign", '"foreign"')
    )
    held_clock.shift(timedelta(hours=26))
    assert residency_on(sign_in(asha)) == ("degraded", "The last proof is older than a day.")
