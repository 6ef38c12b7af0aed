"""A wave that runs: ring by ring through its gates, held, stopped, or stopping by itself."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import ProgrammingError
from django.db.models.functions import Now

from access.residency import region
from diagnostics.models import (
    EmergencyStop,
    RemediationNotice,
    RemediationStep,
    RemediationVote,
    Wave,
    WaveRing,
)
from diagnostics.remediation.queue.waves import advance_waves, advancing, moves, plan_drafts
from diagnostics.remediation.states import ItemState as S
from rooms.models import DeviceCommand, Room
from tests.diagnostics.remediation.fleets import (
    OWNER,
    again,
    agreed,
    becomes,
    change,
    detail_of,
    events_of,
    firmware_wave,
    fleet,
    holds,
    items_of,
    later_by,
    rings_of,
    runs,
    states_of,
)
from tests.diagnostics.waves import ring, standing
from tests.factories import incident_of

pytestmark = pytest.mark.usefixtures("db")
FAR = datetime.max.replace(year=9000, tzinfo=UTC)


@pytest.fixture
def grant(tenant, asha, bo):
    return holds(asha, tenant, [bo])


@pytest.fixture
def look(works):
    """Look at a wave as the worker, whenever it would be due."""

    def run(wave: Wave) -> Wave:
        change(wave)
        assert works(advance_waves) >= 1
        return again(wave)

    return run


@pytest.fixture
def running(tenant, asha, bo, bea, grant, works):
    """`running(6)`: a wave over so many devices, planned by the worker, agreed on and started."""

    def make(*counts: int, **fields) -> Wave:
        rings = fields.setdefault("rings", [ring("General")])
        for one, count in zip(rings, counts, strict=True):
            runs(fleet(tenant, count, ring=one["name"]))
        wave = firmware_wave(asha, tenant, grant, **fields)
        assert works(plan_drafts) == 1
        return agreed(wave, bo, bea)

    return make


def in_two_days() -> datetime:
    """When it is noon, so that no window is open or about to end."""
    return (datetime.now(UTC) + timedelta(days=2)).replace(hour=12)


def begin_now(wave: Wave) -> None:
    """Let every ring begin, whatever was planned."""
    with region("eu"):
        WaveRing.objects.using(OWNER).filter(wave=wave).update(begins_at=Now())


def commanded(items, **fields) -> None:
    """These are on their way to their devices, by a command each."""
    now = datetime.now(UTC)
    for item in items:
        command = uuid.uuid4()
        becomes([item], S.DISPATCHED, command_id=command)
        with region("eu"):
            DeviceCommand.objects.using(OWNER).create(
                id=command,
                tenant_id=item.tenant_id,
                device_id=item.device_id,
                room_id=item.room_id,
                kind="update",
                made_at=now,
                expires_at=now + timedelta(hours=1),
                **fields,
            )


def test_rings_follow_their_gates_from_the_pilot_to_the_end(running, look, superuser):
    rings = [ring("Staging", test_days=1), ring("General")]
    wave = running(2, 2, rings=rings, pilot=1)
    look(wave)
    assert states_of(wave) == ["approved", "proposed", "proposed", "proposed"]
    staging, general = rings_of(wave)
    assert staging.begun_at is not None
    assert (staging.gate, general.begun_at) == ("The pilot goes first.", None)
    look(wave)
    assert rings_of(wave)[0].gate == "Pilot: 0 of 1 devices of the ring have ended."
    becomes(items_of(wave, state="approved"), S.SUCCEEDED)
    look(wave)
    assert states_of(wave)[1:] == ["approved", "proposed", "proposed"]
    becomes(items_of(wave, state="approved"), S.SUCCEEDED)
    begin_now(wave)
    look(wave)
    assert rings_of(wave)[0].gate == "The ring is tested for 1 days."
    becomes(items_of(wave, ring="Staging"), S.SUCCEEDED, state_at=Now() - timedelta(days=2))
    look(wave)
    staging, general = rings_of(wave)
    assert staging.passed_at is not None
    assert (staging.gate, general.gate) == ("", "The pilot goes first.")
    becomes(items_of(wave, state="approved"), S.SUCCEEDED)
    look(wave)
    becomes(items_of(wave, state="approved"), S.EXPIRED)
    done = look(wave)
    assert (done.state, done.next_at > FAR) == ("done", True)
    assert [one.passed_at is not None for one in rings_of(wave)] == [True, True]
    assert events_of(superuser, wave.reference) == [
        "wave.planned",
        "wave.ring_begun",
        "wave.ring_passed",
        "wave.ring_begun",
        "wave.done",
    ]
    counts = detail_of(superuser, wave.reference, "wave.done")
    assert {name: counts[name] for name in ("planned", "sent", "succeeded", "failed")} == {
        "planned": 4,
        "sent": 4,
        "succeeded": 3,
        "failed": 0,
    }
    with region("eu"):
        told = RemediationNotice.objects.using(OWNER).filter(reference=wave.reference)
        assert set(told.values_list("code", flat=True)) == {"wave_planned", "wave_done"}


def test_item_let_go_keeps_its_window_and_says_who_agreed(running, look, bo, bea, superuser):
    wave = running(1, not_before=in_two_days())
    (before,) = items_of(wave)
    begin_now(wave)
    look(wave)
    (item,) = items_of(wave)
    assert item.state == "approved"
    assert item.window_begins_at == before.window_begins_at
    assert item.window_ends_at == before.window_ends_at
    detail = detail_of(superuser, item.reference, "remediation.approved")
    assert detail["wave"] == wave.reference
    assert set(detail["agreed_by"]) == {str(bo.pk), str(bea.pk)}


def test_item_whose_window_went_by_gets_the_next_one(running, look):
    wave = running(3, not_before=in_two_days())
    late, *on_time = items_of(wave)
    later_by([late], days=-9)
    begin_now(wave)
    look(wave)
    now = {item.pk: item for item in items_of(wave)}
    assert now[late.pk].window_begins_at > datetime.now(UTC)
    assert all(now[one.pk].window_begins_at == one.window_begins_at for one in on_time)
    with region("eu"):
        step = RemediationStep.objects.using(OWNER).get(item_id=late.pk, state="approved")
    assert step.sentence == "Its window was over before its turn came; this is the next one."


def test_ring_waits_for_its_day(running, look):
    wave = running(1)
    with region("eu"):
        later = Now() + timedelta(days=3)
        WaveRing.objects.using(OWNER).filter(wave=wave).update(begins_at=later)
    look(wave)
    assert states_of(wave) == ["proposed"]
    assert rings_of(wave)[0].gate.startswith("It begins ")


def test_wave_stops_by_itself_at_a_bad_version(running, look, superuser, asha):
    wave = running(8)
    look(wave)
    failed, fetched, waiting, rest = (items_of(wave)[a:b] for a, b in SLICES)
    becomes(failed, S.FAILED)
    commanded(fetched, delivered_at=Now())
    commanded(waiting)
    becomes(rest[:1], S.SCHEDULED)
    stopped = look(wave)
    assert (stopped.state, stopped.why) == ("stopped", "3 actions in a row failed.")
    states = {item.pk: (item.state, item.reason_code) for item in items_of(wave)}
    assert {states[one.pk][0] for one in failed} == {"failed"}
    assert states[fetched[0].pk] == ("dispatched", "in_progress")
    assert {states[one.pk] for one in [*waiting, *rest]} == {("cancelled", "wave_stopped")}
    with region("eu"):
        command = DeviceCommand.objects.using(OWNER).get(device_id=waiting[0].device_id)
        notice = RemediationNotice.objects.using(OWNER).get(code="wave_stopped")
    assert command.expires_at <= datetime.now(UTC)
    assert (notice.staff_id, notice.reference) == (asha.pk, wave.reference)
    detail = detail_of(superuser, wave.reference, "wave.stopped")
    assert (detail["code"], detail["failed"], detail["planned"]) == ("failed_in_a_row", 3, 8)
    assert detail["why"] == stopped.why


SLICES = ((0, 3), (3, 4), (4, 5), (5, 8))


def test_retry_of_a_device_is_called_back_after_the_stop(running, look):
    wave = running(4)
    look(wave)
    becomes(items_of(wave)[:3], S.FAILED)
    becomes(items_of(wave)[3:], S.VERIFYING)
    assert look(wave).state == "stopped"
    assert look(wave).next_at < FAR
    assert states_of(wave)[3] == "verifying"
    becomes(items_of(wave)[3:], S.SCHEDULED, attempt=2)
    assert look(wave).next_at > FAR
    assert states_of(wave)[3] == "cancelled"


def test_first_attempts_that_the_reports_do_not_show_count_as_failed(running, look):
    wave = running(5)
    look(wave)
    becomes(items_of(wave)[:3], S.SCHEDULED, attempt=2, sent_at=Now())
    assert look(wave).why == "3 actions in a row failed."


@pytest.mark.parametrize(
    ("code", "state"), [("display_front", "stopped"), ("recorded_issue", "running")]
)
def test_wave_that_harms_stops(running, look, code, state):
    """What was recorded, as after a failure, is no harm that a device shows."""
    wave = running(6)
    look(wave)
    one, *others = items_of(wave)
    becomes([one, *others[:4]], S.DISPATCHED)
    with region("eu"):
        room = Room.objects.using(OWNER).get(pk=one.room_id)
        incident_of(room, code, age=timedelta(minutes=-1), device_id=one.device_id)
    stands = look(wave)
    assert stands.state == state
    if state == "stopped":
        assert stands.why.startswith("1 of 5 devices have new incidents")


def test_wave_of_which_nothing_succeeded_never_goes_on(running, look):
    wave = running(3, pilot=2)
    look(wave)
    becomes(items_of(wave, pilot=True), S.EXPIRED)
    stopped = look(wave)
    assert (stopped.state, stopped.why) == ("stopped", "Pilot: No device of the ring succeeded.")
    assert set(states_of(wave)) == {"expired", "cancelled"}


def test_pause_and_resume_hold_and_let_go_what_was_not_sent(running, look):
    wave = running(4)
    look(wave)
    scheduled, waiting, his, sent = items_of(wave)
    becomes([scheduled], S.SCHEDULED)
    becomes([waiting], S.WAITING_FOR_GRANT)
    becomes([sent], S.DISPATCHED)
    with region("eu"):
        rows = type(his).objects.using(OWNER).filter(pk=his.pk)
        rows.update(state="paused", reason_code="paused_by_person")
    change(wave, state="paused")
    look(wave)
    assert [(item.state, item.reason_code) for item in items_of(wave)] == [
        ("paused", "wave_paused"),
        ("paused", "wave_paused"),
        ("paused", "paused_by_person"),
        ("dispatched", "in_progress"),
    ]
    becomes([scheduled], S.SCHEDULED)
    look(wave)
    assert states_of(wave)[0] == "paused", "what came back meanwhile is held as well"
    change(wave, state="running")
    look(wave)
    assert states_of(wave) == ["scheduled", "scheduled", "paused", "dispatched"]


def test_stop_by_a_person_cancels_what_was_not_sent(running, look):
    wave = running(3)
    look(wave)
    becomes(items_of(wave)[:1], S.SUCCEEDED)
    change(wave, state="stopped", why="The customer asked for it")
    assert look(wave).next_at > FAR
    assert states_of(wave) == ["succeeded", "cancelled", "cancelled"]
    with region("eu"):
        steps = RemediationStep.objects.using(OWNER).filter(state="cancelled")
        assert {step.sentence for step in steps} == {"The customer asked for it"}


def test_grant_that_ended_pauses_a_wave_that_it_covers(running, look, held_clock):
    wave = running(3, covered_by="grant")
    look(wave)
    becomes(items_of(wave)[:2], S.SCHEDULED)
    held_clock.shift(timedelta(hours=2))
    stands = look(wave)
    assert (stands.state, stands.mover) == ("paused", "system")
    assert stands.why.startswith("The grant under which it was ordered has ended.")
    assert states_of(wave) == ["paused", "paused", "approved"]


def test_approval_needs_no_grant_but_ends(running, look, held_clock):
    wave = running(2)
    held_clock.shift(timedelta(hours=2))
    assert look(wave).state == "running"
    change(wave, approval_ends_at=datetime.now(UTC))
    stands = look(wave)
    assert (stands.state, stands.why) == (
        "stopped",
        "The approval has ended. Plan a new wave for what is left.",
    )


def test_emergency_stop_lets_nothing_go(running, look, bo):
    wave = running(2, pilot=1)
    look(wave)
    by = {"placed_by_id": bo.pk, "placed_by_person": bo.person_id, "placed_by_label": bo.name}
    with region("eu"):
        EmergencyStop.objects.using(OWNER).create(
            reference="ES-00000001", level="everything", reason="x", placed_at=Now(), **by
        )
    becomes(items_of(wave, pilot=True), S.SUCCEEDED)
    assert look(wave).state == "running"
    assert states_of(wave) == ["succeeded", "proposed"]
    assert rings_of(wave)[0].gate == "An emergency stop is in force."


def test_plan_that_nobody_decides_on_lets_its_devices_go(
    tenant, asha, grant, works, look, held_clock
):
    runs(fleet(tenant, 2))
    wave = firmware_wave(asha, tenant, grant)
    works(plan_drafts)
    assert works(advance_waves) == 0, "it has a week"
    held_clock.shift(timedelta(days=8))
    assert works(advance_waves) == 1
    assert (again(wave).state, again(wave).why) == ("cancelled", "Nobody decided in time.")
    look(wave)
    assert states_of(wave) == ["cancelled", "cancelled"]


def test_approval_that_nobody_starts_ends(running, look):
    wave = running(1)
    change(wave, state="approved")
    assert look(wave).state == "approved"
    change(wave, approval_ends_at=datetime.now(UTC))
    assert look(wave).why == "The approval has ended before anybody started it."


def test_eleven_devices_run_with_two_votes_and_not_with_one(
    tenant, asha, bo, bea, grant, works, look
):
    runs(fleet(tenant, 11))
    wave = firmware_wave(asha, tenant, grant)
    works(plan_drafts)
    stands = again(wave)

    def vote(by) -> None:
        with standing(by, tenant, f"step_up:remediation:{wave.pk}"):
            RemediationVote.objects.create(
                tenant_id=tenant.pk,
                subject="wave",
                subject_id=wave.pk,
                digest=stands.digest,
                voter_id=by.pk,
                voter_person=by.person_id,
                voter_label=by.name,
                approves=True,
                step_up_method="totp",
                voted_at=datetime.now(UTC),
            )

    def move(by, state, mover) -> None:
        ends = {"approval_ends_at": datetime.now(UTC) + timedelta(days=9)}
        with standing(by, tenant):
            Wave.objects.filter(pk=wave.pk).update(
                state=state, mover=mover, **(ends if state == "approved" else {})
            )

    vote(bo)
    with pytest.raises(ProgrammingError, match="approved by the votes for its plan"):
        move(bo, "approved", "approver")
    vote(bea)
    move(bea, "approved", "approver")
    move(asha, "running", "requester")
    assert works(advance_waves) == 1, "a person's move wakes the worker"
    assert set(states_of(wave)) == {"approved"}


def test_large_wave_moves_batch_by_batch_and_keeps_its_pace(running, look, monkeypatch):
    """All windows went by, so that each batch looks for new ones beside those of the last."""
    monkeypatch.setattr(moves, "BATCH", 2)
    monkeypatch.setattr(advancing, "ITEMS", 2)
    wave = running(5, not_before=in_two_days(), per_hour=2)
    later_by(items_of(wave), days=-9)
    begin_now(wave)
    look(wave)
    assert set(states_of(wave)) == {"approved"}
    hours = Counter(f"{item.window_begins_at:%d %H}" for item in items_of(wave))
    assert sorted(hours.values()) == [1, 2, 2]
    change(wave, state="stopped")
    look(wave)
    assert set(states_of(wave)) == {"cancelled"}


def test_killed_while_it_stops_nothing_is_cancelled(running, look, monkeypatch):
    wave = running(4)
    look(wave)
    becomes(items_of(wave)[:3], S.FAILED)

    class Killed(BaseException):
        """The process ends here."""

    def dies(*given, **named):
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(advancing, "move_wave", dies)
        look(wave)
    assert (again(wave).state, states_of(wave)[3]) == ("running", "approved")
    assert look(wave).state == "stopped"
    assert states_of(wave)[3] == "cancelled"
