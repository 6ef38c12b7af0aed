"""The daily job: what is due goes by class and age, is told, and nothing else goes."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import timedelta

import psycopg
import pytest

from access.catalogue import table_of
from access.residency import region
from diagnostics import storage
from diagnostics.catalogue import keeping
from diagnostics.models import Collection, Destruction, LogTotal
from diagnostics.retention import due, files
from diagnostics.retention.ledger import EMPTY_CHAIN, chained
from tests.diagnostics.collections import OWNER, stands
from tests.diagnostics.sending import APP
from tests.diagnostics.test_check import ACTIVITY, USB
from tests.diagnostics.test_logs import log

QUERY = ("Queries/usb.json", "query_usb", json.dumps(USB).encode())
ACTIVE = ("Activity/activity.jsonl", "activity", ACTIVITY)


def age(superuser, by: timedelta, collection: Collection | None = None) -> None:
    """Make what stands older, as if it had been collected earlier."""
    which = [collection.pk] if collection else None
    for statement in (
        "update diagnostics_collectionfile set made_at = made_at - %s"
        " where %s::uuid[] is null or collection_id = any(%s)",
        "update diagnostics_collection set ready_at = ready_at - %s,"
        " ordered_at = ordered_at - {0}, begins_at = begins_at - {0}"
        " where %s::uuid[] is null or id = any(%s)",
    ):
        text = statement.replace("{0}", f"interval '{by.total_seconds()} seconds'")
        superuser["eu"].execute(text, [by, which, which])


def test_times_are_those_of_the_catalogue():
    assert due.LASTS["log"] == min(keeping.CONTENT.time, keeping.PEOPLE.time)
    assert keeping.ORDERS.time == due.ORDERS_LAST
    for model in (Collection, Destruction, LogTotal):
        assert table_of(model).keep.task == "diagnostics.retention"


def test_nothing_goes_before_its_time(ready, rows, retain, superuser):
    ready((APP, "app_log", log(20)))
    age(superuser, due.LASTS["log"] - timedelta(minutes=5))
    before = rows()
    assert retain().files == 0
    assert rows() == before
    assert before["logentry"] == 20


def test_due_content_goes_with_all_that_came_of_it(ready, rows, retain, superuser, tenant):
    collection = ready((APP, "app_log", log(20)), QUERY, ACTIVE)
    stored = [one.name for one in storage.everything("eu")]
    assert len(stored) == 1
    before = rows()
    assert before["systemquery"] == 1
    age(superuser, due.LASTS["log"] + timedelta(minutes=5))
    done = retain()
    assert (done.files, done.left, done.collections) == (3, 0, 1)
    assert set(rows().values()) == {0}
    assert list(storage.everything("eu")) == []
    now = stands(collection)
    assert now.state == "destroyed"
    assert now.destroyed_at is not None
    with region("eu"):
        told = Destruction.objects.using(OWNER).get()
    assert told.counts["diagnostics_logentry"] == before["logentry"]
    assert told.counts["diagnostics_logword"] == before["logword"]
    assert told.counts["diagnostics_collectionfile"] == 3
    assert told.classes == {"log": 1, "query": 1, "activity": 1}
    assert (told.stored_files, told.cause) == (1, "retention")
    assert told.tenant_reference == tenant.reference
    assert told.ended_at is not None


def test_chain_can_be_worked_out_again(ready, retain, superuser):
    ready((APP, "app_log", log(2)))
    references = [
        row[0]
        for row in superuser["eu"].execute("select reference from diagnostics_collectionfile")
    ]
    age(superuser, timedelta(days=40))
    retain()
    chain = EMPTY_CHAIN
    for reference in references:
        chain = chained(chain, reference)
    with region("eu"):
        assert Destruction.objects.using(OWNER).get().chain == chain
    assert chained("a", "b") == hashlib.sha256(b"a b").hexdigest()


def test_what_went_is_in_the_record_without_a_value(ready, retain, superuser, tenant):
    ready((APP, "app_log", log(2)))
    age(superuser, timedelta(days=40))
    retain()
    detail, subject = (
        superuser["eu"]
        .execute(
            "select detail, subject_reference from access_auditevent where type = 'data.destroyed'"
        )
        .fetchone()
    )
    assert subject == tenant.reference
    assert (detail["cause"], detail["files"], detail["stored_files"]) == ("retention", 1, 1)


def test_roll_ups_of_what_stays_are_right(ready, retain, superuser):
    old = ready((APP, "app_log", log(30)))
    age(superuser, timedelta(days=40), old)
    ready((APP, "app_log", log(12)))
    retain()
    hours = (
        superuser["eu"]
        .execute(
            "select hour, source, level, sum(lines) from diagnostics_loghour"
            " group by 1, 2, 3 order by 1, 3"
        )
        .fetchall()
    )
    totals = (
        superuser["eu"]
        .execute("select hour, source, level, lines from diagnostics_logtotal order by 1, 3")
        .fetchall()
    )
    assert totals == hours
    assert sum(row[3] for row in totals) == 12


def test_file_that_was_half_destroyed_is_finished(ready, rows, retain, superuser, monkeypatch):
    ready((APP, "app_log", log(30)))
    before = rows()
    age(superuser, timedelta(days=40))
    monkeypatch.setattr(files, "ROWS_AT_ONCE", 7)

    def die(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(files.storage, "remove", die)
        with pytest.raises(KeyboardInterrupt):
            retain()
    assert rows()["collectionfile"] == 1
    assert rows()["logentry"] == 0
    retain()
    assert set(rows().values()) == {0}
    with region("eu"):
        told = list(Destruction.objects.using(OWNER).order_by("begun_at"))
    assert len(told) == 2
    assert all(one.ended_at for one in told)
    lines = sum(one.counts.get("diagnostics_logentry", 0) for one in told)
    assert lines == before["logentry"]


def test_storage_that_does_not_answer_is_asked_again(ready, rows, retain, superuser, monkeypatch):
    ready((APP, "app_log", log(3)))
    age(superuser, timedelta(days=40))

    def away(region: str, name: str) -> None:
        raise storage.StorageFault("It does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(files.storage, "remove", away)
        assert retain().left == 1
    assert rows()["collectionfile"] == 1
    assert retain().files == 1
    assert rows()["collectionfile"] == 0


def test_key_of_a_month_goes_with_the_last_of_it(ready, retain, superuser):
    ready((APP, "app_log", log(3)))
    age(superuser, timedelta(days=40))
    superuser["eu"].execute(
        "update diagnostics_contentkey set month = month - interval '2 months',"
        " made_at = made_at - interval '60 days' where level = 'data'"
    )
    superuser["eu"].execute(
        "update diagnostics_activitykey set month = month - interval '2 months'"
    )
    done = retain()
    live = (
        superuser["eu"]
        .execute("select level, klass from diagnostics_contentkey where destroyed_at is null")
        .fetchall()
    )
    assert live == [("tenant", "")]
    empty = (
        superuser["eu"]
        .execute(
            "select bool_and(wrapped = '') from diagnostics_contentkey"
            " where destroyed_at is not null"
        )
        .fetchone()
    )
    assert empty == (True,)
    with region("eu"):
        assert len(Destruction.objects.using(OWNER).get().keys) == done.keys == 5


def test_key_of_a_month_with_something_left_stays(ready, retain, superuser, held_clock):
    ready((APP, "app_log", log(3)))
    [turn] = (
        superuser["eu"]
        .execute(
            "select (month + interval '1 month') at time zone 'UTC' from diagnostics_contentkey"
            " where klass = 'log' and level = 'data'"
        )
        .fetchone()
    )
    superuser["eu"].execute(
        "update diagnostics_collectionfile set made_at = %s", [turn - timedelta(days=1)]
    )
    held_clock.hold(turn + timedelta(days=5))
    retain()
    left = (
        superuser["eu"]
        .execute(
            "select klass from diagnostics_contentkey where destroyed_at is null and level = 'data'"
            " order by klass"
        )
        .fetchall()
    )
    assert left == [("log",), ("name",), ("search",)]


def test_collection_s_record_goes_after_its_year(ready, retain, superuser):
    collection = ready((APP, "app_log", log(3)))
    age(superuser, timedelta(days=40))
    retain()
    assert stands(collection).state == "destroyed"
    age(superuser, due.ORDERS_LAST)
    retain()
    for table in ("collection", "collectionpart", "upload"):
        (left,) = superuser["eu"].execute(f"select count(*) from diagnostics_{table}").fetchone()
        assert left == 0, table


def test_file_that_nothing_names_goes_after_a_day(vault, retain, held_clock, tenant):
    kept = storage.put("eu", "files", [b"left behind"])
    assert retain().orphans == 0
    assert storage.exists("eu", kept.name)
    held_clock.shift(timedelta(days=1, minutes=1))
    assert retain().orphans == 1
    assert not storage.exists("eu", kept.name)


def test_file_that_a_row_names_is_no_orphan(ready, retain, held_clock):
    ready((APP, "app_log", log(3)))
    held_clock.shift(timedelta(days=2))
    assert retain().orphans == 0
    assert len(list(storage.everything("eu"))) == 1


def test_whoever_holds_the_counts_is_not_waited_for(ready, rows, retain, superuser, cluster):
    """A bundle that is being stored holds rows of the tenant's totals: retention gives way."""
    ready((APP, "app_log", log(3)))
    age(superuser, timedelta(days=40))
    with psycopg.connect(cluster.superuser("eu")) as other:
        other.execute("select from diagnostics_logtotal for update")
        begun = time.monotonic()
        assert retain().left == 1
        assert time.monotonic() - begun < 60  # it does not wait for the other
    assert rows()["loghour"] > 0
    assert retain().files == 1
    assert set(rows().values()) == {0}
