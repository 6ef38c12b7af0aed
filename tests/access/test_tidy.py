"""The sweep that labels what the clock has ended: its schedule, its task, and its harmlessness."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connections

from access.lock.startup import UnsafeRole
from access.states import GrantState
from access.tasks import label_due_in
from portal.celery import app, refuse_to_work_unlocked
from tests.acts import approved, ask, granted
from tests.outage import down


def states(superuser):
    rows = superuser["eu"].execute("select state from access_grant order by created_at")
    return [state for (state,) in rows.fetchall()]


def test_each_region_is_woken_up_through_its_own_queue():
    app.loader.import_default_modules()
    entries = app.conf.beat_schedule.values()
    woken = {(entry["task"], entry["args"][0]): entry["options"]["queue"] for entry in entries}
    tasks = {task for task, _ in woken}
    assert tasks == {
        "access.label_due", "access.prove_residency",
        "rooms.drain", "rooms.sweep", "rooms.count", "rooms.keep", "rooms.sign_commands",
        "diagnostics.check", "diagnostics.expire", "diagnostics.retention", "diagnostics.cases",
        "diagnostics.carry", "access.mail_notices", "access.forget_notices",
        "diagnostics.remediate", "diagnostics.verify", "diagnostics.graph", "diagnostics.waves",
        "diagnostics.automate",
    }  # fmt: skip
    of_control = {"access.label_due", "access.mail_notices", "access.forget_notices"}
    assert {woken.pop((task, "default")) for task in of_control} == {"control"}
    regional = tasks - of_control | {"access.label_due"}
    assert woken == {
        (task, region): region for task in regional for region in settings.PORTAL_REGIONS
    }
    assert tasks <= set(app.tasks)
    assert all(entry["options"]["expires"] == entry["schedule"] for entry in entries)
    label = [entry for entry in entries if entry["task"] == label_due_in.name]
    assert all(entry["schedule"] <= 15 for entry in label)


def test_task_labels_what_is_over_and_nothing_else_61(
    tenant, asha, eli, bo, held_clock, as_worker, superuser
):
    over = granted(asha, tenant, [bo])
    held_clock.hold(over.ends_at)
    granted(eli, tenant, [bo])
    as_worker()
    label_due_in.apply(args=["eu"], throw=True)
    label_due_in.apply(args=["eu"], throw=True)
    assert states(superuser) == [GrantState.ENDED, GrantState.ACTIVE]
    ended = superuser["eu"].execute(
        "select actor_id, subject_reference from access_auditevent where type = 'grant.ended'"
    )
    assert ended.fetchall() == [(None, over.reference)]


def test_task_leaves_other_regions_alone(tenant, asha, bo, held_clock, as_worker, superuser):
    grant = approved(asha, tenant, [bo])
    ask(asha, tenant)
    held_clock.hold(grant.claim_by)
    as_worker()
    for region in ("apac", "us"):
        label_due_in.apply(args=[region], throw=True)
    assert states(superuser) == [GrantState.READY]
    label_due_in.apply(args=["eu"], throw=True)
    assert states(superuser) == [GrantState.LAPSED]


def test_worker_refuses_to_work_as_the_owner(db, cluster):
    settings_of_eu = connections["eu"].settings_dict
    kept = dict(settings_of_eu)
    connections["eu"].close()
    settings_of_eu |= {key: connections.settings["eu_owner"][key] for key in ("USER", "PASSWORD")}
    try:
        with pytest.raises(SystemExit, match="owns tables") as stopped:
            refuse_to_work_unlocked()
    finally:
        connections["eu"].close()
        settings_of_eu |= kept
    assert isinstance(stopped.value.__cause__, UnsafeRole)


def test_worker_refuses_to_work_when_the_role_cannot_be_checked(db):
    with down("apac"), pytest.raises(SystemExit, match="cannot be checked"):
        refuse_to_work_unlocked()


def test_worker_starts_under_its_own_role(db, as_worker):
    as_worker()
    refuse_to_work_unlocked()
