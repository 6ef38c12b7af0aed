"""The Celery app. Messages are wake-ups; what is due stands in tables."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# A message that nobody took before the next one is dropped: the next one does the same work. A
# report waits two seconds at most for its drain to wake up.
LABEL_EVERY = 15.0
DRAIN_EVERY = 2.0
# An urgent command waits for this and for the device.
SIGN_EVERY = 1.0
SWEEP_EVERY = 10.0
CHECK_EVERY = 3.0
EXPIRE_EVERY = 30.0
# Counting a million rooms takes a while; the demo's few are to be seen at once.
COUNT_EVERY = 10.0 if settings.DEMO else 300.0
KEEP_EVERY = 3600.0
CASES_EVERY = 10.0 if settings.DEMO else 60.0
# What is due is due by the day; several wake-ups a day make up for one that was missed.
RETAIN_EVERY = 60.0 if settings.DEMO else 21_600.0
# Whether a day has passed is asked of the table; the demo makes its first proof at once.
PROVE_EVERY = 20.0 if settings.DEMO else 900.0
# A notice is in the bell, and on its way by mail, within this.
CARRY_EVERY = 5.0
MAIL_EVERY = 10.0
# A draft becomes a plan, and a wave goes on or stops by itself, within this.
WAVES_EVERY = 3.0
# What is sent, answered or stopped is seen within this.
REMEDIATE_EVERY = 2.0
VERIFY_EVERY = 5.0
GRAPH_EVERY = 5.0
AUTOMATE_EVERY = 10.0


def wake_up(task: str, region: str, every: float, *more: object) -> dict[str, Any]:
    """An entry of the schedule: into the region's queue, which only its workers read."""
    return {
        "task": task,
        "schedule": every,
        "args": [region, *more],
        "options": {"queue": region, "expires": every},
    }


def schedule_of(region: str) -> dict[str, dict[str, Any]]:
    """What a region's workers are woken up for."""
    shards = settings.DRAIN_SHARDS
    return {
        f"label what is due in {region}": wake_up("access.label_due", region, LABEL_EVERY),
        f"sign commands in {region}": wake_up("rooms.sign_commands", region, SIGN_EVERY),
        f"judge what is due in {region}": wake_up("rooms.sweep", region, SWEEP_EVERY),
        f"count rooms in {region}": wake_up("rooms.count", region, COUNT_EVERY),
        f"check bundles in {region}": wake_up("diagnostics.check", region, CHECK_EVERY),
        f"end late orders in {region}": wake_up("diagnostics.expire", region, EXPIRE_EVERY),
        f"destroy what is due in {region}": wake_up("diagnostics.retention", region, RETAIN_EVERY),
        f"go on with cases in {region}": wake_up("diagnostics.cases", region, CASES_EVERY),
        f"remediate in {region}": wake_up("diagnostics.remediate", region, REMEDIATE_EVERY),
        f"verify in {region}": wake_up("diagnostics.verify", region, VERIFY_EVERY),
        f"call Graph for {region}": wake_up("diagnostics.graph", region, GRAPH_EVERY),
        f"go on with waves in {region}": wake_up("diagnostics.waves", region, WAVES_EVERY),
        f"automate in {region}": wake_up("diagnostics.automate", region, AUTOMATE_EVERY),
        f"carry notices of {region}": wake_up("diagnostics.carry", region, CARRY_EVERY),
        f"drop what is old in {region}": wake_up("rooms.keep", region, KEEP_EVERY),
        f"prove residency in {region}": wake_up("access.prove_residency", region, PROVE_EVERY),
        **{
            f"drain shard {shard} of {region}": wake_up(
                "rooms.drain", region, DRAIN_EVERY, shard, shards
            )
            for shard in range(shards)
        },
    }


app.conf.beat_schedule = {
    name: entry for region in settings.PORTAL_REGIONS for name, entry in schedule_of(region).items()
} | {
    name: {**entry, "options": entry["options"] | {"queue": settings.CELERY_TASK_DEFAULT_QUEUE}}
    for name, entry in {
        "label what is due in the control plane": wake_up(
            "access.label_due", "default", LABEL_EVERY
        ),
        "mail notices": wake_up("access.mail_notices", "default", MAIL_EVERY),
        "forget old notices": wake_up("access.forget_notices", "default", KEEP_EVERY),
    }.items()
}


@worker_init.connect
@beat_init.connect
def refuse_to_work_unlocked(**sent: Any) -> None:
    """Stop before the first task when the role of this process could go round the lock.

    Celery logs what a signal's receiver raises and goes on, except for SystemExit.
    """
    from django.db import OperationalError, connections  # noqa: PLC0415 - Django must be set up

    from access.lock.startup import UnsafeRole, refuse_unsafe_role  # noqa: PLC0415 - likewise

    try:
        refuse_unsafe_role()
    except UnsafeRole as unsafe:
        raise SystemExit(str(unsafe)) from unsafe
    except OperationalError as down:
        raise SystemExit(f"The database role cannot be checked: {down}") from down
    finally:
        connections.close_all()


@worker_init.connect
def refuse_to_work_without_command_keys(**sent: Any) -> None:
    """Stop before the first task when commands would wait unsigned for ever."""
    from rooms.command_keys import (  # noqa: PLC0415 - Django must be set up
        NoCommandKey,
        refuse_without_keys,
    )

    try:
        refuse_without_keys()
    except NoCommandKey as missing:
        raise SystemExit(str(missing)) from missing
