"""A bundle on its way in: announced, in chunks, again after a lost answer, and over in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from access.residency import region
from diagnostics import storage
from diagnostics.intake.check import check_next
from diagnostics.models import Upload, UploadPart
from diagnostics.states import CollectionState
from diagnostics.views.device_api import uploads
from tests.diagnostics.collections import OWNER, collected, stands
from tests.diagnostics.sending import (
    UPLOADS,
    announce,
    bundle_of,
    complete,
    post,
    put_chunk,
    upload_all,
)
from tests.rooms.device_api.devices import Box, enrolled, problem


@pytest.fixture
def collection(tenant, box):
    return collected(box.device, tenant)


def chunks() -> int:
    with region("eu"):
        return UploadPart.objects.using(OWNER).count()


def test_bundle_goes_up_and_is_handed_over(surface, box, collection, superuser):
    bundle = bundle_of(collection)
    with surface():
        upload_all(box, collection, bundle, chunk=100)
    now = stands(collection)
    assert (now.state, now.why_code) == ("checking", "")
    assert now.uploaded_at is not None
    assert chunks() == -(-len(bundle) // 100)
    moved = superuser["eu"].execute(
        "select detail ->> 'to' from access_auditevent where type = 'collection.moved'"
        " order by recorded_at"
    )
    assert [row[0] for row in moved.fetchall()] == ["uploading", "checking"]


def test_stored_chunks_hold_nothing_readable(surface, box, collection, vault):
    bundle = bundle_of(collection)
    with surface():
        upload_all(box, collection, bundle)
    stored = [one.read_bytes() for one in (vault / "bundles_eu").rglob("*") if one.is_file()]
    assert len(stored) == 1
    assert b"manifest" not in stored[0]
    assert bundle[:12] not in stored[0]


def test_lost_answer_is_asked_for_and_gone_on_from(surface, box, collection):
    bundle = bundle_of(collection)
    with surface():
        upload = announce(box, collection, bundle).json()["upload"]
        put_chunk(box, upload, 0, bundle[:50])
        again = put_chunk(box, upload, 0, bundle[:50])
        assert problem(again)["code"] == "wrong_offset"
        assert problem(again)["offset"] == 50
        place = box.send("GET", f"{UPLOADS}/{upload}")
        assert place.json() == {"upload": upload, "offset": 50}
        assert announce(box, collection, bundle).json()["offset"] == 50
        put_chunk(box, upload, 50, bundle[50:])
        assert complete(box, upload).status_code == 202
        assert complete(box, upload).status_code == 202
    assert stands(collection).state == "checking"


def test_chunk_whose_answer_was_lost_stays(surface, box, collection, monkeypatch, as_worker):
    """The connection breaks after the database has counted the chunk: it must be there later."""
    bundle = bundle_of(collection)

    def breaks(*asked: object) -> object:
        row = ask(*asked)
        if "upload_store" in str(asked[1]):
            raise OperationalError("the connection was lost")
        return row

    with surface():
        upload = announce(box, collection, bundle).json()["upload"]
        ask = uploads.door.ask
        with monkeypatch.context() as patch:
            patch.setattr(uploads.door, "ask", breaks)
            assert problem(put_chunk(box, upload, 0, bundle))["code"] == "unavailable"
        assert box.send("GET", f"{UPLOADS}/{upload}").json()["offset"] == len(bundle)
        assert complete(box, upload).status_code == 202
    as_worker()
    check_next("eu")
    assert stands(collection).state == "ready"


def test_refused_chunk_leaves_nothing_in_the_storage(surface, box, collection, vault):
    bundle = bundle_of(collection)
    with surface():
        upload = announce(box, collection, bundle).json()["upload"]
        late = put_chunk(box, upload, 0, bundle + b"more than was announced")
    assert problem(late)["code"] == "wrong_offset"
    assert list(storage.everything("eu")) == []


def test_early_end_is_refused_with_what_is_missing(surface, box, collection):
    bundle = bundle_of(collection)
    with surface():
        upload = announce(box, collection, bundle).json()["upload"]
        put_chunk(box, upload, 0, bundle[:40])
        early = complete(box, upload)
    assert (problem(early)["code"], problem(early)["offset"]) == ("wrong_offset", 40)


def test_another_bundle_for_the_same_order_is_refused(surface, box, collection):
    with surface():
        announce(box, collection, b"one")
        other = announce(box, collection, b"two")
    assert problem(other)["code"] == "wrong_bundle"


def test_too_large_a_bundle_is_refused_before_a_byte(surface, box, collection, settings):
    settings.DIAGNOSTICS_BUNDLE_MOST_BYTES = 10
    with surface():
        refused = announce(box, collection, b"eleven byte")
    assert (refused.status_code, problem(refused)["code"]) == (413, "too_large")
    assert stands(collection).state == "ordered"


@pytest.mark.parametrize(
    "state", [CollectionState.EXPIRED, CollectionState.READY, CollectionState.FAILED]
)
def test_order_that_is_over_takes_nothing(surface, tenant, box, state):
    collection = collected(box.device, tenant, state=state)
    with surface():
        assert problem(announce(box, collection, b"late"))["code"] == "order_over"


def test_order_past_its_deadline_takes_nothing(surface, tenant, box):
    late = datetime.now(UTC) - timedelta(seconds=1)
    collection = collected(box.device, tenant, deadline_at=late)
    with surface():
        assert problem(announce(box, collection, b"late"))["code"] == "order_over"


def test_upload_of_another_device_is_unknown(surface, tenant, box, collection):
    with region("eu"):
        other: Box = enrolled(tenant, room=box.device.room)
    bundle = bundle_of(collection)
    with surface():
        upload = announce(box, collection, bundle).json()["upload"]
        assert problem(announce(other, collection, bundle))["code"] == "not_found"
        assert problem(put_chunk(other, upload, 0, bundle))["code"] == "not_found"
        assert problem(complete(other, upload))["code"] == "not_found"
        assert problem(other.send("GET", f"{UPLOADS}/{upload}"))["code"] == "not_found"


def test_upload_of_another_region_is_unknown(surface, box, collection):
    with surface():
        answer = box.send("GET", f"{UPLOADS}/us.{'A' * 43}")
    assert problem(answer)["code"] == "not_found"


def test_progress_is_kept_and_never_goes_back(surface, box, collection):
    path = f"/device/v1/collections/{collection.reference}/progress"
    with surface():
        assert post(box, path, state="waiting").status_code == 202
        assert stands(collection).state == "waiting"
        post(box, path, state="collecting", percent=60)
        post(box, path, state="collecting", percent=40)
        post(box, path, state="waiting")
    now = stands(collection)
    assert (now.state, now.percent) == ("collecting", 60)


def test_device_may_refuse_and_says_why(surface, box, collection):
    path = f"/device/v1/collections/{collection.reference}/progress"
    with surface():
        assert post(box, path, state="refused", code="ON_BATTERY").status_code == 202
        assert problem(post(box, path, state="collecting"))["code"] == "order_over"
    now = stands(collection)
    assert (now.state, now.why_code) == ("refused", "ON_BATTERY")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"state": "ready"}, "field_invalid"),
        ({"state": "collecting", "percent": 101}, "field_invalid"),
        ({"state": "collecting", "note": "x"}, "field_unknown"),
        ({"state": "failed", "code": "two words"}, "field_invalid"),
    ],
    ids=["no such state", "percent", "unknown field", "code"],
)
def test_progress_of_another_shape_is_refused(surface, box, collection, said, code):
    path = f"/device/v1/collections/{collection.reference}/progress"
    with surface():
        assert problem(post(box, path, **said))["code"] == code
    assert stands(collection).state == "ordered"


def test_two_uploads_of_a_collection_cannot_stand(surface, box, collection):
    bundle = bundle_of(collection)
    with surface():
        announce(box, collection, bundle)
        announce(box, collection, bundle)
    with region("eu"):
        assert Upload.objects.using(OWNER).count() == 1
