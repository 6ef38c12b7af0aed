"""Hand a device its commands, and keep what it says of them; let it leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from rooms.command_keys import NoCommandKey, listed_serial, trusted_list
from rooms.device_api import door, json_body, keys, listening, pace
from rooms.device_api.answers import answer, answer_as_is
from rooms.device_api.commands import MOST_ANSWER_BYTES, WAITING, CommandAnswer, CommandProgress
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
_MAY: Final = """
    select k.state, s.fresh from device.key(%s) k
    left join lateral device.spend(%s, %s, %s) s (fresh) on k.state = 'active'
"""
_ANSWER: Final = "select device.answer(%s, %s, %s, %s, %s, %s)"
_PROGRESS: Final = "select device.progress(%s, %s, %s, %s, %s)"
_LEAVE: Final = "select device.leave(%s, %s, %s)"
_NOTHING: Final = "[]"


@signed_by_device(method="GET", reason="a device fetches what waits for itself")
def commands(request: HttpRequest, signed: Signed) -> HttpResponse:
    """What waits for the device; from now on it counts as delivered. With `wait`, within that."""
    seconds = listening.seconds_asked(request)
    name = signed.key_name
    values = [name, name, name, signed.nonce, NONCE_SECONDS]
    state, fresh, told = door.ask(signed.region, _FETCH, values) or ("unknown", False, "")
    if not fresh:
        keys.refuse("replayed" if state == "active" else state)
    again_after = 0
    if seconds and (told or _NOTHING) == _NOTHING:
        with listening.place(name) as may_wait:
            if may_wait:
                told = listening.listen(lambda: _look(signed), seconds)
            else:
                again_after = listening.again_after()
    response = answer_as_is(
        b'{"commands":%s,"next_report_seconds":%d,"command_keys_serial":%d}'
        % (
            (told or _NOTHING).encode(),
            pace.report_every_seconds(),
            listed_serial(signed.region),
        ),
        200,
    )
    if again_after:
        response.headers["Retry-After"] = str(again_after)
    return response


def _look(signed: Signed) -> str:
    """The commands that wait now, as JSON; empty when none does. A transaction of its own."""
    (told,) = door.ask(signed.region, WAITING, [signed.key_name]) or (None,)
    return "" if told in (None, _NOTHING) else str(told)


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
    _refuse_unless(result, "answered", "again")
    return answer({"command": str(command), "outcome": said.outcome.value}, status=202)


@signed_by_device(
    method="POST", most=MOST_ANSWER_BYTES, reason="a device says how far its own command is"
)
def command_progress(request: HttpRequest, signed: Signed, command: UUID) -> HttpResponse:
    """Keep that a command was accepted, or that it runs."""
    said = json_body.read_model(signed.body, CommandProgress, most=MOST_ANSWER_BYTES)
    values = [signed.key_name, signed.nonce, NONCE_SECONDS, command, said.state.value]
    (result,) = door.ask(signed.region, _PROGRESS, values) or ("unknown",)
    _refuse_unless(result, "noted", "again")
    return answer({"command": str(command), "state": said.state.value}, status=202)


def _refuse_unless(result: str, *good: str) -> None:
    """Refused for what a function of the schema `device` returned about a command."""
    if result == "unknown":
        raise Refused("not_found", "No such command waits for this device's word.")
    if result not in good:
        keys.refuse(result)


@signed_by_device(method="GET", reason="a device learns whose commands it may obey")
def command_keys(request: HttpRequest, signed: Signed) -> HttpResponse:
    """The newest list of the keys that sign commands, signed by one that the device knows."""
    values = [signed.key_name, signed.key_name, signed.nonce, NONCE_SECONDS]
    state, fresh = door.ask(signed.region, _MAY, values) or ("unknown", False)
    if not fresh:
        keys.refuse("replayed" if state == "active" else state)
    try:
        return answer(trusted_list(signed.region))
    except NoCommandKey:
        raise Refused("not_found", "There are no command keys yet: obey nothing.") from None


@signed_by_device(method="POST", reason="a device says good-bye for itself")
def leave(request: HttpRequest, signed: Signed) -> HttpResponse:
    """The agent is being removed: the device is unenrolled at once and its keys end."""
    (result,) = door.ask(signed.region, _LEAVE, [signed.key_name, signed.nonce, NONCE_SECONDS]) or (
        "unknown",
    )
    if result != "left":
        keys.refuse(result)
    return answer({"state": "unenrolled"}, status=202)
