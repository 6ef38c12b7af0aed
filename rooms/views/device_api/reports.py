"""Take a report: 202 only when it is stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from rooms.device_api import door, keys, pace
from rooms.device_api.answers import answer
from rooms.device_api.commands import WAITING
from rooms.device_api.problems import Refused
from rooms.device_api.profile import NONCE_SECONDS
from rooms.device_api.signed import Signed, signed_by_device
from rooms.reports.parse import parse
from rooms.reports.schema import MOST_BYTES, Report

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

# Devices that were cut off send what they kept; nobody has read what is still to come.
OLDEST: Final = timedelta(days=30)
NEWEST: Final = timedelta(days=1)

# One round trip: stored, and what waits for the device, in one transaction.
_ACCEPT: Final = f"""
    select a.result,
           case when a.result in ('accepted', 'duplicate') then ({WAITING}) end
    from device.accept(%s, %s, %s, %s, %s, %s, %s) a (result)
"""  # noqa: S608 - put together from our own text


@signed_by_device(
    method="POST",
    most=MOST_BYTES,
    reason="a device reports under its key, for itself alone",
    admit=pace.refuse_while_behind,
)
def report_create(request: HttpRequest, signed: Signed) -> HttpResponse:
    """Store what a device tells, and say what waits for it."""
    report = parse(signed.body)
    refuse_other_days(report, door.service_time(signed.region))
    result, commands = store(signed, report)
    if result == "too_often":
        raise pace.too_soon()
    if result not in ("accepted", "duplicate"):
        keys.refuse(result)
    return answer(
        {
            "report_id": str(report.report_id),
            "next_report_seconds": pace.report_every_seconds(),
            "commands": commands,
        },
        status=202,
    )


def store(signed: Signed, report: Report) -> tuple[str, list[Any]]:
    """What device.accept says, and the commands that wait for the device."""
    values = [
        signed.key_name,
        signed.key_name,
        signed.nonce,
        NONCE_SECONDS,
        report.report_id,
        report.observed_at,
        signed.body.decode(),
        pace.least_seconds(),
    ]
    result, commands = door.ask(signed.region, _ACCEPT, values) or ("unknown", None)
    return result, json.loads(commands or "[]")


def refuse_other_days(report: Report, now: float) -> None:
    """Refused: field_invalid, when the report says it was read long ago or in the future."""
    at = datetime.fromtimestamp(now, UTC)
    if not at - OLDEST <= report.observed_at <= at + NEWEST:
        raise Refused(
            "field_invalid",
            "`observed_at`: send service time, at most 30 days old; `Date` tells it.",
            "observed_at",
        )
