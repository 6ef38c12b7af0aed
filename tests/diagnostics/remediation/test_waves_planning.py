"""Planning a draft as the worker: whom it takes, whom it leaves out and why, all or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from access.residency import region
from diagnostics.models import Remediation, RemediationNotice, RemediationStep
from diagnostics.remediation.queue.waves import plan_drafts, planning
from rooms.drain.line import Line
from tests.diagnostics.remediation.fleets import (
    NEW,
    OLD,
    OWNER,
    again,
    agreed_settings,
    change,
    events_of,
    firmware_wave,
    fleet,
    holds,
    items_of,
    left_out,
    rings_of,
    runs,
)
from tests.diagnostics.waves import item_of, ring

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def grant(tenant, asha, bo):
    return holds(asha, tenant, [bo])


@pytest.fixture
def plan(works):
    """Plan what is due, as the worker."""
    return lambda: works(plan_drafts)


def test_plan_takes_who_fits_and_says_of_each_other_one_why(tenant, asha, grant, plan, superuser):
    good = fleet(tenant, 3)
    staged = fleet(tenant, 1, ring="Staging")
    newest, silent, new = fleet(tenant, 1), fleet(tenant, 1, last_seen_at=None), fleet(tenant, 1)
    onboarding = fleet(tenant, 1, state="onboarding")
    elsewhere = fleet(tenant, 1, ring="Pilots")
    runs([*good, *staged, *silent, *onboarding, *elsewhere])
    runs(newest, NEW)
    wave = firmware_wave(asha, tenant, grant, rings=[ring("Staging"), ring("General")], pilot=1)
    assert plan() == 1
    stands = again(wave)
    assert (stands.state, stands.devices, stands.left_out) == ("planned", 4, 5)
    assert (stands.votes_needed, len(stands.digest)) == (1, 64)
    assert left_out(wave) == {
        newest[0].reference: "nothing_to_do",
        new[0].reference: "nothing_to_update",
        silent[0].reference: "device_unmonitored",
        onboarding[0].reference: "device_onboarding",
        elsewhere[0].reference: "no_ring",
    }
    items = items_of(wave)
    assert {item.device_id for item in items} == {one.pk for one in (*good, *staged)}
    assert [item.place for item in items] == [0, 1, 2, 3]
    assert {(item.state, item.kind, item.channel) for item in items} == {
        ("proposed", "update", "agent")
    }
    assert all(item.was == [OLD] and item.parameters == wave.parameters for item in items)
    assert [(item.ring, item.pilot) for item in items[:2]] == [("Staging", True), ("General", True)]
    assert [(one.name, one.devices) for one in rings_of(wave)] == [("Staging", 1), ("General", 3)]
    assert events_of(superuser, wave.reference) == ["wave.planned"]
    with region("eu"):
        notice = RemediationNotice.objects.using(OWNER).get(reference=wave.reference)
        steps = RemediationStep.objects.using(OWNER).filter(item__wave=wave).count()
    assert (notice.code, notice.staff_id, steps) == ("wave_planned", asha.pk, 4)


@pytest.mark.parametrize(("count", "votes"), [(10, 1), (11, 2)])
def test_more_than_ten_devices_need_two_votes(tenant, asha, grant, plan, count, votes):
    runs(fleet(tenant, count))
    wave = firmware_wave(asha, tenant, grant)
    plan()
    assert (again(wave).devices, again(wave).votes_needed) == (count, votes)


def test_another_tenants_devices_are_never_chosen(tenant, other_tenant, asha, grant, plan):
    mine, theirs = fleet(tenant, 1), fleet(other_tenant, 2)
    runs([*mine, *theirs])
    wave = firmware_wave(asha, tenant, grant)
    plan()
    assert [item.device_id for item in items_of(wave)] == [mine[0].pk]
    assert left_out(wave) == {}


def test_device_with_an_open_operation_of_the_kind_is_left_out(tenant, asha, grant, plan):
    devices = fleet(tenant, 2)
    runs(devices)
    first = firmware_wave(asha, tenant, grant, selection={"room": [devices[0].room.reference]})
    plan()
    second = firmware_wave(asha, tenant, grant)
    plan()
    assert [item.device_id for item in items_of(first)] == [devices[0].pk]
    assert [item.device_id for item in items_of(second)] == [devices[1].pk]
    assert left_out(second) == {devices[0].reference: "open_operation"}


def test_settings_of_the_tenant_hold_for_its_plan(tenant, asha, grant, plan):
    runs(fleet(tenant, 3))
    agreed_settings(tenant, {"limits": {"devices_with_one_vote": 2, "tenant_per_hour": 1}})
    wave = firmware_wave(asha, tenant, grant)
    plan()
    begins = [item.window_begins_at for item in items_of(wave)]
    assert again(wave).votes_needed == 2
    assert len({f"{moment:%d %H}" for moment in begins}) == 3, "one in an hour"


UNFIT = [
    ({"selection": {"ring": ["Nowhere"]}}, "The selection finds no device."),
    ({"selection": {"ring": ["Staging"]}}, "No device of the selection can take part."),
    ({"selection": {"colour": ["red"]}}, "There is no filter called colour."),
    ({"selection": {"site": ["here"]}}, "The selection cannot be read."),
    ({"selection": {"status": ["purple"]}}, "The selection cannot be read."),
    ({"selection": ["ring"]}, "The selection cannot be read."),
    ({"selection": {"q": ["front"]}}, "Choose rooms by their references"),
    ({"rings": []}, "A wave without rings reaches nobody."),
    ({"rings": [{"name": "General", "colour": 1}]}, "A ring has a name and days"),
    ({"rings": [ring("Own")]}, "Own: only own rings have a place"),
    ({"parameters": {"version": NEW}}, "model"),
]


def test_drafts_that_cannot_be_planned_are_cancelled_with_a_sentence(
    tenant, asha, grant, plan, superuser
):
    runs(fleet(tenant, 1))
    fleet(tenant, 1, ring="Staging")
    waves = [firmware_wave(asha, tenant, grant, **fields) for fields, _ in UNFIT]
    assert plan() == len(waves)
    for wave, (fields, why) in zip(waves, UNFIT, strict=True):
        stands = again(wave)
        assert (stands.state, stands.moved_by_label) == ("cancelled", "Rooms Ops"), fields
        assert why in stands.why, fields
        assert items_of(wave) == []
        assert events_of(superuser, wave.reference) == ["wave.cancelled"]


def test_draft_whose_grant_has_ended_is_cancelled(tenant, asha, grant, plan, held_clock):
    runs(fleet(tenant, 1, last_seen_at=datetime.now(UTC) + timedelta(hours=2)))
    wave = firmware_wave(asha, tenant, grant)
    held_clock.shift(timedelta(hours=2))
    plan()
    assert again(wave).state == "cancelled"
    assert again(wave).why.startswith("The grant under which it was ordered has ended.")
    assert items_of(wave) == []


def test_draft_of_somebody_without_a_grant_is_cancelled(tenant, asha, plan):
    runs(fleet(tenant, 1))
    wave = firmware_wave(asha, tenant, None)
    plan()
    assert again(wave).state == "cancelled"


def test_draft_is_planned_when_it_is_due_and_once(tenant, asha, grant, plan):
    runs(fleet(tenant, 1))
    wave = firmware_wave(asha, tenant, grant)
    change(wave, next_at=datetime.now(UTC) + timedelta(hours=1))
    assert plan() == 0
    change(wave)
    assert (plan(), plan()) == (1, 0)
    assert len(items_of(wave)) == 1


def test_plan_that_was_taken_back_is_made_anew(tenant, asha, grant, plan):
    runs(fleet(tenant, 1))
    wave = firmware_wave(asha, tenant, grant)
    plan()
    change(wave, state="draft")
    runs(fleet(tenant, 1))
    plan()
    assert again(wave).devices == 2
    assert sorted(item.state for item in items_of(wave)) == ["cancelled", "proposed", "proposed"]
    assert [one.devices for one in rings_of(wave)] == [2]


def test_somebody_else_is_quicker_with_one_device(tenant, asha, grant, plan, monkeypatch):
    """The other operation is stored between reading the facts and storing the plan."""
    devices = fleet(tenant, 3)
    runs(devices)
    wave = firmware_wave(asha, tenant, grant)
    other = firmware_wave(asha, tenant, grant, state="running")
    real, calls = planning.insert_items, []

    def raced(line, common, items):
        if not calls:
            with region("eu"):
                taken = item_of(other, devices[0])
                Remediation.objects.using(OWNER).filter(pk=taken.pk).update(kind="update")
        calls.append(len(items))
        real(line, common, items)

    monkeypatch.setattr(planning, "insert_items", raced)
    assert plan() == 1
    assert calls == [3, 2]
    assert left_out(wave) == {devices[0].reference: "open_operation"}
    assert {item.device_id for item in items_of(wave)} == {one.pk for one in devices[1:]}
    with region("eu"):
        steps = RemediationStep.objects.using(OWNER).filter(tenant_id=tenant.pk)
        known = {item.pk for item in items_of(wave)} | {item.pk for item in items_of(other)}
        assert {step.item_id for step in steps} == known, "nothing is left of the first try"


def test_killed_after_the_items_nothing_is_left(tenant, asha, grant, plan, monkeypatch):
    runs(fleet(tenant, 2))
    wave = firmware_wave(asha, tenant, grant)

    class Killed(BaseException):
        """The process ends here."""

    def dies(*given, **named):
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(planning, "move_wave", dies)
        plan()
    assert (again(wave).state, items_of(wave), rings_of(wave)) == ("draft", [], [])
    with region("eu"):
        assert not RemediationStep.objects.using(OWNER).filter(tenant_id=tenant.pk).exists()
    assert plan() == 1
    assert (again(wave).state, len(items_of(wave))) == ("planned", 2)


def test_fault_of_one_draft_holds_up_no_other(tenant, asha, grant, plan, monkeypatch):
    runs(fleet(tenant, 1))
    faulty, wave = firmware_wave(asha, tenant, grant), firmware_wave(asha, tenant, grant)
    real = planning.insert_items

    def refused(line, common, items):
        if common.wave == faulty:
            line.rows("select lock.refuse('No.')")
        real(line, common, items)

    monkeypatch.setattr(planning, "insert_items", refused)
    assert plan() == 1
    assert (again(faulty).state, again(wave).state) == ("draft", "planned")
    assert again(faulty).next_at > again(faulty).not_before + timedelta(seconds=50)


def test_plan_takes_a_fixed_number_of_statements(
    tenant, asha, grant, as_worker, as_web, monkeypatch
):
    real, own = Line._run, []
    monkeypatch.setattr(Line, "_run", lambda *given: own.append(1) or real(*given))

    def statements(count: int) -> int:
        devices = fleet(tenant, count)
        runs(devices)
        rooms = [device.room.reference for device in devices]
        wave = firmware_wave(asha, tenant, grant, selection={"room": rooms})
        as_worker()
        own.clear()
        with CaptureQueriesContext(connections["eu"]) as seen:
            assert plan_drafts("eu") == 1
        as_web()
        assert again(wave).devices == count
        return len(seen) + len(own)

    assert statements(2) == statements(9)
