"""Whether the parts that the portal stands on answer: databases, broker, workers, the record."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections
from kombu.exceptions import OperationalError as BrokerError

from access import residency
from access.models import ControlHead, RegionalHead
from access.residency import CONTROL, Region
from portal.celery import app

logger = logging.getLogger(__name__)

WORKER_WAIT: Final = 0.4


@dataclass(frozen=True)
class Part:
    """One part: its state, and a sentence that says what that means."""

    name: str
    state: str
    sentence: str
    size: int | None = None
    updated_at: datetime | None = None


def answers(alias: str) -> bool:
    """Whether a database answers."""
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("select 1")
    except (OperationalError, InterfaceError):
        logger.exception("The database %s does not answer.", alias)
        return False
    return True


def database(alias: str) -> Part:
    """One database, timed, with how far its record has been sequenced."""
    name = "Control plane" if alias == CONTROL else f"{Region(alias).label} data centre"
    begun = time.monotonic()
    if not answers(alias):
        return Part(name, "down", "Does not answer. Its pages are closed; access still ends.")
    took = max(1, round((time.monotonic() - begun) * 1000))
    head = _head(alias)
    sentence = f"Answers in {took} ms."
    return Part(name, "operational", sentence, head.size, head.updated_at)


def _head(alias: str) -> ControlHead | RegionalHead:
    if alias == CONTROL:
        return ControlHead.objects.get()
    with residency.region(alias):
        return RegionalHead.objects.get()


def databases() -> list[Part]:
    """The control plane and each region that this portal serves."""
    return [database(alias) for alias in (CONTROL, *settings.PORTAL_REGIONS)]


def workers() -> Part:
    """Whether the broker answers, and whether a worker listens to it."""
    try:
        with app.connection_for_read() as connection:
            connection.ensure_connection(max_retries=1, timeout=1)
            answered = app.control.ping(timeout=WORKER_WAIT, connection=connection)
    except (BrokerError, OSError):
        logger.exception("The broker does not answer.")
        return Part("Workers", "down", "The queue does not answer. Access still ends on time.")
    if not answered:
        return Part("Workers", "degraded", "No worker answers. Access still ends on time.")
    number = f"{len(answered)} worker{'' if len(answered) == 1 else 's'}"
    return Part("Workers", "operational", f"{number} answered.")
