"""What runs by itself under a policy in force: only that, within its limits, and explained."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from access.references import new_reference
from access.residency import region
from diagnostics.models import AutomationPolicy, EmergencyStop, Remediation, RemediationStep
from diagnostics.remediation.queue import automation
from diagnostics.remediation.queue.automation import run_policies
from diagnostics.remediation.states import ItemState as S
from rooms.models import Incident, IncidentEntry, Room, Suppression
from tests.diagnostics.remediation.fleets import OWNER, agreed_settings, becomes, detail_of, fleet
from tests.factories import incident_of

pytestmark = pytest.mark.usefixtures("db")
SIGNAL = "app_version"


@pytest.fixture
def run(works):
    """Run the policies of the region as the worker."""
    return lambda: works(run_policies)


def policy_of(tenant, **fields: Any) -> AutomationPolicy:
    """A policy that two people agreed on: restart the app when its signal turns ill."""
    now = datetime.now(UTC)
    values = {
        "reference": new_reference("RP"),
        "version": 3,
        "signal": SIGNAL,
        "action": "restart_app",
        "after_minutes": 30,
        "most_per_day": 100,
        "state": "in_force",
        **fields,
    }
    with region(tenant.region):
        return AutomationPolicy.objects.using(OWNER).create(
            tenant_id=tenant.pk,
            tenant_reference=tenant.reference,
            reason="It hangs now and then",
            state_at=now,
            digest="e" * 64,
            proposed_by_id=uuid.uuid4(),
            proposed_by_person=uuid.uuid4(),
            proposed_by_label="Asha",
            grant_reference="GR-00000000",
            proposed_at=now,
            **values,
        )


def ill(device, minutes: float = 42, code: str = SIGNAL, **fields: Any) -> Incident:
    """An open incident of a device."""
    with region("eu"):
        room = Room.objects.using(OWNER).get(pk=device.room_id)
        age = timedelta(minutes=minutes)
        return incident_of(room, code, age=age, device_id=device.pk, **fields)


def ordered(**fields: Any) -> list[Remediation]:
    """What stands in the queue, in the order in which it was ordered."""
    with region("eu"):
        rows = Remediation.objects.using(OWNER).filter(**fields)
        return list(rows.order_by("requested_at", "id"))


def ended(policy: AutomationPolicy) -> None:
    """Somebody ends it."""
    with region("eu"):
        AutomationPolicy.objects.using(OWNER).filter(pk=policy.pk).update(state="ended")


def test_item_is_ordered_under_the_policys_version_and_explained(tenant, run, superuser):
    (device,) = fleet(tenant, 1)
    incident = ill(device)
    policy = policy_of(tenant)
    assert run() == 1
    (item,) = ordered()
    label = f"Policy {policy.reference}, version 3"
    assert (item.state, item.covered_by, item.requested_by_id) == ("approved", "policy", None)
    assert (item.requested_by_label, item.policy_id, item.policy_version) == (label, policy.pk, 3)
    assert (item.device_id, item.incident_id, item.signal) == (device.pk, incident.pk, SIGNAL)
    assert (item.action, item.kind, item.scope) == ("restart_app", "restart", "remediate.restart")
    with region("eu"):
        entry = IncidentEntry.objects.using(OWNER).get(incident=incident, kind="automatic")
        step = RemediationStep.objects.using(OWNER).get(item_id=item.pk)
    words = f"{label}: Restart the meeting app is queued as {item.reference}."
    assert (entry.text, entry.by_label) == (words, "")
    assert (step.moved_by_label, step.mover) == (label, "system")
    assert step.sentence == f"{label}, has an action for {incident.reference}."
    detail = detail_of(superuser, item.reference, "remediation.approved")
    assert {name: detail[name] for name in ("policy", "policy_version", "incident", "signal")} == {
        "policy": policy.reference,
        "policy_version": 3,
        "incident": incident.reference,
        "signal": SIGNAL,
    }


def test_nothing_runs_without_a_policy_in_force(tenant, other_tenant, run):
    (device,), (theirs,) = fleet(tenant, 1), fleet(other_tenant, 1)
    ill(device)
    ill(theirs)
    for version, state in enumerate(("proposed", "refused", "withdrawn", "replaced", "ended")):
        policy_of(tenant, state=state, version=10 + version)
    policy_of(tenant, signal="display_front")
    assert run() == 0
    policy_of(other_tenant)
    assert run() == 1
    assert [item.device_id for item in ordered()] == [theirs.pk]


def test_only_what_is_open_long_enough_is_taken(tenant, run):
    fresh, closed, resolved, quiet, busy, old = fleet(tenant, 6)
    ill(fresh, minutes=29)
    ill(closed, state="closed")
    ill(resolved, state="resolved")
    muted = ill(quiet)
    ill(busy)
    ill(old, minutes=31)
    now = datetime.now(UTC)
    with region("eu"):
        Suppression.objects.using(OWNER).create(
            tenant_id=tenant.pk,
            reference=new_reference("SU"),
            room_id=muted.room_id,
            reason="Rebuilt",
            by_id=uuid.uuid4(),
            by_label="Asha",
            begins_at=now - timedelta(hours=1),
            ends_at=now + timedelta(hours=1),
        )
    other = policy_of(tenant, signal="display_front", after_minutes=0)
    ill(busy, code="display_front")
    run()
    assert [item.device_id for item in ordered(policy=other)] == [busy.pk]
    policy_of(tenant)
    run()
    assert [item.device_id for item in ordered(signal=SIGNAL)] == [old.pk]


def test_day_has_its_limit_and_the_oldest_come_first(tenant, run):
    devices = fleet(tenant, 4)
    for age, device in enumerate(devices):
        ill(device, minutes=40 + 10 * age)
    policy = policy_of(tenant, most_per_day=2)
    assert (run(), run()) == (2, 0)
    assert {item.device_id for item in ordered()} == {devices[2].pk, devices[3].pk}
    with region("eu"):
        rows = Remediation.objects.using(OWNER).filter(device_id=devices[3].pk)
        rows.update(requested_at=Now() - timedelta(hours=25))
    assert run() == 1
    assert {item.device_id for item in ordered(policy=policy)} == {one.pk for one in devices[1:]}


def test_incident_is_taken_once_unless_it_comes_back(tenant, run):
    (device,) = fleet(tenant, 1)
    incident = ill(device)
    policy_of(tenant, after_minutes=0)
    assert run() == 1
    becomes(ordered(), S.FAILED)
    assert run() == 0
    with region("eu"):
        Incident.objects.using(OWNER).filter(pk=incident.pk).update(activated_at=Now())
    assert run() == 1


def test_guardrails_hold_for_policies_too(tenant, run):
    silent, onboarding, often = (
        *fleet(tenant, 1, last_seen_at=None),
        *fleet(tenant, 1, state="onboarding"),
        *fleet(tenant, 1),
    )
    policy_of(tenant)
    for device in (silent, onboarding):
        ill(device)
    assert run() == 0
    ran = 0
    while True:
        incident = ill(often)
        if run() == 0:
            break
        ran += 1
        becomes(ordered(incident=incident), S.SUCCEEDED)
        with region("eu"):
            Incident.objects.using(OWNER).filter(pk=incident.pk).update(state="closed")
    assert ran == automation.action_of("restart_app").repeat.times


@pytest.mark.parametrize("held_by", ["stop", "settings"])
def test_stop_and_freeze_let_nothing_be_ordered_now(tenant, bo, run, held_by):
    (device,) = fleet(tenant, 1)
    ill(device)
    policy_of(tenant, urgent=held_by == "stop")
    if held_by == "stop":
        with region("eu"):
            EmergencyStop.objects.using(OWNER).create(
                reference="ES-00000001",
                level="action",
                target="restart_app",
                reason="x",
                placed_by_id=bo.pk,
                placed_by_person=bo.person_id,
                placed_by_label=bo.name,
                placed_at=Now(),
            )
    else:
        year = {"begin": "2020-01-01T00:00+00:00", "end": "2120-01-01T00:00+00:00", "title": "x"}
        agreed_settings(tenant, {"freezes": [year]})
    assert run() == 0


def test_urgent_policy_orders_for_now_and_another_for_the_night(tenant, run):
    one, other = fleet(tenant, 2)
    ill(one)
    ill(other, code="display_front")
    policy_of(tenant, urgent=True)
    policy_of(tenant, signal="display_front", reference="RP-0000AAAA")
    assert run() == 2
    now = datetime.now(UTC)
    (urgent,), (calm,) = ordered(device_id=one.pk), ordered(device_id=other.pk)
    assert urgent.urgent
    assert urgent.window_begins_at <= now < urgent.window_ends_at
    assert calm.window_ends_at > calm.window_begins_at
    assert calm.window_begins_at.hour < 5, "the night of a room whose clock is UTC"


def test_policy_that_ends_leaves_nothing_to_be_sent(tenant, run, superuser):
    first, second = fleet(tenant, 2)
    ill(first)
    policy = policy_of(tenant)
    run()
    becomes(ordered(), S.SCHEDULED)
    ended(policy)
    ill(second)
    assert run() == 0
    (item,) = ordered()
    assert (item.state, item.reason_code) == ("refused", "not_covered")
    policy_of(tenant, version=4)
    assert run() == 2, "what was left unsent is not counted as done"


def test_killed_in_the_middle_nothing_is_half_written(tenant, run, monkeypatch):
    (device,) = fleet(tenant, 1)
    incident = ill(device)
    policy_of(tenant)

    class Killed(BaseException):
        """The process ends here."""

    def dies(*given, **named):
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(automation.Moves, "note", dies)
        run()
    assert ordered() == []
    with region("eu"):
        entries = IncidentEntry.objects.using(OWNER).filter(incident=incident)
        assert {entry.kind for entry in entries} == {"opened"}
    assert run() == 1


def test_policy_that_ends_while_it_is_run_orders_nothing(tenant, run, monkeypatch):
    """The database asks once more whether the policy is in force."""
    (device,) = fleet(tenant, 1)
    ill(device)
    policy = policy_of(tenant)
    real = automation._order

    def ends_first(*given):
        ended(policy)
        real(*given)

    monkeypatch.setattr(automation, "_order", ends_first)
    assert run() == 0
    assert ordered() == []
