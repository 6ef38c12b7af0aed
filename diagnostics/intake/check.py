"""Check one uploaded bundle: all of it is stored and it is ready, or nothing is and it says why.

A worker that dies in the middle leaves the collection to be checked again; after three times it
has failed, so that no bundle stops the queue.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BufferedReader
from typing import Final

from django.db import connections, transaction

from access import audit, clock, residency
from access.verdict import Unavailable
from diagnostics import storage
from diagnostics.bundles.bundle import Bundle, BundleFile, open_bundle
from diagnostics.bundles.refusal import RefusedBundle
from diagnostics.intake.behind import Behind
from diagnostics.intake.chunks import Chunk, UploadReader, remove_chunk
from diagnostics.intake.files import Stored, begin_file, keep_file, source_of, store_file
from diagnostics.intake.guarding import EntryGuard
from diagnostics.intake.job import FileJob, Keys
from diagnostics.intake.totals import Totals, no_orphans
from diagnostics.models import Collection, CollectionPart, Upload, UploadPart
from diagnostics.redaction import CannotJudge
from diagnostics.redaction.media import RefusedMedia
from diagnostics.states import CollectionState, PartState
from diagnostics.vault.sealing import CannotOpen
from diagnostics.vault.tables import Destroyed
from rooms.drain.line import Line

logger = logging.getLogger(__name__)
MOST_CHECKS: Final = 3
BUFFER: Final = 256 * 1024
# The first half of the advisory lock's key; the collection is the second.
CHECKS: Final = 0x0D1A6
Claim = tuple[Collection, Upload, list[Chunk]]


@dataclass(frozen=True)
class Refusal:
    """Why a bundle is not taken: a code, and a sentence that quotes nothing of it."""

    code: str
    sentence: str
    state: CollectionState = CollectionState.REFUSED


def check_next(region: str) -> str:
    """Check the oldest bundle that waits in a region; its reference, or "" when none does."""
    with residency.region(region), _claimed(region) as claimed:
        if claimed is None:
            return ""
        collection, upload, chunks = claimed
        refusal: Refusal | None
        if collection.checks > MOST_CHECKS:
            refusal = Refusal(
                "CHECK_FAILED",
                "The bundle could not be checked in three attempts.",
                CollectionState.FAILED,
            )
        else:
            try:
                refusal = _judge(region, collection, upload, chunks)
            except Unavailable as fault:
                return _wait(collection, fault)
        if refusal is not None:
            _end(region, collection.pk, refusal)
        _drop_chunks(region, upload, chunks)
        return str(collection.reference)


@contextmanager
def _claimed(region: str) -> Iterator[Claim | None]:
    """The oldest waiting one that nobody else checks; ours until the block ends, or we do."""
    waiting = Collection.objects.filter(state=CollectionState.CHECKING)
    for key in list(waiting.order_by("checks", "uploaded_at").values_list("pk", flat=True)[:8]):
        with connections[region].cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(%s, hashtext(%s))", [CHECKS, str(key)])
            (ours,) = cursor.fetchone()
        if not ours:
            continue
        try:
            yield _begin(region, key)
        finally:
            with connections[region].cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s, hashtext(%s))", [CHECKS, str(key)])
        return
    yield None


def _begin(region: str, key: uuid.UUID) -> Claim | None:
    """The collection with one attempt counted before it is made; None when it was checked."""
    with transaction.atomic(using=region):
        waiting = Collection.objects.filter(pk=key, state=CollectionState.CHECKING)
        collection = waiting.select_for_update(of=("self",)).first()
        if collection is None:
            return None
        collection.checks += 1
        collection.save(update_fields=["checks"])
        upload = Upload.objects.get(tenant_id=collection.tenant_id, collection=collection)
        parts = UploadPart.objects.filter(tenant_id=collection.tenant_id, upload=upload)
        chunks = [
            Chunk(*row)
            for row in parts.order_by("number").values_list(
                "number", "offset", "bytes", "stored_as"
            )
        ]
    return collection, upload, chunks


def _wait(collection: Collection, fault: Exception) -> str:
    """The storage or the keeper of keys is away: that is no attempt, and no fault of the bundle."""
    logger.error("A bundle waits to be checked: %s", fault)
    Collection.objects.filter(pk=collection.pk).update(checks=collection.checks - 1)
    return ""


def _judge(
    region: str, collection: Collection, upload: Upload, chunks: list[Chunk]
) -> Refusal | None:
    """Store it whole; or why not, with everything undone."""
    try:
        reader = UploadReader(region, upload.name, chunks)
        if reader.size != upload.bytes or reader.sha256() != upload.sha256:
            return Refusal("SHA256", "The bundle does not have the SHA-256 that was announced.")
        bundle = open_bundle(BufferedReader(reader, BUFFER))
        named = (bundle.manifest.collection, bundle.manifest.device)
        if named != (collection.reference, collection.device_reference):
            return Refusal("OTHER_ORDER", "The bundle is of another order or device.")
        _store(region, collection, bundle)
    except RefusedBundle as refused:
        return Refusal(refused.code.upper(), refused.sentence)
    except RefusedMedia as media:
        return Refusal("MEDIA", str(media))
    except CannotJudge as unclear:
        return Refusal("CANNOT_JUDGE", f"It cannot be judged, so none of it is kept: {unclear}")
    except Destroyed as gone:
        return Refusal("KEYS_DESTROYED", f"The tenant's keys are gone: {gone}")
    except (CannotOpen, storage.NotStored):
        return Refusal("CHUNKS", "A stored chunk is damaged or gone.", CollectionState.FAILED)
    return None


def _store(region: str, collection: Collection, bundle: Bundle) -> None:
    """Everything in one transaction; files of a transaction that is undone are removed."""
    totals = Totals()
    with no_orphans(region, totals), transaction.atomic(using=region), Behind() as behind:
        found = (
            Collection.objects.filter(pk=collection.pk, state=CollectionState.CHECKING)
            .select_for_update(of=("self",))
            .first()
        )
        if found is None:
            return  # somebody else has checked it meanwhile
        at = clock.now(region)
        keys = Keys(region, found.tenant_id, at)
        keys.ready()
        guard = EntryGuard()
        came: dict[tuple[str, str], Stored] = {}
        for file in bundle.files:
            job = _job(keys, guard, found, file, totals.files)
            begin_file(file, job, found.pk, at)
            stored = store_file(Line(region), bundle, file, job, behind)
            keep_file(job, stored)
            totals.add(stored)
            came[file.kind, file.source if file.kind == "event_log" else ""] = stored
        _settle_parts(found, bundle, came)
        _make_ready(region, found, totals, at)
        totals.committing = True


def _job(
    keys: Keys, guard: EntryGuard, collection: Collection, file: BundleFile, names: list[str]
) -> FileJob:
    return FileJob(
        keys=keys,
        tenant_id=collection.tenant_id,
        room_id=collection.room_id,
        device_id=collection.device_id,
        room_reference=collection.room_reference,
        device_reference=collection.device_reference,
        collection_reference=collection.reference,
        file_id=uuid.uuid4(),
        kind=file.kind.value,
        source=source_of(file),
        names=names,
        guard=guard,
    )


def _settle_parts(
    collection: Collection, bundle: Bundle, came: dict[tuple[str, str], Stored]
) -> None:
    """What came of each ordered part."""
    left_out = {str(one.kind): one.code for one in bundle.manifest.left_out}
    for part in CollectionPart.objects.filter(collection=collection):
        stored = came.get((part.kind, part.channel))
        if stored is None:
            part.state = PartState.LEFT_OUT
            part.why = left_out.get(part.kind, "The device sent nothing for it.")[:200]
        else:
            part.entries = stored.entries
            kept = stored.entries or not stored.kept_out
            part.state = PartState.KEPT if kept else PartState.KEPT_OUT
            part.why = stored.kept_out
        part.save(update_fields=["state", "entries", "why"])


def _make_ready(region: str, collection: Collection, totals: Totals, at: datetime) -> None:
    collection.state = CollectionState.READY
    collection.ready_at = at
    collection.bundle_bytes = Upload.objects.get(collection=collection).bytes
    collection.entries, collection.cuts = totals.entries, totals.cuts
    collection.masks, collection.files_kept_out = totals.masks, totals.kept_out
    collection.save(
        update_fields=[
            "state", "ready_at", "bundle_bytes", "entries", "cuts", "masks", "files_kept_out",
        ]
    )  # fmt: skip
    _record(
        region,
        "collection.ready",
        collection,
        {"entries": totals.entries, "cuts": totals.cuts, "kept_out": totals.kept_out},
    )


def _end(region: str, collection_id: uuid.UUID, refusal: Refusal) -> None:
    with transaction.atomic(using=region):
        collection = (
            Collection.objects.filter(pk=collection_id, state=CollectionState.CHECKING)
            .select_for_update(of=("self",))
            .first()
        )
        if collection is None:
            return
        collection.state = refusal.state
        collection.why_code, collection.why = refusal.code[:40], refusal.sentence[:300]
        collection.save(update_fields=["state", "why_code", "why"])
        _record(region, f"collection.{refusal.state.value}", collection, {"code": refusal.code})


def _record(region: str, kind: str, collection: Collection, detail: dict[str, object]) -> None:
    audit.record_system(
        kind,
        region=region,
        tenant=(collection.tenant_id, collection.tenant_reference),
        subject=("device", collection.device_reference),
        detail={"collection": collection.reference, **detail},
    )


def _drop_chunks(region: str, upload: Upload, chunks: list[Chunk]) -> None:
    """The sealed chunks go as soon as the bundle is judged."""
    still = Collection.objects.filter(pk=upload.collection_id, state=CollectionState.CHECKING)
    if still.exists():
        return  # it is checked again
    for chunk in chunks:
        remove_chunk(region, chunk.stored_as)
    with transaction.atomic(using=region):
        UploadPart.objects.filter(tenant_id=upload.tenant_id, upload=upload).delete()
        Upload.objects.filter(pk=upload.pk).update(dropped_at=clock.now(region))
