"""Take a report: 202 only when it is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from rooms.command_keys import listed_serial
from rooms.device_api import door, keys, pace
from rooms.device_api.answers import answer_as_is
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
_ACCEPT: Final = door.Statement(
    b"accept_report",
    b"select result, commands from device.accept_report($1, $2, $3, $4, $5, $6, $7)",
)


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
    name = str(report.report_id).encode()
    result, commands = store(signed, name, report.observed_at)
    if result == "too_often":
        raise pace.too_soon()
    if result not in ("accepted", "duplicate"):
        keys.refuse(result)
    return answer_as_is(
        b'{"report_id":"%s","next_report_seconds":%d,"command_keys_serial":%d,"commands":%s}'
        % (name, pace.report_every_seconds(), listed_serial(signed.region), commands),
        202,
    )


def store(signed: Signed, report: bytes, observed_at: datetime) -> tuple[str, bytes]:
    """What device.accept_report says, and the commands that wait for the device, as JSON."""
    result, commands = door.ask_plainly(
        signed.region,
        _ACCEPT,
        [
            signed.key_name.encode(),
            signed.nonce.encode(),
            b"%d" % NONCE_SECONDS,
            report,
            observed_at.isoformat().encode(),
            signed.body,
            b"%f" % pace.least_seconds(),
        ],
    )
    return (result or b"unknown").decode(), commands or b"[]"


def refuse_other_days(report: Report, now: float) -> None:
    """Refused: field_invalid, when the report says it was read long ago or in the future."""
    at = datetime.fromtimestamp(now, UTC)
    if not at - OLDEST <= report.observed_at <= at + NEWEST:
        raise Refused(
            "field_invalid",
            "`observed_at`: send service time, at most 30 days old; `Date` tells it.",
            "observed_at",
        )
