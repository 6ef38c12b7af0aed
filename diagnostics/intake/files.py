"""One file of a bundle through guard and vault, into its tables and, redacted, into the storage."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_json

from access.references import new_reference
from diagnostics import storage
from diagnostics.bundles.bundle import Bundle, BundleFile
from diagnostics.bundles.entries import ActivityLine, Entry, KeptOut
from diagnostics.bundles.queries import SCHEMAS
from diagnostics.intake.behind import Behind
from diagnostics.intake.guarding import Guarded, guard_activity, guard_document
from diagnostics.intake.job import FileJob
from diagnostics.intake.lines import LineWriter
from diagnostics.intake.writing import AT_ONCE, write_activity, write_query
from diagnostics.kinds import LOGS, QUERIES, KeyClass, PartKind
from diagnostics.models import CollectionFile
from diagnostics.redaction.media import refuse_media
from diagnostics.vault.keys import place_of
from diagnostics.vault.streams import seal_stream
from rooms.drain.line import Line

LONGEST_SOURCE = 80


@dataclass
class Stored:
    """What came of one file."""

    entries: int = 0
    cuts: int = 0
    masks: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    stored_as: str = ""
    stored_bytes: int = 0
    kept_out: str = ""


def source_of(file: BundleFile) -> str:
    """The name of the log, as facets show it."""
    return file.source[-LONGEST_SOURCE:]


def store_file(
    line: Line, bundle: Bundle, file: BundleFile, job: FileJob, behind: Behind
) -> Stored:
    """Judge and store one file. CannotJudge and RefusedMedia refuse the whole bundle."""
    refuse_media(file.head)
    if file.kind in QUERIES:
        return _store_query(line, bundle, file, job)
    if file.kind == PartKind.ACTIVITY:
        return _store_activity(line, bundle, file, job)
    if file.kind in LOGS:
        return _store_log(line, bundle, file, job, behind)
    return Stored(kept_out="Nothing here knows this kind of file.")


def _store_log(
    line: Line, bundle: Bundle, file: BundleFile, job: FileJob, behind: Behind
) -> Stored:
    """The lines into their table, and at the same time, redacted, into a sealed file."""
    writer, stored = LineWriter(line, job, behind), Stored()
    place = place_of(line.region, job.tenant_id, CollectionFile, "stored_as")
    key = job.keys.key(KeyClass.LOG)
    redacted = _lines(bundle, file, job, writer, stored)
    kept = storage.put(line.region, "files", seal_stream(key, place, job.file_id, redacted))
    job.names.append(kept.name)
    stored.stored_as, stored.stored_bytes = kept.name, kept.bytes
    writer.end()
    stored.entries, stored.cuts, stored.masks = writer.entries, writer.cuts, writer.masks
    stored.first_at, stored.last_at = writer.first_at, writer.last_at
    return stored


def _lines(
    bundle: Bundle, file: BundleFile, job: FileJob, writer: LineWriter, stored: Stored
) -> Iterator[bytes]:
    """The redacted lines as JSON, one a line; they are written to their table on the way."""
    for entries in _batches(bundle.entries(file), stored):
        guarded = job.guard.guard(entries)
        writer.add(entries, guarded)
        yield b"".join(map(_as_json, entries, guarded))


def _batches(entries: Iterator[Entry | KeptOut], stored: Stored) -> Iterator[list[Entry]]:
    """The entries, some at a time; what was kept out is noted."""
    held: list[Entry] = []
    for entry in entries:
        if isinstance(entry, KeptOut):
            stored.kept_out = entry.why[:200]
            continue
        held.append(entry)
        if len(held) >= AT_ONCE:
            yield held
            held = []
    if held:
        yield held


def _as_json(entry: Entry, guarded: Guarded) -> bytes:
    told = {
        "at": entry.at.isoformat(),
        "level": entry.level,
        "source": entry.source,
        "provider": guarded.provider,
        "event_id": entry.event_id,
        "text": guarded.content.text,
        "fields": guarded.content.fields,
    }
    return to_json(told) + b"\n"


def _store_query(line: Line, bundle: Bundle, file: BundleFile, job: FileJob) -> Stored:
    told = bundle.query(file)
    if isinstance(told, KeptOut):
        return Stored(kept_out=told.why[:200])
    adapter: TypeAdapter[Any] = SCHEMAS[file.kind]
    document, cuts = guard_document(adapter.dump_python(told, mode="json"))
    write_query(line, job, new_reference("SQ"), told.made_at, document, cuts)
    return Stored(entries=1, cuts=cuts, first_at=told.made_at, last_at=told.made_at)


def _store_activity(line: Line, bundle: Bundle, file: BundleFile, job: FileJob) -> Stored:
    stored = Stored()
    rows: list[tuple[ActivityLine, dict[str, str]]] = []
    for told in bundle.activity(file):
        if isinstance(told, KeptOut):
            stored.kept_out = told.why[:200]
            continue
        content, cuts = guard_activity(told)
        rows.append((told, content))
        stored.entries += 1
        stored.cuts += cuts
        stored.first_at = min(stored.first_at or told.at, told.at)
        stored.last_at = max(stored.last_at or told.at, told.at)
        if len(rows) >= AT_ONCE:
            write_activity(line, job, rows)
            rows.clear()
    write_activity(line, job, rows)
    return stored


def keep_file(job: FileJob, stored: Stored) -> None:
    """What came of a file, into its row."""
    told = dataclasses.asdict(stored)
    told["kept_out_why"] = told.pop("kept_out")
    CollectionFile.objects.filter(pk=job.file_id).update(**told)


def begin_file(
    file: BundleFile, job: FileJob, collection_id: uuid.UUID, at: datetime
) -> CollectionFile:
    """The row of a file before its lines, which point at it."""
    return CollectionFile.objects.create(
        id=job.file_id,
        tenant_id=job.tenant_id,
        reference=new_reference("FL"),
        collection_id=collection_id,
        room_id=job.room_id,
        device_id=job.device_id,
        room_reference=job.room_reference,
        device_reference=job.device_reference,
        collection_reference=job.collection_reference,
        path=file.path,
        kind=file.kind,
        source=job.source,
        bytes=file.listed.bytes,
        sha256=file.listed.sha256,
        made_at=at,
    )
