"""What was collected of a room, sealed as intake seals it: rows of canaries in every table."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import transaction

from access.models import Tenant
from access.references import new_reference
from access.residency import region
from diagnostics import models
from diagnostics.bundles.entries import ActivityLine, Entry
from diagnostics.explorer.content import LineContent
from diagnostics.intake.guarding import Guarded
from diagnostics.intake.job import FileJob, Keys
from diagnostics.intake.lines import LineWriter
from diagnostics.intake.writing import write_activity, write_query
from diagnostics.redaction import Kind, Mask
from rooms.drain.line import Line
from rooms.models import Device
from tests.diagnostics.collections import collected

OWNER: Final = "eu_owner"
# In a case, which has readers of its own.
CASE: Final = "CnryCase"
THEN: Final = datetime(2026, 11, 20, 9, tzinfo=UTC)
# Table → the scope that opens it.
SCOPE_OF: Final = {
    **dict.fromkeys(
        (
            "diagnostics_collection",
            "diagnostics_collectionpart",
            "diagnostics_upload",
            "diagnostics_uploadpart",
            "diagnostics_legalhold",
            "diagnostics_destruction",
        ),
        "health.view",
    ),
    **dict.fromkeys(
        (
            "diagnostics_collectionfile",
            "diagnostics_logentry",
            "diagnostics_logword",
            "diagnostics_loghour",
            "diagnostics_logtotal",
            "diagnostics_reveal",
            "diagnostics_systemquery",
            "diagnostics_download",
            "diagnostics_contentkey",
        ),
        "diagnostics.view",
    ),
    **dict.fromkeys(("diagnostics_activityentry", "diagnostics_activitykey"), "activity.view"),
    "diagnostics_logmask": "diagnostics.view, and a reveal of one's own",
}
# Of these a grant for some rooms opens nothing, or, of the keys, what its scope opens.
NO_ROOM: Final = {
    "diagnostics_logmask",
    "diagnostics_uploadpart",
    "diagnostics_legalhold",
    "diagnostics_destruction",
    "diagnostics_logtotal",
    "diagnostics_contentkey",
    "diagnostics_activitykey",
}


@dataclass(frozen=True)
class Collected:
    """What addresses name."""

    collection: str
    file: str
    query: str
    line: uuid.UUID
    hold: str
    case: str


def plant(tenant: Tenant, device: Device, word: str) -> Collected:
    """A checked collection of the device. Called as the worker, on an open vault."""
    hold, case = new_reference("LH"), new_reference("CA")
    order = collected(device, tenant, reason=word, ordered_by_label=word, why=word)
    keys, query = Keys("eu", tenant.pk, THEN), new_reference("SQ")
    job = FileJob(
        keys=keys,
        tenant_id=tenant.pk,
        room_id=device.room_id,
        device_id=device.pk,
        room_reference=device.room.reference,
        device_reference=device.reference,
        collection_reference=order.reference,
        file_id=uuid.uuid4(),
        kind="app_log",
        source=f"{word} log",
    )
    with region("eu"):
        file = _as_owner(tenant, order, job, word, hold)
        _case(tenant, case)
        with transaction.atomic(using="eu"):
            keys.ready()
            _sealed(job, query, word)
        line = models.LogEntry.objects.using(OWNER).get(file_id=job.file_id)
        _looked_at(tenant, line, file, word)
        models.Collection.objects.using(OWNER).filter(pk=order.pk).update(
            state="ready", ready_at=datetime.now(UTC)
        )
    return Collected(order.reference, file.reference, query, line.pk, hold, case)


def _as_owner(
    tenant: Tenant, order: models.Collection, job: FileJob, word: str, hold: str
) -> models.CollectionFile:
    """The file, the upload it came by, and what keeps and destroys it."""

    def make(model: type[Any], **fields: Any) -> Any:
        return model.objects.using(OWNER).create(tenant_id=tenant.pk, **fields)

    here = {"room_id": job.room_id, "device_id": job.device_id}
    now = datetime.now(UTC)
    upload = make(
        models.Upload, **here, name=f"eu.{uuid.uuid4().hex}", collection=order, bytes=9,
        sha256="0" * 64, received=9, parts=1, begun_at=now,
    )  # fmt: skip
    make(models.UploadPart, upload=upload, number=0, offset=0, bytes=9, stored_as=word,
         stored_at=now)  # fmt: skip
    make(
        models.LegalHold, reference=hold, tenant_reference=tenant.reference,
        reach="room", reach_id=job.room_id, reach_reference=job.room_reference, reason=word,
        grant_reference="GR-00000001", placed_by_id=tenant.pk, placed_by_person=tenant.pk,
        placed_by_label=word, placed_at=now, lapses_at=now + timedelta(days=3),
    )  # fmt: skip
    make(models.Destruction, reference=new_reference("DS"), tenant_reference=tenant.reference,
         cause="retention", begun_at=now, counts={word: 1})  # fmt: skip
    file: models.CollectionFile = make(
        models.CollectionFile, **here, id=job.file_id, reference=new_reference("FL"),
        collection=order, room_reference=job.room_reference, kind="app_log",
        device_reference=job.device_reference, collection_reference=order.reference,
        path=f"App/{word}.log", source=job.source, bytes=9, sha256="0" * 64, entries=1, masks=1,
        first_at=THEN, last_at=THEN, kept_out_why=word, made_at=now,
    )  # fmt: skip
    return file


def _case(tenant: Tenant, reference: str) -> None:
    """A case, which whoever asks, decides or audits for the tenant may see without a grant."""
    now = datetime.now(UTC)
    models.Case.objects.using(OWNER).create(
        tenant_id=tenant.pk,
        reference=reference,
        tenant_reference=tenant.reference,
        kind="erasure",
        reach_reference=tenant.reference,
        reason=CASE,
        asked_by=CASE,
        state_at=now,
        opened_by_id=tenant.pk,
        opened_by_person=tenant.pk,
        opened_by_label=CASE,
        opened_at=now,
        deadline_at=now + timedelta(days=30),
    )


def _sealed(job: FileJob, query: str, word: str) -> None:
    """A line with a masked name, a query's answer and an activity."""
    line = Line("eu")
    writer = LineWriter(line, job)
    entry = Entry(1, THEN, 2, job.source, word, 3001, word, {word: word}, word)
    content = LineContent(f"{word} [person 1]", {word: word}, f"{word} raw [person 1]")
    writer.add([entry], [Guarded(content, word, 0, (Mask(1, Kind.PERSON, word),))])
    writer.end()
    answer = {"made_at": THEN.isoformat(), "devices": [_device_of(word)]}
    usb = FileJob(**{**vars(job), "kind": "query_usb"})
    write_query(line, usb, query, THEN, answer, 0)
    told = ActivityLine(THEN, word[:40], word, word)
    write_activity(line, job, [(told, {"who": word, "what": word})])


def _device_of(word: str) -> dict[str, object]:
    return {
        "instance": word,
        "parent": None,
        "vendor_id": "046d",
        "product_id": "0867",
        "name": word,
        "port": word,
        "speed": "super",
        "state": "started",
    }


def _looked_at(
    tenant: Tenant, line: models.LogEntry, file: models.CollectionFile, word: str
) -> None:
    """A name laid open, and a file offered, by somebody before."""
    now = datetime.now(UTC)
    by: dict[str, Any] = {
        "tenant_id": tenant.pk,
        "room_id": line.room_id,
        "by_id": tenant.pk,
        "by_label": word,
        "reason": word,
        "grant_reference": "GR-00000001",
        "ends_at": now + timedelta(minutes=9),
    }
    models.Reveal.objects.using(OWNER).create(**by, entry_id=line.pk, at=now)
    models.Download.objects.using(OWNER).create(
        **by, file=file, token_digest=uuid.uuid4().bytes * 2, made_at=now
    )
