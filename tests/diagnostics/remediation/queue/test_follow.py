"""After sending: answers and silence, each fact with its own time."""

from __future__ import annotations

import pytest

from diagnostics.remediation.queue.dispatch import dispatch_due
from diagnostics.remediation.queue.follow import follow_due, note_late
from tests.diagnostics.remediation.queue.place import HOUR, MINUTE
from tests.factories import incident_of


@pytest.fixture
def send(place, grant, asha):
    """`send()`: an item that has just left; asha holds a grant."""
    grant()

    def make(action="reset_usb", **fields):
        item = place.item(place.device(), action, by=asha, **fields)
        while dispatch_due("eu"):
            pass
        assert place.stands(item) == ("dispatched", "in_progress")
        return item

    return make


def test_each_fact_has_its_own_state_and_time(place, send):
    item = send()
    sent = place.at
    taken = place.wait(MINUTE)
    place.said(item, delivered_at=taken, accepted_at=taken)
    follow_due("eu")
    assert place.stands(item) == ("acknowledged", "taken")
    began = place.wait(MINUTE)
    place.said(item, running_at=began)
    follow_due("eu")
    assert place.stands(item) == ("running", "working")
    answered = place.wait(MINUTE)
    place.said(item, answered_at=answered, outcome="done")
    follow_due("eu")
    assert place.stands(item) == ("verifying", "waits_for_report")
    now = place.now(item)
    times = (now.sent_at, now.accepted_at, now.running_at, now.answered_at, now.observed_at)
    assert times == (sent, taken, began, answered, None)
    assert [state for state, _ in place.steps(item)][-3:] == [
        "acknowledged",
        "running",
        "verifying",
    ]
    assert {now.mover, now.moved_by_label} == {"device", item.device_reference}
    assert follow_due("eu") == 0


ANSWERS = {
    "done at once": ("done", "", "verifying", "waits_for_report"),
    "failed": ("failed", "SOMETHING", "failed", "failed"),
    "in a meeting": ("failed", "IN_MEETING", "failed", "device_in_meeting"),
    "untrusted": ("refused", "BAD_SIGNATURE", "refused", "not_trusted"),
    "refused": ("refused", "UNKNOWN_KIND", "refused", "device_refused"),
}


def test_answer_leads_where_the_table_says(place, grant, asha):
    grant()
    items = dict(zip(ANSWERS, place.items(place.devices(len(ANSWERS)), by=asha), strict=True))
    while dispatch_due("eu"):
        pass
    for name, (outcome, detail, *_) in ANSWERS.items():
        place.said(
            items[name], delivered_at=place.at, answered_at=place.at, outcome=outcome,
            detail_code=detail,
        )  # fmt: skip
    follow_due("eu")
    found = {name: place.stands(item) for name, item in items.items()}
    assert found == {name: (state, reason) for name, (_, _, state, reason) in ANSWERS.items()}
    ended = {item.reference for name, item in items.items() if name != "done at once"}
    assert {reference for _, reference in place.notices()} == ended


def test_failure_is_told_in_its_incident(place, grant, asha):
    grant()
    device = place.device()
    incident = incident_of(device.room, "camera_room", device_id=device.pk)
    item = place.item(device, by=asha, incident=incident, signal="camera_room")
    while dispatch_due("eu"):
        pass
    place.answer(item, "failed", "WRITE_FAILED")
    follow_due("eu")
    assert place.stands(item) == ("failed", "write_failed")
    assert any(item.reference in text for text in place.entries(incident))
    assert len(place.incidents()) == 1


# -- Silence ---------------------------------------------------------------------------------------


def test_what_nobody_took_expires_with_its_command(place, send):
    item = send()
    place.wait(29 * MINUTE)
    follow_due("eu")
    assert place.stands(item)[0] == "dispatched"
    place.wait(MINUTE)
    follow_due("eu")
    assert place.stands(item) == ("expired", "not_fetched")
    (command,) = place.commands(item)
    assert command.expires_at <= place.at


def test_what_was_handed_over_is_never_called_expired(place, send):
    item = send()
    place.said(item, delivered_at=place.at)
    place.wait(HOUR)
    follow_due("eu")
    assert place.stands(item) == ("verifying", "answer_lost")


@pytest.mark.parametrize("fact", ["accepted_at", "running_at"])
def test_silence_after_taking_it_leaves_it_to_the_reports(place, send, fact):
    item = send()
    place.said(item, delivered_at=place.at, **{fact: place.at})
    follow_due("eu")
    place.wait(9 * MINUTE)
    follow_due("eu")
    assert place.stands(item)[0] in ("acknowledged", "running")
    place.wait(MINUTE)
    follow_due("eu")
    assert place.stands(item) == ("verifying", "answer_lost")


# -- Late, double, another's -----------------------------------------------------------------------


def test_late_answer_moves_nothing_and_is_on_record_once(place, send):
    item = send()
    place.said(item, delivered_at=place.at)
    place.wait(HOUR)
    follow_due("eu")
    place.answer(item, "failed", "LATE")
    assert follow_due("eu") == 0
    assert (note_late("eu"), note_late("eu")) == (1, 0)
    assert place.stands(item) == ("verifying", "answer_lost")
    assert (place.now(item).outcome, place.now(item).answered_at) == ("failed", place.at)
    (detail,) = [detail for kind, detail in place.events() if kind == "remediation.late_answer"]
    assert (detail["outcome"], detail["detail_code"]) == ("failed", "LATE")


def test_command_of_another_item_moves_only_its_own(place, grant, asha):
    grant()
    mine, other = place.items(place.devices(2), by=asha)
    while dispatch_due("eu"):
        pass
    place.answer(other)
    follow_due("eu")
    assert place.stands(mine) == ("dispatched", "in_progress")
    assert place.stands(other)[0] == "verifying"
