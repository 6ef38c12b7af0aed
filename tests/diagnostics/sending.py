"""A device of the tests that sends a bundle, as an agent would."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.http import HttpResponse

from diagnostics.models import Collection
from rooms.device_api.profile import raw_signer, sign_request
from tests.diagnostics.bundles.zips import Member, listed, manifest, zipped
from tests.rooms.device_api.devices import HERE, Box, send

UPLOADS = "/device/v1/uploads"
CHUNK = 1024 * 1024
APP = "App/SkypeRoomSystem/SkypeRoomSystem.log"
LINES = (
    b"2026-11-22T08:31:07.123Z [Error] [Devices] Camera gone from hub four\r\n"
    b"2026-11-22T08:31:08.001Z [Info] [Devices] Camera found again\r\n"
)


def post(box: Box, path: str, **members: Any) -> HttpResponse:
    """A signed JSON request."""
    return box.send("POST", path, json.dumps(members).encode())


def announce(box: Box, collection: Collection, bundle: bytes, **changed: Any) -> HttpResponse:
    """Announce a bundle."""
    said = {
        "collection": collection.reference,
        "bytes": len(bundle),
        "sha256": hashlib.sha256(bundle).hexdigest(),
    }
    return post(box, UPLOADS, **said | changed)


def put_chunk(box: Box, upload: str, offset: int, chunk: bytes) -> HttpResponse:
    """Send one chunk."""
    path = f"{UPLOADS}/{upload}/chunks/{offset}"
    kind = {"Content-Type": "application/octet-stream"}
    signed = sign_request("PUT", HERE + path, kind, chunk, box.key_name, raw_signer(box.key))
    return send(box.client, "PUT", path, chunk, signed)


def complete(box: Box, upload: str) -> HttpResponse:
    """Hand the bundle over."""
    return box.send("POST", f"{UPLOADS}/{upload}/complete")


def upload_all(box: Box, collection: Collection, bundle: bytes, chunk: int = CHUNK) -> str:
    """The whole upload; the name that it got."""
    begun = announce(box, collection, bundle)
    assert begun.status_code == 201, begun.content
    upload = str(begun.json()["upload"])
    for offset in range(0, len(bundle), chunk):
        sent = put_chunk(box, upload, offset, bundle[offset : offset + chunk])
        assert sent.status_code == 200, sent.content
    done = complete(box, upload)
    assert done.status_code == 202, done.content
    return upload


def bundle_of(order: Collection, *files: tuple[str, str, bytes], **changed: Any) -> bytes:
    """An honest bundle for a collection: triples of path, kind and content."""
    files = files or ((APP, "app_log", LINES),)
    told = manifest(
        [listed(*file) for file in files],
        **{"collection": order.reference, "device": order.device_reference} | changed,
    )
    members = [Member(path.encode(), body) for path, _, body in files]
    return zipped(Member(b"manifest.json", told), *members).getvalue()
