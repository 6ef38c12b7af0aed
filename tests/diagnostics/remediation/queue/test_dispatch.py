"""From approved to sent, or to wherever an item goes instead."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest

from access.residency import region
from diagnostics.models import Remediation
from diagnostics.remediation.queue.dispatch import dispatch_due
from diagnostics.remediation.queue.stops import take_back
from rooms.commands import TrustedKeys, verify_command
from tests.diagnostics.remediation.queue.place import DAY, HOUR, MINUTE, OWNER
from tests.diagnostics.waves import wave_of
from tests.rooms.signing import lists


def dispatched():
    """Dispatch until nothing is due."""
    for _ in range(20):
        if not dispatch_due("eu"):
            return
    raise AssertionError("Something is due again and again.")


def test_item_under_a_grant_is_scheduled_and_sent(place, grant, asha):
    grant()
    item = place.item(place.device(), by=asha)
    dispatched()
    assert place.stands(item) == ("dispatched", "in_progress")
    now = place.now(item)
    (command,) = place.commands(item)
    assert (command.id, command.kind) == (now.command_id, "reset_usb")
    assert [state for state, _ in place.steps(item)] == ["approved", "scheduled", "dispatched"]
    detail = dict(place.events())["remediation.dispatched"]
    assert detail["command"] == str(now.command_id)
    assert detail["asked_by"] == str(asha.pk)
    assert detail["grant"] == item.grant_reference
    assert (detail["action"], detail["parameters"]) == ("reset_usb", item.parameters)
    assert "remediation.scheduled" in dict(place.events())


def test_command_holds_for_the_device_that_it_names(place, grant, asha):
    grant()
    item = place.item(place.device(), by=asha)
    dispatched()
    (command,) = place.commands(item)
    trusted = TrustedKeys.from_json(json.loads(lists()["eu"]))
    read = verify_command(
        command.signed, device=item.device_reference, trusted=trusted, at=place.at
    )
    assert (read.id, read.kind, read.parameters) == (command.id, "reset_usb", item.parameters)
    assert read.expires_at == command.expires_at <= place.now(item).window_ends_at


def left(place):
    """A device of a room of the place, which has left."""
    return place.device(state="unenrolled")


def moved(place):
    """A device that was carried into another room after the order."""
    device, other = place.devices(2)
    place.sql("update rooms_device set room_id = %s where id = %s", [other.room_id, device.pk])
    return device


def silent(place):
    device = place.device()
    place.sql(
        "update rooms_device set last_seen_at = %s where id = %s", [place.at - DAY, device.pk]
    )
    return device


def meeting(place):
    device = place.device()
    place.report(device, in_use=True)
    return device


def untold(place):
    device = place.device()
    place.report(device, in_use=None)
    return device


def plain(place):
    return place.device()


BAD = {
    "unknown action": (plain, {"action": "dance"}, "refused", "unknown_action"),
    "parameters": (plain, {"parameters": {"target": "moon"}}, "refused", "bad_parameters"),
    "more parameters": (
        plain, {"parameters": {"target": "port", "at": "USB 1", "x": 1}}, "refused",
        "bad_parameters",
    ),
    "no such version": (
        plain, {"action": "update_app", "parameters": {"version": "99.1"}}, "refused",
        "version_unknown",
    ),
    "no such port": (
        plain, {"parameters": {"target": "port", "at": "USB 77"}}, "refused", "precondition",
    ),
    "left": (left, {}, "refused", "device_left"),
    "onboarding": (
        lambda place: place.device(state="onboarding"), {}, "refused", "device_onboarding",
    ),
    "other room": (moved, {}, "refused", "room_changed"),
    "silent": (silent, {}, "scheduled", "pending_connection"),
    "in a meeting": (meeting, {}, "scheduled", "device_in_meeting"),
    "nobody can tell": (untold, {}, "scheduled", "device_in_meeting"),
    "no report": (
        lambda place: place.devices(1, reports=False)[0], {}, "scheduled", "pending_connection",
    ),
    "other platform": (
        lambda place: place.device(platform="android", kind="console"), {}, "refused",
        "precondition",
    ),
    "zone": (plain, {"zone": "Mars/Olympus"}, "expired", "no_window"),
}  # fmt: skip


def test_each_bad_item_goes_where_it_belongs_and_holds_up_no_other(place, grant, asha):
    grant()
    items = {}
    for name, (device, fields, *_) in BAD.items():
        action = fields.get("action", "reset_usb")
        more = {key: value for key, value in fields.items() if key != "action"}
        if name == "zone":
            made = place.item(device(place), action, by=asha)
            place.sql(
                "update diagnostics_remediation set zone = %s where id = %s",
                [more["zone"], made.pk],
            )
        else:
            made = place.item(device(place), action, by=asha, **more)
        items[name] = made
    good = place.item(place.device(), by=asha)
    dispatched()
    found = {name: place.stands(item) for name, item in items.items()}
    assert found == {name: (state, reason) for name, (_, _, state, reason) in BAD.items()}
    assert place.stands(good) == ("dispatched", "in_progress")
    assert {one.device_id for one in place.commands()} == {good.device_id}
    # what waits says so, and what ended is told to whoever ordered it
    assert all(place.now(item).next_at > place.at for item in items.values()
               if place.now(item).state == "scheduled")  # fmt: skip
    ended = {item.reference for item in items.values() if place.stands(item)[0] != "scheduled"}
    assert {reference for code, reference in place.notices() if code == "item_ended"} == ended


def test_device_that_belongs_to_another_customer_by_now_gets_nothing(
    place, grant, asha, other_place
):
    grant()
    device = place.device()
    item = place.item(device, by=asha)
    place.sql("update rooms_device set state = 'unenrolled' where id = %s", [device.pk])
    other_place.device(serial=device.serial)
    dispatched()
    assert place.stands(item) == ("refused", "device_left")
    assert place.commands() == []


def test_customer_that_left_gets_nothing(place, grant, asha):
    grant()
    item = place.item(place.device(), by=asha)
    place.sql("update rooms_tenantprofile set left_at = %s", [place.at])
    dispatched()
    assert place.stands(item) == ("refused", "device_left")


# -- Windows ---------------------------------------------------------------------------------------


def test_item_waits_for_the_night_and_urgent_one_for_the_room(place, grant, asha):
    place.wait(9 * HOUR)  # noon
    grant()
    later = place.item(place.device(), by=asha)
    device = place.device()
    now = place.item(device, by=asha, urgent=True)
    place.report(device, in_use=True)
    dispatched()
    assert place.stands(later) == ("scheduled", "scheduled")
    assert place.now(later).window_begins_at == place.at + 12 * HOUR
    assert place.stands(now) == ("scheduled", "device_in_meeting")
    place.wait(MINUTE)
    place.report(device)
    dispatched()
    assert place.stands(now) == ("dispatched", "in_progress")
    assert place.commands(later) == []


def test_freeze_holds_what_is_urgent_too(place, grant, asha):
    grant()
    begin, end = place.at - HOUR, place.at + HOUR
    place.sql(
        "insert into diagnostics_remediationsettings (id, tenant_id, reference, tenant_reference,"
        " version, reason, state, state_at, digest, proposed_by_id, proposed_by_person,"
        " proposed_by_label, grant_reference, proposed_at, ended_by_label, document) values ("
        "gen_random_uuid(), %s, 'RS-11111111', %s, 1, 'x', 'in_force', %s, 'd', %s, %s, 'A', '',"
        " %s, '', %s)",
        [
            place.tenant.pk, place.tenant.reference, place.at, place.tenant.pk, place.tenant.pk,
            place.at,
            f'{{"freezes": [{{"begin": "{begin.isoformat()}", "end": "{end.isoformat()}",'
            ' "title": "Go-live"}]}',
        ],
    )  # fmt: skip
    item = place.item(place.device(), by=asha, urgent=True)
    dispatched()
    assert place.stands(item) == ("scheduled", "scheduled")
    assert place.now(item).next_at >= end


# -- Rights ----------------------------------------------------------------------------------------


def test_ended_grant_makes_it_wait_and_a_new_one_sends_it_on(place, grant, asha):
    grant()
    item = place.item(place.device(), by=asha, begins=place.at + DAY, ends=place.at + DAY + HOUR)
    dispatched()
    assert place.stands(item) == ("scheduled", "scheduled")
    place.wait(DAY)
    place.report(_device(item))
    dispatched()
    assert place.stands(item) == ("waiting_for_grant", "grant_ended")
    assert ("item_waits_for_grant", item.reference) in place.notices()
    assert place.commands() == []
    grant()
    place.wait(MINUTE)
    dispatched()
    assert place.stands(item) == ("dispatched", "in_progress")


def _device(item):
    with region("eu"):
        return Remediation.objects.using(OWNER).get(pk=item.pk).device


def test_item_that_waits_for_a_grant_ends_after_a_week(place, asha):
    item = place.item(place.device(), by=asha)
    dispatched()
    assert place.stands(item) == ("waiting_for_grant", "grant_ended")
    place.wait(7 * DAY)
    dispatched()
    assert place.stands(item) == ("expired", "no_grant")


def test_approval_needs_no_grant_and_covers_exactly_what_it_says(place):
    agreed = place.item(place.device(), agreed=True)
    other = place.item(place.device(), agreed=True)
    over = place.item(place.device(), agreed=True, begins=place.at - DAY, ends=place.at - HOUR)
    for item in (other,):
        place.sql(
            "update diagnostics_remediation set parameters = %s where id = %s",
            ['{"target": "port", "at": "USB 2"}', item.pk],
        )
    dispatched()
    assert place.stands(agreed) == ("dispatched", "in_progress")
    assert place.stands(other) == ("refused", "not_covered")
    assert place.stands(over) == ("expired", "no_window")


def test_undecided_item_expires_with_its_window(place, asha):
    item = place.item(
        place.device(), by=asha, agreed=True, state="proposed", reason_code="asked",
        ends=place.at + MINUTE, next_at=place.at + MINUTE,
    )  # fmt: skip
    dispatched()
    assert place.stands(item) == ("proposed", "asked")
    place.wait(MINUTE)
    dispatched()
    assert place.stands(item) == ("expired", "not_decided")


def test_policy_covers_its_items_while_it_is_in_force(place):
    policy = place.policy()
    first, second = (
        place.item(
            place.device(), covered_by="policy", policy_id=policy.pk, policy_version=1,
            requested_by_id=None, requested_by_person=None,
        )
        for _ in range(2)
    )  # fmt: skip
    dispatch_due("eu", 1)  # scheduled
    place.sql(
        "update diagnostics_remediation set next_at = %s where id = %s",
        [place.at + HOUR, second.pk],
    )
    dispatched()
    assert place.stands(first) == ("dispatched", "in_progress")
    detail = dict(place.events())["remediation.dispatched"]
    assert (detail["policy"], detail["policy_version"]) == (policy.reference, 1)
    place.sql("update diagnostics_automationpolicy set state = 'ended'")
    place.wait(HOUR)
    place.report(_device(second))
    dispatched()
    assert place.stands(second) == ("refused", "not_covered")


# -- Caps, repeats and other operations ------------------------------------------------------------


def test_caps_count_what_the_batch_itself_has_sent(place, grant, asha):
    grant()
    one = place.device()
    others = place.devices(2)
    for device in others:  # three devices of one room: two may go in an hour
        place.sql("update rooms_device set room_id = %s where id = %s", [one.room_id, device.pk])
        with region("eu"):
            device.room = one.room
    items = place.items([one, *others], by=asha)
    dispatched()
    assert place.states() == {"dispatched": 2, "scheduled": 1}
    (held,) = [item for item in items if place.stands(item)[0] == "scheduled"]
    assert place.stands(held) == ("scheduled", "cap_reached")


def test_repeat_limit_counts_what_was_sent_whatever_came_of_it(place, grant, asha):
    grant()
    device = place.device()
    for hours in (1, 2, 3):
        place.item(
            device, "restart_device", by=asha, state="failed", reason_code="failed",
            sent_at=place.at - hours * HOUR, next_at=place.at,
        )  # fmt: skip
    item = place.item(device, "restart_device", by=asha)
    dispatched()
    assert place.stands(item) == ("refused", "guardrail")


def test_device_at_other_work_is_left_at_it(place, grant, asha):
    grant()
    device = place.device()
    update = place.item(
        device, "update_app", by=asha, state="running", reason_code="working",
        sent_at=place.at, command_id=uuid.uuid4(), next_at=place.at + HOUR,
    )  # fmt: skip
    item = place.item(device, "restart_app", by=asha)
    dispatched()
    assert place.stands(item) == ("scheduled", "other_operation")
    place.sql(
        "update diagnostics_remediation set state = 'succeeded', reason_code = 'success'"
        " where id = %s",
        [update.pk],
    )
    place.wait(MINUTE)
    dispatched()
    assert place.stands(item) == ("dispatched", "in_progress")


# -- Stops and waves -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "target"), [("everything", ""), ("tenant", ""), ("action", "reset_usb")]
)
def test_stop_holds_what_is_due_and_its_release_lets_it_go(place, grant, asha, level, target):
    grant()
    item = place.item(place.device(), by=asha)
    place.stop(level, target)
    dispatched()
    assert place.stands(item) == ("paused", "emergency_stop")
    place.release()
    place.wait(MINUTE)
    dispatched()
    assert place.stands(item) == ("dispatched", "in_progress")


def test_stop_takes_back_what_no_device_has_yet(place, grant, asha):
    grant()
    waits, taken, other = (place.item(place.device(), by=asha) for _ in range(3))
    restart = place.item(place.device(), "restart_app", by=asha)
    dispatched()
    place.said(taken, delivered_at=place.at)
    place.said(other, delivered_at=place.at, answered_at=place.at, outcome="done")
    stop = place.stop("action", "reset_usb")
    assert take_back("eu") == 1
    assert place.stands(waits) == ("cancelled", "emergency_stop")
    (command,) = place.commands(waits)
    assert command.expires_at <= place.at
    for item in (taken, other, restart):
        assert place.stands(item)[0] == "dispatched"
    assert dict(place.events())["remediation.cancelled"]["stop"] == stop
    assert take_back("eu") == 0


def test_item_stands_and_falls_with_its_wave(place, grant, asha):
    grant()
    runs, paused, stopped = (wave_of(asha, place.tenant, state="running") for _ in range(3))
    place.sql("update diagnostics_wave set action = 'reset_usb', votes_needed = 0")
    items = [
        place.item(place.device(), by=asha, wave_id=wave.pk) for wave in (runs, paused, stopped)
    ]
    dispatch_due("eu")  # scheduled
    place.wave_moves(paused, "paused")
    place.wave_moves(stopped, "stopped")
    dispatched()
    assert [place.stands(item) for item in items] == [
        ("dispatched", "in_progress"), ("paused", "wave_paused"), ("cancelled", "wave_stopped"),
    ]  # fmt: skip
    place.wave_moves(paused, "running")
    place.wait(MINUTE)
    dispatched()
    assert place.stands(items[1]) == ("dispatched", "in_progress")
    assert dict(place.events())["remediation.dispatched"]["wave"].startswith("RW-")


# -- The channel -----------------------------------------------------------------------------------


def test_nothing_leaves_without_a_key(place, grant, asha, settings):
    settings.COMMAND_KEYS = {}
    grant()
    item = place.item(place.device(), by=asha)
    dispatched()
    assert place.stands(item) == ("scheduled", "channel_busy")
    assert place.now(item).command_id is None


def test_logs_are_collected_for_whoever_ordered_them(place, grant, asha):
    grant()
    item = place.item(place.device(), "collect_log", by=asha)
    dispatched()
    assert place.stands(item) == ("dispatched", "in_progress")
    reference = place.now(item).operation
    (command,) = place.commands(item)
    assert (command.kind, command.parameters["collection"]) == ("collect", reference)
    row = place.sql(
        "select ordered_by_id, state, command_id, device_id from diagnostics_collection"
        " where reference = %s",
        [reference],
    )
    assert row[0] == (asha.pk, "ordered", command.id, item.device_id)
    place.stop()
    take_back("eu")
    rows = place.sql("select state from diagnostics_collection")
    assert rows == [("expired",)]


def test_window_of_the_command_does_not_outlast_the_night(place, grant, asha):
    place.wait(2 * HOUR - 10 * MINUTE)  # 04:50, and the night ends at 05:00
    grant()
    item = place.item(place.device(), by=asha)
    dispatched()
    (command,) = place.commands(item)
    assert command.expires_at - place.at == timedelta(minutes=5)
