"""A worker checks a bundle: all of it is stored, or nothing is and it says why."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from access.residency import region
from diagnostics import storage
from diagnostics.intake import check
from diagnostics.intake.check import check_next
from diagnostics.intake.ending import expire_due
from diagnostics.models import (
    ActivityEntry,
    CollectionFile,
    CollectionPart,
    LogEntry,
    LogMask,
    LogTotal,
    LogWord,
    SystemQuery,
)
from diagnostics.states import CollectionState
from tests.diagnostics.bundles.zips import Member, zipped
from tests.diagnostics.collections import OWNER, collected, stands
from tests.diagnostics.sending import APP, bundle_of, upload_all

USB = {
    "made_at": "2026-11-22T08:31:07+00:00",
    "devices": [
        {
            "instance": "6&2A51B47D&0&2",
            "parent": None,
            "vendor_id": "046d",
            "product_id": "0867",
            "name": "MeetUp",
            "port": "USB 3",
            "speed": "super",
            "state": "started",
        }
    ],
}
ACTIVITY = (
    b'{"at": "2026-11-22T08:31:07+00:00", "kind": "joined", "who": "Mara Lindqvist",'
    b' "what": "joined from the console"}\n'
)
PARTS = (("app_log", ""), ("query_usb", ""), ("activity", ""), ("event_log", "System"))


@pytest.fixture
def collection(tenant, box):
    return collected(box.device, tenant, parts=PARTS)


@pytest.fixture
def sent(surface, box, collection, as_worker):
    """`sent(bundle)` uploads it and turns the process into the worker."""

    def do(bundle: bytes) -> None:
        with surface():
            upload_all(box, collection, bundle)
        as_worker()

    return do


def rows(model):
    with region("eu"):
        return list(model.objects.using(OWNER).all())


def test_bundle_becomes_lines_queries_and_activity(sent, collection, superuser):
    sent(
        bundle_of(
            collection,
            (APP, "app_log", b"2026-11-22T08:31:07.123Z [Error] [Devices] Camera gone\r\n" * 3),
            ("Queries/usb.json", "query_usb", json.dumps(USB).encode()),
            ("Activity/activity.jsonl", "activity", ACTIVITY),
            left_out=[{"kind": "event_log", "why": "NO_CHANNEL"}],
        )
    )
    assert check_next("eu") == collection.reference
    now = stands(collection)
    assert [one.kept_out_why for one in rows(CollectionFile)] == ["", "", ""]
    assert (now.state, now.why, now.entries) == ("ready", "", 5)
    assert [one.number for one in sorted(rows(LogEntry), key=lambda x: x.number)] == [1, 2, 3]
    assert len(rows(SystemQuery)) == len(rows(ActivityEntry)) == 1
    assert sum(one.lines for one in rows(LogTotal)) == 3
    with region("eu"):
        parts = CollectionPart.objects.using(OWNER).values_list("kind", "state", "why")
        assert sorted(parts) == [
            ("activity", "kept", ""),
            ("app_log", "kept", ""),
            ("event_log", "left_out", "no_channel"),
            ("query_usb", "kept", ""),
        ]
    told = superuser["eu"].execute(
        "select detail ->> 'collection' from access_auditevent where type = 'collection.ready'"
    )
    assert told.fetchall() == [(collection.reference,)]


def test_chunks_are_gone_and_only_the_redacted_file_is_kept(sent, collection):
    sent(bundle_of(collection))
    check_next("eu")
    (file,) = rows(CollectionFile)
    assert [one.name for one in storage.everything("eu")] == [file.stored_as]


def test_nothing_waits_checks_nothing(vault, as_worker, db):
    as_worker()
    assert check_next("eu") == ""


def test_names_are_masked_and_kept_apart(sent, collection):
    line = b"2026-11-22T08:31:07.123Z [Info] [Auth] Signed in as mara.lindqvist@contoso.example\r\n"
    sent(bundle_of(collection, (APP, "app_log", line)))
    check_next("eu")
    assert stands(collection).state == "ready"
    assert rows(LogEntry)[0].masks == len(rows(LogMask)) > 0


REFUSALS = {
    "not a zip": (lambda c: b"this is no zip at all", "NOT_A_ZIP"),
    "manifest of another order": (lambda c: bundle_of(c, collection="COL-00000000"), "OTHER_ORDER"),
    "manifest of another device": (lambda c: bundle_of(c, device="DV-00000000"), "OTHER_ORDER"),
    "no manifest": (
        lambda c: zipped(Member(APP.encode(), b"x")).getvalue(),
        "MANIFEST_MISSING",
    ),
    "a picture by another name": (
        lambda c: bundle_of(c, (APP, "app_log", b"\x89PNG\r\n\x1a\n" + b"\0" * 64)),
        "MEDIA",
    ),
    "bytes that are no text": (
        lambda c: bundle_of(
            c, (APP, "app_log", b"2026-11-22T08:31:07.123Z [Info] [x] " + bytes(range(1, 9)) * 40)
        ),
        "CANNOT_JUDGE",
    ),
}


@pytest.mark.parametrize("name", list(REFUSALS))
def test_refused_bundle_leaves_nothing(sent, collection, name, superuser):
    make, code = REFUSALS[name]
    sent(make(collection))
    check_next("eu")
    now = stands(collection)
    assert (now.state, now.why_code) == ("refused", code)
    assert now.why
    for model in (LogEntry, LogWord, LogMask, CollectionFile, SystemQuery, ActivityEntry):
        assert rows(model) == []
    assert list(storage.everything("eu")) == []


def test_corrupt_file_is_kept_out_and_the_rest_works(sent, collection):
    broken = b"ElfFile\x00" + b"\x00" * 4200
    sent(
        bundle_of(
            collection,
            (APP, "app_log", b"2026-11-22T08:31:07.123Z [Error] [Devices] Camera gone\r\n"),
            ("Windows/EventLog/System.evtx", "event_log", broken),
        )
    )
    check_next("eu")
    now = stands(collection)
    assert (now.state, now.files_kept_out) == ("ready", 1)
    kept = {one.path: one.kept_out_why for one in rows(CollectionFile)}
    assert kept[APP] == ""
    assert kept["Windows/EventLog/System.evtx"]


def test_lost_chunk_fails_it(sent, collection, vault):
    sent(bundle_of(collection))
    for one in (vault / "bundles_eu").rglob("*"):
        if one.is_file():
            one.unlink()
    check_next("eu")
    now = stands(collection)
    assert (now.state, now.why_code) == ("failed", "CHUNKS")


def test_changed_chunk_fails_it(sent, collection, vault):
    sent(bundle_of(collection))
    (stored,) = [one for one in (vault / "bundles_eu").rglob("*") if one.is_file()]
    stored.write_bytes(stored.read_bytes()[:-1] + b"\0")
    check_next("eu")
    assert stands(collection).state == "failed"


def test_death_in_the_middle_leaves_nothing_and_is_tried_again(sent, collection, monkeypatch):
    sent(bundle_of(collection))

    def dies(*given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(check, "keep_file", dies)
        with pytest.raises(KeyboardInterrupt):
            check_next("eu")
    assert (stands(collection).state, stands(collection).checks) == ("checking", 1)
    assert rows(LogEntry) == []
    names = [one.name for one in storage.everything("eu")]
    assert all(name.startswith("chunks/") for name in names)
    check_next("eu")
    assert stands(collection).state == "ready"


def test_three_deaths_fail_it(sent, collection):
    sent(bundle_of(collection))
    with region("eu"):
        type(collection).objects.using(OWNER).filter(pk=collection.pk).update(checks=3)
    check_next("eu")
    now = stands(collection)
    assert (now.state, now.why_code) == ("failed", "CHECK_FAILED")
    assert list(storage.everything("eu")) == []


def test_storage_that_is_away_is_no_attempt(sent, collection, vault, settings, tmp_path: Path):
    sent(bundle_of(collection))
    (vault / "bundles_eu").rename(tmp_path / "elsewhere")
    (vault / "bundles_eu").write_text("a file where the folder was")
    assert check_next("eu") == ""
    assert (stands(collection).state, stands(collection).checks) == ("checking", 0)


@pytest.mark.parametrize(
    "state",
    [
        CollectionState.ORDERED,
        CollectionState.WAITING,
        CollectionState.COLLECTING,
        CollectionState.UPLOADING,
    ],
)
def test_what_is_late_expires(tenant, box, vault, as_worker, state, superuser):
    late = datetime.now(UTC) - timedelta(minutes=1)
    collection = collected(box.device, tenant, state=state, deadline_at=late)
    as_worker()
    assert expire_due("eu") == 1
    now = stands(collection)
    assert (now.state, now.why_code) == ("expired", "DEADLINE")
    assert expire_due("eu") == 0


def test_order_of_a_device_that_left_is_over_at_once(tenant, box, db):
    collection = collected(box.device, tenant)
    with region("eu"):
        type(box.device).objects.using(OWNER).filter(pk=box.device.pk).update(state="unenrolled")
    now = stands(collection)
    assert (now.state, now.why_code) == ("expired", "LEFT")


def test_refusal_quotes_nothing_of_the_bundle(sent, collection):
    secret = "Project Nightjar"
    line = f"2026-11-22T08:31:07.123Z [Info] [x] {secret} ".encode() + bytes(range(1, 9)) * 40
    sent(bundle_of(collection, (APP, "app_log", line)))
    check_next("eu")
    assert secret not in stands(collection).why
