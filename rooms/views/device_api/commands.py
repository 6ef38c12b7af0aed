"""Hand a device its commands, and keep what it answers; let it leave."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from uuid import UUID

from rooms.device_api import door, json_body, keys, pace
from rooms.device_api.answers import answer
from rooms.device_api.commands import MOST_ANSWER_BYTES, WAITING, CommandAnswer
from rooms.device_api.problems import Refused
from rooms.device_api.profile import NONCE_SECONDS
from rooms.device_api.signed import Signed, signed_by_device

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_FETCH: Final = f"""
    select k.state, s.fresh, case when s.fresh then ({WAITING}) end
    from device.key(%s) k
    left join lateral device.spend(%s, %s, %s) s (fresh) on k.state = 'active'
"""  # noqa: S608 - put together from our own text
_ANSWER: Final = "select device.answer(%s, %s, %s, %s, %s, %s)"
_LEAVE: Final = "select device.leave(%s, %s, %s)"


@signed_by_device(method="GET", reason="a device fetches what waits for itself")
def commands(request: HttpRequest, signed: Signed) -> HttpResponse:
    """What waits for the device; from now on it counts as delivered."""
    name = signed.key_name
    values = [name, name, name, signed.nonce, NONCE_SECONDS]
    state, fresh, waiting_now = door.ask(signed.region, _FETCH, values) or ("unknown", False, "")
    if not fresh:
        keys.refuse("replayed" if state == "active" else state)
    return answer(
        {"commands": json.loads(waiting_now), "next_report_seconds": pace.report_every_seconds()}
    )


@signed_by_device(
    method="POST", most=MOST_ANSWER_BYTES, reason="a device answers a command of its own"
)
def command_answer(request: HttpRequest, signed: Signed, command: UUID) -> HttpResponse:
    """Keep how a command went. The same answer again is taken again."""
    said = json_body.read_model(signed.body, CommandAnswer, most=MOST_ANSWER_BYTES)
    values = [
        signed.key_name,
        signed.nonce,
        NONCE_SECONDS,
        command,
        said.outcome.value,
        said.detail_code,
    ]
    (result,) = door.ask(signed.region, _ANSWER, values) or ("unknown",)
    if result == "unknown":
        raise Refused("not_found", "No such command was handed to this device.")
    if result not in ("answered", "again"):
        keys.refuse(result)
    return answer({"command": str(command), "outcome": said.outcome.value}, status=202)


@signed_by_device(method="POST", reason="a device says good-bye for itself")
def leave(request: HttpRequest, signed: Signed) -> HttpResponse:
    """The agent is being removed: the device is unenrolled at once and its keys end."""
    (result,) = door.ask(signed.region, _LEAVE, [signed.key_name, signed.nonce, NONCE_SECONDS]) or (
        "unknown",
    )
    if result != "left":
        keys.refuse(result)
    return answer({"state": "unenrolled"}, status=202)
