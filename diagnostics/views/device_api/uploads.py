"""A bundle on its way in: announced, stored chunk by chunk, and handed over to be checked.

Each chunk is sealed to the region's workers before it is stored; this process cannot open it again.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from django.conf import settings

from diagnostics.intake.chunks import remove_chunk, store_chunk
from diagnostics.uploads.schema import CHUNK_BYTES, MOST_BYTES, Announced
from diagnostics.views.device_api.collections import refuse_order
from rooms.device_api import door, json_body
from rooms.device_api.answers import answer
from rooms.device_api.problems import Refused
from rooms.device_api.profile import NONCE_SECONDS
from rooms.device_api.signed import Signed, signed_by_device

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_BEGIN: Final = "select * from device.upload_begin(%s, %s, %s, %s, %s, %s, %s, %s)"
_PLACE: Final = "select * from device.upload_place(%s, %s)"
_STORE: Final = "select * from device.upload_store(%s, %s, %s, %s, %s, %s, %s)"
_COMPLETE: Final = "select * from device.upload_complete(%s, %s, %s, %s)"
OWN: Final = "a device sends the bundle of its own order"


@signed_by_device(method="POST", most=MOST_BYTES, reason=OWN)
def upload_begin(request: HttpRequest, signed: Signed) -> HttpResponse:
    """Take the announcement of a bundle; the same one again finds its upload."""
    said = json_body.read_model(signed.body, Announced, most=MOST_BYTES)
    values = [
        signed.key_name,
        signed.nonce,
        NONCE_SECONDS,
        said.collection,
        said.bytes,
        said.sha256,
        f"{signed.region}.{secrets.token_urlsafe(32)}",
        settings.DIAGNOSTICS_BUNDLE_MOST_BYTES,
    ]
    result, name, received = door.ask(signed.region, _BEGIN, values) or ("unknown", "", 0)
    refuse_order(result, ("begun", "again"))
    return answer({"upload": name, "offset": received, "chunk_bytes": CHUNK_BYTES}, status=201)


@signed_by_device(method="GET", reason=OWN)
def upload_place(request: HttpRequest, signed: Signed, upload: str) -> HttpResponse:
    """Say how much is stored, for a device that lost its answer or its power."""
    received, _ = place_of(signed, upload)
    return answer({"upload": upload, "offset": received})


@signed_by_device(method="PUT", most=CHUNK_BYTES, kind="application/octet-stream", reason=OWN)
def upload_chunk(request: HttpRequest, signed: Signed, upload: str, offset: int) -> HttpResponse:
    """Store one chunk. It counts only when both the storage and the database have it."""
    received, number = place_of(signed, upload)
    if offset != received or not signed.body:
        refuse_order("wrong_offset", (), offset=received)
    stored_as = store_chunk(signed.region, upload, number, signed.body)
    values = [
        signed.key_name,
        signed.nonce,
        NONCE_SECONDS,
        upload,
        offset,
        len(signed.body),
        stored_as,
    ]
    # A connection that breaks here may have counted the chunk, so only a plain no removes it; what
    # no row names is swept after a day.
    result, received = door.ask(signed.region, _STORE, values) or ("unknown", 0)
    if result != "stored":
        remove_chunk(signed.region, stored_as)
    refuse_order(result, ("stored",), offset=received)
    return answer({"upload": upload, "offset": received})


@signed_by_device(method="POST", reason=OWN)
def upload_complete(request: HttpRequest, signed: Signed, upload: str) -> HttpResponse:
    """Hand the bundle over; from now on it is checked."""
    values = [signed.key_name, signed.nonce, NONCE_SECONDS, upload]
    result, received = door.ask(signed.region, _COMPLETE, values) or ("unknown", 0)
    refuse_order(result, ("completed", "again"), offset=received)
    return answer({"upload": upload, "offset": received}, status=202)


def place_of(signed: Signed, upload: str) -> tuple[int, int]:
    """How many bytes and chunks of an open upload are stored. Refused: not_found, order_over."""
    if not upload.startswith(f"{signed.region}."):
        raise Refused("not_found", "No such order or upload is this device's.")
    row = door.ask(signed.region, _PLACE, [signed.key_name, upload])
    result, received, parts, _ = row or ("unknown", 0, 0, 0)
    refuse_order(result, ("open",), offset=received)
    return received, parts
