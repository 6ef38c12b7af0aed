"""Taking one redacted file away: a link that works once, for minutes, and never after the grant."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from access import audit, clock
from access.held import HeldGrant
from access.models import Staff
from access.scopes import Scope
from access.verdict import Denied, Refused
from diagnostics import storage
from diagnostics.models import CollectionFile, Download
from diagnostics.rules.reveals import DOWNLOAD_LASTS, may_download
from diagnostics.vault.keys import opening, place_of
from diagnostics.vault.streams import key_id_of_stream, open_stream

VIEW = Scope.DIAGNOSTICS_VIEW.value
GONE = Denied(
    "This link is used up or over.", "Make another one on the file's page.", "download_over"
)


@dataclass(frozen=True)
class Taken:
    """What is handed out: a name for the file, and its lines with the watermark around them."""

    name: str
    content: bytes


def make_download(
    *, by: Staff, under: HeldGrant, file: CollectionFile, reason: str
) -> tuple[Download, str]:
    """Permission to take a file once, and the secret of its link, which nothing keeps."""
    may_download(
        offered=settings.DIAGNOSTICS_DOWNLOADS,
        stored_bytes=file.stored_bytes,
        destroyed=file.destroyed_at is not None,
        reason=reason,
    ).enforce()
    at = clock.now()
    secret = secrets.token_urlsafe(32)
    made = Download.objects.create(
        tenant_id=file.tenant_id,
        token_digest=hashlib.sha256(secret.encode()).digest(),
        file=file,
        room_id=file.room_id,
        by_id=by.pk,
        by_label=by.name,
        reason=reason,
        grant_reference=under.reference,
        made_at=at,
        ends_at=min(at + DOWNLOAD_LASTS, under.ends_at),
    )
    _keep("file.download_made", file, under)
    return made, secret


def take_download(*, by: Staff, under: HeldGrant, region: str, secret: str) -> Taken:
    """Use the link up and open the file. Refused for one that is not this person's, used or over.

    The file is opened whole in the transaction that used the link: a grant that ends meanwhile
    ends it here, and nothing is streamed after the gate has closed.
    """
    digest = hashlib.sha256(secret.encode()).digest()
    found = Download.objects.select_for_update().filter(token_digest=digest, by_id=by.pk).first()
    at = clock.now()
    if found is None or found.used_at is not None or at >= found.ends_at:
        raise Refused(GONE)
    if found.grant_reference != under.reference:
        raise Refused(GONE)
    found.used_at = at
    found.save(update_fields=["used_at"])
    file = CollectionFile.objects.get(pk=found.file_id)
    lines = b"".join(_opened(region, file))
    mark = _watermark(found, file, at)
    _keep("file.downloaded", file, under)
    name = f"{file.collection_reference}-{file.reference}.jsonl"
    return Taken(name, mark + lines + mark)


def _opened(region: str, file: CollectionFile) -> Iterator[bytes]:
    """The redacted lines. Raises Destroyed, CannotOpen, NotStored or StorageFault."""
    pieces = storage.read(region, file.stored_as)
    first = next(pieces, b"")
    with opening() as ring:
        key = ring.key(key_id_of_stream(first))
        place = place_of(region, file.tenant_id, CollectionFile, "stored_as")
        yield from open_stream(key, place, file.pk, _again(first, pieces))


def _again(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _watermark(download: Download, file: CollectionFile, at: datetime) -> bytes:
    """Who took it, when, and under what: the first line of the file, and the last."""
    told = {
        "watermark": str(download.pk),
        "taken_by": download.by_label,
        "taken_at": at.isoformat(timespec="seconds"),
        "grant": download.grant_reference,
        "file": file.reference,
        "delete_after": (at + timedelta(days=7)).date().isoformat(),
    }
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def _keep(kind: str, file: CollectionFile, under: HeldGrant) -> None:
    audit.record(
        kind,
        subject=("device", file.device_reference),
        scopes=[VIEW],
        grants=[under.reference],
        purpose=under.purpose,
        detail={"file": file.reference, "collection": file.collection_reference},
    )
