"""A long bundle is stored whole or not at all, whatever breaks in the middle or at the end; and of
what a device calls its files nothing is kept."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, OperationalError, connections

from access.residency import region
from diagnostics import storage
from diagnostics.intake.check import check_next
from diagnostics.intake.ending import expire_due
from diagnostics.models import CollectionFile, CollectionPart, LogEntry, LogTotal, LogWord
from tests.diagnostics.collections import OWNER, stands
from tests.diagnostics.sending import APP, LINES, bundle_of
from tests.diagnostics.test_check import collection, rows, sent

__all__ = ["collection", "sent"]  # the fixtures


def long_log(lines: int, last: bytes = b"") -> bytes:
    """An app log of so many lines, and one more if it is given."""
    made = b"".join(
        b"2026-11-22T08:31:07.123Z [Verbose] [Render] frame %d drawn\r\n" % number
        for number in range(lines)
    )
    return made + (b"2026-11-22T08:31:08.123Z [Info] [x] " + last if last else b"")


def test_long_log_is_written_whole_and_in_order(sent, collection):
    sent(bundle_of(collection, (APP, "app_log", long_log(2_345))))
    check_next("eu")
    assert (stands(collection).state, stands(collection).entries) == ("ready", 2_345)
    entries = {one.number: one for one in rows(LogEntry)}
    assert sorted(entries) == list(range(1, 2_346))
    assert sum(one.lines for one in rows(LogTotal)) == 2_345
    words = rows(LogWord)
    # "frame" and "drawn" in each line, and its number in those in which it has two digits.
    assert len(words) == 2 * 2_345 + 2_335
    assert {one.entry_id for one in words} == {one.pk for one in entries.values()}


def test_line_that_cannot_be_judged_takes_the_thousands_before_it_along(sent, collection):
    sent(bundle_of(collection, (APP, "app_log", long_log(2_500, bytes(range(1, 9)) * 40))))
    check_next("eu")
    assert stands(collection).why_code == "CANNOT_JUDGE"
    for model in (LogEntry, LogWord, CollectionFile):
        assert rows(model) == []
    assert list(storage.everything("eu")) == []


def test_database_that_refuses_a_batch_leaves_nothing_and_it_is_tried_again(
    sent, collection, superuser
):
    sent(bundle_of(collection, (APP, "app_log", long_log(2_500))))
    superuser["eu"].execute(
        "alter table diagnostics_logentry add constraint for_a_test check (number < 1500)"
    )
    try:
        with pytest.raises(IntegrityError):
            check_next("eu")
    finally:
        superuser["eu"].execute("alter table diagnostics_logentry drop constraint for_a_test")
    assert (stands(collection).state, rows(LogEntry)) == ("checking", [])
    assert all(one.name.startswith("chunks/") for one in storage.everything("eu"))
    assert check_next("eu") == collection.reference
    assert stands(collection).state == "ready"


def breaks_at_commit(monkeypatch: pytest.MonkeyPatch, superuser, *, committed: bool) -> None:
    """The next commit that ends a check meets a connection that is gone, before it or behind it."""
    wrapper = connections["eu"]
    commit = wrapper._commit

    def broken() -> None:
        stored = wrapper.connection.execute("select count(*) from diagnostics_collectionfile")
        if not stored.fetchone()[0]:
            commit()
            return
        monkeypatch.undo()
        if committed:
            wrapper.connection.commit()
        superuser["eu"].execute(
            "select pg_terminate_backend(%s, 10000)", [wrapper.connection.info.backend_pid]
        )
        with wrapper.wrap_database_errors:  # what a commit meets whose answer never comes
            wrapper.connection.execute("commit")

    monkeypatch.setattr(wrapper, "_commit", broken)


def test_files_of_a_check_stay_when_its_commit_went_through_unseen(
    sent, collection, monkeypatch, superuser
):
    sent(bundle_of(collection))
    breaks_at_commit(monkeypatch, superuser, committed=True)
    with pytest.raises(OperationalError):
        check_next("eu")
    assert stands(collection).state == "ready"
    (file,) = rows(CollectionFile)
    assert file.stored_as in {one.name for one in storage.everything("eu")}
    # What it had no time to drop goes with the uploads that nobody checks any more.
    expire_due("eu")
    assert [one.name for one in storage.everything("eu")] == [file.stored_as]


def test_check_whose_commit_was_lost_is_made_again(sent, collection, monkeypatch, superuser):
    sent(bundle_of(collection))
    breaks_at_commit(monkeypatch, superuser, committed=False)
    with pytest.raises(OperationalError):
        check_next("eu")
    assert (stands(collection).state, rows(CollectionFile)) == ("checking", [])
    assert check_next("eu") == collection.reference
    assert stands(collection).state == "ready"
    (file,) = rows(CollectionFile)
    assert file.stored_as in {one.name for one in storage.everything("eu")}


def test_name_that_the_device_gave_a_log_is_not_kept(sent, collection):
    named = "App/SkypeRoomSystem/Layoffs in Kassel.log"
    sent(bundle_of(collection, (APP, "app_log", LINES), (named, "app_log", LINES)))
    check_next("eu")
    assert stands(collection).state == "ready"
    kept = {(one.path, one.source) for one in rows(CollectionFile)}
    assert kept == {(name, name) for name in (APP, "App/SkypeRoomSystem/app-log-2.log")}


def test_reason_that_is_no_known_code_is_not_kept(sent, collection):
    left_out = [{"kind": "event_log", "why": "Layoffs-in-Kassel"}]
    sent(bundle_of(collection, left_out=left_out))
    check_next("eu")
    with region("eu"):
        parts = CollectionPart.objects.using(OWNER).filter(kind="event_log")
        assert [one.why for one in parts] == ["other"]
