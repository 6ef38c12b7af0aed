"""Whether the parts that the portal stands on answer: databases, broker, workers, the record."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections
from kombu.exceptions import OperationalError as BrokerError

from access import residency
from access.audit import state
from access.models import ControlHead, RegionalHead, ResidencyProof, StandingCheck
from access.residency import CONTROL, Region
from access.siem.delivery import Lag, lags
from portal.celery import app

logger = logging.getLogger(__name__)

WORKER_WAIT: Final = 0.4
# A region that reads its reports later than this is behind its devices, which report every 300 s.
LATE_REPORTS: Final = 60.0
LATE_DELIVERY: Final = 300.0
# Made once a day; an hour of grace for one that takes long or was restarted.
OVERDUE: Final = timedelta(hours=25)


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


def record(alias: str) -> Part:
    """One log: whether events get place and signature, and what the last check found."""
    name = f"Log of {'the control plane' if alias == CONTROL else Region(alias).label}"
    try:
        found = state.read(alias)
    except (OperationalError, InterfaceError):
        logger.exception("The log of %s does not answer.", alias)
        return Part(name, "down", "Its database does not answer.")
    if found.alarm:
        return Part(name, "degraded", found.alarm)
    return Part(name, "operational", found.sentence)


def records() -> list[Part]:
    """The log of the control plane and of each region that this portal serves."""
    return [record(alias) for alias in (CONTROL, *settings.PORTAL_REGIONS)]


def reports() -> list[Part]:
    """How far each region is behind its devices: reports that were accepted and not yet read."""
    return [_reports(alias) for alias in settings.PORTAL_REGIONS]


def _reports(alias: str) -> Part:
    name = f"Reports of {Region(alias).label}"
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("select waiting, seconds from device.backlog()")
            waiting, seconds = cursor.fetchone()
    except (OperationalError, InterfaceError):
        logger.exception("The reports of %s do not answer.", alias)
        return Part(name, "down", "Its database does not answer.")
    if not waiting:
        return Part(name, "operational", "None waits to be read.")
    late = seconds > LATE_REPORTS
    sentence = f"{waiting:,} wait to be read, the oldest for {seconds:,.0f} s."
    return Part(name, "degraded" if late else "operational", sentence)


def deliveries() -> list[Part]:
    """How far each receiver of the record is behind; none where no receiver is set up."""
    found: dict[str, list[Lag]] = {}
    for alias in (CONTROL, *settings.PORTAL_REGIONS):
        try:
            for lag in lags(alias):
                found.setdefault(lag.destination, []).append(lag)
        except (OperationalError, InterfaceError):
            logger.exception("The deliveries of %s do not answer.", alias)
    return [_delivery(name, each) for name, each in sorted(found.items())]


def _delivery(name: str, each: list[Lag]) -> Part:
    behind, seconds = sum(lag.behind for lag in each), max(lag.seconds for lag in each)
    if not behind:
        return Part(name, "operational", "Has every event.")
    sentence = f"{behind:,} events behind, for {seconds:,.0f} s."
    return Part(name, "degraded" if seconds > LATE_DELIVERY else "operational", sentence)


def monitor(now: datetime) -> Part:
    """Whether anybody holds standing access, and whether that was checked lately."""
    name = "Standing access"
    newest = StandingCheck.objects.order_by("-made_at").first()
    if newest is None:
        return Part(name, "degraded", "Was not checked yet.")
    if not newest.good:
        return Part(name, "down", "The last check found some. Look at it now.")
    if now - newest.made_at > OVERDUE:
        return Part(name, "degraded", "The last check is older than a day.")
    return Part(name, "operational", "The last check found none.")


def proofs(now: datetime) -> Part:
    """Whether every row was in its tenant's region when that was last proved, in each region."""
    name = "Residency"
    rows = ResidencyProof.objects.filter(region__in=settings.PORTAL_REGIONS)
    newest = {p.region: p for p in rows.order_by("region", "-made_at").distinct("region")}
    broken = [Region(alias).label for alias, proof in newest.items() if proof.foreign]
    if broken:
        sentence = f"Rows of other regions' tenants stand in {', '.join(broken)}. Look at it now."
        return Part(name, "down", sentence)
    missing = [Region(a).label for a in settings.PORTAL_REGIONS if a not in newest]
    if missing:
        return Part(name, "degraded", f"Was not proved yet in {', '.join(missing)}.")
    if any(now - proof.made_at > OVERDUE for proof in newest.values()):
        return Part(name, "degraded", "The last proof is older than a day.")
    return Part(name, "operational", "Every row stands in the region that its tenant chose.")


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
