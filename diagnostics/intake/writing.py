"""Sealed rows into their tables, a few thousand at once, in the transaction of the check."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from datetime import datetime
from typing import Any, Final

from diagnostics.bundles.entries import ActivityLine, Entry
from diagnostics.explorer.words import words_of
from diagnostics.intake.guarding import Guarded
from diagnostics.intake.job import FileJob
from diagnostics.kinds import KeyClass
from diagnostics.models import ActivityEntry, LogEntry, LogMask, SystemQuery
from diagnostics.vault.keys import place_of
from rooms.drain.line import Line, columns_of, unnested

AT_ONCE: Final = 1_000
# Words whose hash is kept: of at most 40 characters, so 5 MB at the most.
MOST_HASHES: Final = 20_000

ENTRY: Final = {
    "id": "uuid", "tenant_id": "uuid", "file_id": "uuid", "room_id": "uuid", "device_id": "uuid",
    "number": "int", "at": "timestamptz", "level": "int", "source": "text", "provider": "text",
    "event_id": "int", "cuts": "int", "masks": "int", "content": "bytea",
}  # fmt: skip
WORD: Final = {
    "tenant_id": "uuid", "word": "bytea", "at": "timestamptz", "entry_id": "uuid",
    "room_id": "uuid", "file_id": "uuid",
}  # fmt: skip
MASK: Final = {
    "id": "uuid", "tenant_id": "uuid", "entry_id": "uuid", "file_id": "uuid", "room_id": "uuid",
    "number": "int", "kind": "text", "content": "bytea",
}  # fmt: skip
ACTIVITY: Final = {
    "id": "uuid", "tenant_id": "uuid", "file_id": "uuid", "room_id": "uuid",
    "room_reference": "text", "device_id": "uuid", "device_reference": "text",
    "collection_reference": "text", "at": "timestamptz", "kind": "text", "content": "bytea",
}  # fmt: skip
HOUR: Final = {
    "tenant_id": "uuid", "hour": "timestamptz", "file_id": "uuid", "room_id": "uuid",
    "device_id": "uuid", "level": "int", "source": "text", "lines": "bigint",
}  # fmt: skip
TOTAL: Final = {
    "tenant_id": "uuid", "hour": "timestamptz", "source": "text", "level": "int",
    "lines": "bigint",
}  # fmt: skip


def insert(table: str, columns: dict[str, str]) -> str:
    """One statement for any number of rows."""
    names = ", ".join(columns)
    return f"insert into {table} ({names}) select {names} from {unnested(columns)}"  # noqa: S608 - ours


ADD_ENTRIES: Final = insert("diagnostics_logentry", ENTRY)
ADD_WORDS: Final = insert("diagnostics_logword", WORD) + " on conflict do nothing"
ADD_MASKS: Final = insert("diagnostics_logmask", MASK)
ADD_ACTIVITY: Final = insert("diagnostics_activityentry", ACTIVITY)
ADD_HOURS: Final = insert("diagnostics_loghour", HOUR)
ADD_TOTALS: Final = (
    insert("diagnostics_logtotal", TOTAL)
    + " on conflict (tenant_id, hour, source, level)"
    + " do update set lines = diagnostics_logtotal.lines + excluded.lines"
)


class LineWriter:
    """The lines of one log file, sealed and written in batches."""

    def __init__(self, line: Line, job: FileJob) -> None:
        self.line, self.job = line, job
        self.entries = self.cuts = self.masks = 0
        self.first_at: datetime | None = None
        self.last_at: datetime | None = None
        self._rows: list[tuple[Any, ...]] = []
        self._words: list[tuple[Any, ...]] = []
        self._masks: list[tuple[Any, ...]] = []
        self._hours: Counter[tuple[datetime, int]] = Counter()
        keys = job.keys
        self._key, self._name_key = keys.key(KeyClass.LOG), keys.key(KeyClass.NAME)
        self._hash = keys.hasher()
        self._hashes: dict[str, bytes] = {}
        self._place = place_of(line.region, job.tenant_id, LogEntry, "content")
        self._mask_place = place_of(line.region, job.tenant_id, LogMask, "content")

    def add(self, entry: Entry, guarded: Guarded) -> None:
        """One line; written when there are enough of them."""
        job, made = self.job, uuid.uuid4()
        sealed = self._key.seal(guarded.content.to_bytes(), self._place, made)
        self.entries += 1
        self.cuts += guarded.cuts
        self.masks += len(guarded.masks)
        self.first_at = min(self.first_at or entry.at, entry.at)
        self.last_at = max(self.last_at or entry.at, entry.at)
        level = entry.level if 1 <= entry.level <= 5 else 4
        self._rows.append(
            (
                made, job.tenant_id, job.file_id, job.room_id, job.device_id, self.entries,
                entry.at, level, job.source, guarded.provider, entry.event_id,
                guarded.cuts, len(guarded.masks), sealed,
            )
        )  # fmt: skip
        fields = guarded.content.fields.values()
        for word in words_of(guarded.content.text, *fields, str(entry.event_id or "")):
            self._words.append(
                (job.tenant_id, self._hashed(word), entry.at, made, job.room_id, job.file_id)
            )
        for mask in guarded.masks:
            key = uuid.uuid4()
            hidden = self._name_key.seal(mask.original.encode(), self._mask_place, key)
            self._masks.append(
                (key, job.tenant_id, made, job.file_id, job.room_id, mask.number,
                 str(mask.kind), hidden)
            )  # fmt: skip
        self._hours[entry.at.replace(minute=0, second=0, microsecond=0), level] += 1
        if len(self._rows) >= AT_ONCE:
            self._flush()

    def _hashed(self, word: str) -> bytes:
        """The word's hash, made once: a log says much the same in each line."""
        known = self._hashes.get(word)
        if known is None:
            if len(self._hashes) >= MOST_HASHES:
                self._hashes.clear()
            known = self._hashes[word] = self._hash(word)
        return known

    def end(self) -> None:
        """Write what is left, and the roll-ups of the file."""
        self._flush()
        job = self.job
        hours = [
            (job.tenant_id, hour, job.file_id, job.room_id, job.device_id, level, job.source, n)
            for (hour, level), n in sorted(self._hours.items())
        ]
        totals = [
            (job.tenant_id, hour, job.source, level, n)
            for (hour, level), n in sorted(self._hours.items())
        ]
        self._run(ADD_HOURS, hours)
        self._run(ADD_TOTALS, totals)

    def _flush(self) -> None:
        for statement, rows in (
            (ADD_ENTRIES, self._rows),
            (ADD_WORDS, self._words),
            (ADD_MASKS, self._masks),
        ):
            self._run(statement, rows)
            rows.clear()

    def _run(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            self.line.run(statement, *columns_of(rows))


def write_activity(
    line: Line, job: FileJob, rows: list[tuple[ActivityLine, dict[str, str]]]
) -> None:
    """A batch of activity, sealed with keys of its own class."""
    key = job.keys.key(KeyClass.ACTIVITY)
    place = place_of(line.region, job.tenant_id, ActivityEntry, "content")
    made = []
    for told, content in rows:
        name = uuid.uuid4()
        sealed = key.seal(json.dumps(content, ensure_ascii=False).encode(), place, name)
        made.append(
            (
                name, job.tenant_id, job.file_id, job.room_id, job.room_reference, job.device_id,
                job.device_reference, job.collection_reference, told.at, told.kind, sealed,
            )
        )  # fmt: skip
    if made:
        line.run(ADD_ACTIVITY, *columns_of(made))


def write_query(
    line: Line, job: FileJob, reference: str, at: datetime, document: dict[str, Any], cuts: int
) -> None:
    """A query's answer, sealed."""
    made = uuid.uuid4()
    place = place_of(line.region, job.tenant_id, SystemQuery, "content")
    content = json.dumps(document, ensure_ascii=False).encode()
    SystemQuery.objects.create(
        id=made,
        tenant_id=job.tenant_id,
        reference=reference,
        file_id=job.file_id,
        room_id=job.room_id,
        device_id=job.device_id,
        kind=job.kind,
        at=at,
        cuts=cuts,
        content=job.keys.key(KeyClass.QUERY).seal(content, place, made),
    )
