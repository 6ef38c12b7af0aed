"""Success is what the next reports show; a failure is tried once more, and then told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from diagnostics.remediation.queue.dispatch import dispatch_due
from diagnostics.remediation.queue.follow import follow_due
from diagnostics.remediation.queue.verify import verify_due
from tests.diagnostics.remediation.queue.place import DAY, HOUR, MINUTE
from tests.factories import incident_of
from tests.rooms.signals.reports import CAMERA, SPARE_CAMERA, plugged

LOST = {"peripherals": plugged(CAMERA, SPARE_CAMERA)}
SECOND = timedelta(seconds=1)


def sent(place, item):
    """Dispatched, taken and answered with "done" within a minute."""
    while dispatch_due("eu"):
        pass
    assert place.stands(item)[0] == "dispatched"
    place.wait(MINUTE)
    place.answer(item)
    follow_due("eu")
    assert place.stands(item)[0] == "verifying"


@pytest.fixture
def loose(place, grant, asha):
    """A room whose camera is gone, its incident, and the reset of its port, answered with done."""
    grant()
    device = place.device()
    place.wait(SECOND)
    place.report(device, **LOST)
    incident = incident_of(device.room, "camera_room", device_id=device.pk)
    item = place.item(device, by=asha, incident=incident, signal="camera_room")
    sent(place, item)
    return device, incident, item


def later(place, device, minutes=5, **changes):
    """A report, and a look at it."""
    place.wait(minutes * MINUTE)
    place.report(device, **changes)
    place.wait(SECOND)
    verify_due("eu")


def test_two_good_reports_are_a_success_that_the_record_tells(place, loose):
    device, incident, item = loose
    later(place, device)
    assert place.stands(item)[0] == "verifying"  # one is not enough for a loose cable
    later(place, device)
    assert place.stands(item) == ("succeeded", "success")
    finding = place.finding(item)
    assert finding.outcome == "fixed"
    assert finding.before["signals"]["camera_room"]["value"] == "unhealthy"
    assert finding.after["signals"]["camera_room"]["value"] == "healthy"
    assert place.now(item).observed_at == finding.after_at > finding.before_at
    detail = dict(place.events())["remediation.succeeded"]
    assert "camera_room" in detail["changed"]["mended"]
    assert any(item.reference in text for text in place.entries(incident))
    assert ("item_ended", item.reference) in place.notices()


def test_device_that_lies_is_not_believed(place, loose):
    device, _, item = loose
    for _ in range(3):
        later(place, device, **LOST)
    assert place.stands(item)[0] == "verifying"
    later(place, device, minutes=30, **LOST)
    assert place.stands(item) == ("scheduled", "retry_in_next_window")


def test_report_without_news_is_no_evidence_and_the_next_is_kept_whole(place, loose):
    device, _, item = loose
    place.wait(5 * MINUTE)
    place.report(device, body=False)
    place.wait(SECOND)
    verify_due("eu")
    rows = place.sql("select last_digest from rooms_device where id = %s", [device.pk])
    assert rows == [(None,)]
    assert place.stands(item)[0] == "verifying"


def test_failure_is_tried_once_more_in_the_next_window_and_then_told(place, loose, grant):
    device, incident, item = loose
    first = place.now(item).command_id
    later(place, device, minutes=31, **LOST)
    assert place.stands(item) == ("scheduled", "retry_in_next_window")
    now = place.now(item)
    assert (now.attempt, now.window_begins_at) == (
        2,
        place.at.replace(hour=0, minute=0, second=0) + DAY,
    )
    place.at = now.window_begins_at
    place.wait(MINUTE)
    grant()
    place.report(device, **LOST)
    sent(place, item)
    assert place.now(item).command_id != first
    assert len(place.commands(item)) == 2
    later(place, device, minutes=31, **LOST)
    assert place.stands(item) == ("failed", "verification_failed")
    assert (place.finding(item, 1).outcome, place.finding(item, 2).outcome) == ("not fixed",) * 2
    assert any(item.reference in text for text in place.entries(incident))
    assert len(place.incidents()) == 1
    place.wait(DAY)
    assert (dispatch_due("eu"), verify_due("eu"), follow_due("eu")) == (0, 0, 0)


def test_failure_without_an_incident_opens_one(place, grant, asha):
    grant()
    device = place.device()
    place.report(device, system={"disk_free_bytes": 2**30})
    item = place.item(device, "restart_clear_cache", by=asha)  # once a day: no second attempt
    sent(place, item)
    later(place, device, minutes=61)
    assert place.stands(item) == ("failed", "verification_failed")
    (incident,) = place.incidents()
    assert (incident.code, incident.device_id, incident.state) == (
        "recorded_issue", device.pk, "active",
    )  # fmt: skip
    assert any(item.reference in text for text in place.entries(incident))
    kinds = dict(place.events("incident."))
    assert kinds["incident.opened"]["remediation"] == item.reference
    rows = place.sql("select next_evaluation_at from rooms_roomhealth where room_id = %s",
                     [device.room_id])  # fmt: skip
    assert rows == [(place.at,)]


def test_silent_device_fails_when_the_time_is_up(place, loose):
    _, _, item = loose
    place.wait(31 * MINUTE)
    verify_due("eu")
    assert place.stands(item) == ("scheduled", "retry_in_next_window")
    assert place.finding(item).outcome == "unknown"


def test_action_that_was_retired_meanwhile_ends(place, loose):
    _, _, item = loose
    place.sql("update diagnostics_remediation set action = 'dance' where id = %s", [item.pk])
    place.wait(5 * MINUTE)
    verify_due("eu")
    assert place.stands(item) == ("failed", "verification_failed")


def test_update_is_verified_by_its_version(place, grant, asha):
    grant()
    device = place.device()
    item = place.item(device, "update_app", by=asha)
    sent(place, item)
    later(place, device, minutes=10)
    assert place.stands(item)[0] == "verifying"
    later(place, device, app={"version": item.parameters["version"]})
    assert place.stands(item) == ("succeeded", "success")
    changed = dict(place.events())["remediation.succeeded"]["changed"]
    assert changed["versions"]["app"][1] == item.parameters["version"]


def test_logs_came_when_the_collection_says_so(place, grant, asha):
    grant()
    item = place.item(place.device(), "collect_log", by=asha)
    sent(place, item)
    place.sql("update diagnostics_collection set state = 'ready'")
    place.wait(MINUTE)
    verify_due("eu")
    assert place.stands(item) == ("succeeded", "success")


def test_thousand_that_fail_at_once_are_moved_by_a_few_batches(place, asha):
    devices = place.devices(1000, reports=False)
    place.items(
        devices, "restart_clear_cache", by=asha, state="verifying", reason_code="answer_lost",
        sent_at=place.at - HOUR, next_at=place.at - MINUTE,
    )  # fmt: skip
    place.wait(61 * MINUTE)
    batches = 0
    while verify_due("eu"):
        batches += 1
    assert batches == 5
    assert place.states() == {"failed": 1000}
    assert len(place.incidents()) == 1000
