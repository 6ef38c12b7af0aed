"""How far a device is with what was ordered from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from diagnostics.uploads.schema import MOST_BYTES, Progress
from rooms.device_api import door, json_body, keys
from rooms.device_api.answers import answer
from rooms.device_api.problems import Refused
from rooms.device_api.profile import NONCE_SECONDS
from rooms.device_api.signed import Signed, signed_by_device

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_SAY: Final = "select device.collection_say(%s, %s, %s, %s, %s, %s, %s)"


@signed_by_device(method="POST", most=MOST_BYTES, reason="a device tells of its own order")
def collection_progress(request: HttpRequest, signed: Signed, collection: str) -> HttpResponse:
    """Keep what the device says. The same word again is taken again."""
    said = json_body.read_model(signed.body, Progress, most=MOST_BYTES)
    values = [
        signed.key_name,
        signed.nonce,
        NONCE_SECONDS,
        collection,
        said.state.value,
        said.percent,
        said.code,
    ]
    (result,) = door.ask(signed.region, _SAY, values) or ("unknown",)
    refuse_order(result, ("said",))
    return answer({"collection": collection}, status=202)


def refuse_order(result: str, good: tuple[str, ...], **place: int) -> None:
    """Nothing for a good result; else Refused for what a function of the schema said.

    `offset` goes into the problem, so that a device can go on from there.
    """
    if result in good:
        return
    if result == "unknown":
        raise Refused("not_found", "No such order or upload is this device's.")
    if result in ("wrong_offset", "over", "other"):
        code = {"wrong_offset": "wrong_offset", "over": "order_over", "other": "wrong_bundle"}
        raise Refused(code[result], offset=place.get("offset"))
    if result == "too_large":
        raise Refused("too_large", "Send a smaller bundle: the order names the limit.")
    keys.refuse(result)
