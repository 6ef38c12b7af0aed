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

# Each region's sweep goes into that region's queue, which only its workers read. A message that
# nobody took before the next one is dropped: the next one does the same work.
LABEL_EVERY = 15.0
app.conf.beat_schedule = {
    f"label what is due in {region}": {
        "task": "access.label_due",
        "schedule": LABEL_EVERY,
        "args": [region],
        "options": {"queue": region, "expires": LABEL_EVERY},
    }
    for region in settings.PORTAL_REGIONS
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
