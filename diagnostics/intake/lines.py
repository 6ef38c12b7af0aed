"""The lines of a log, sealed and written a thousand at once, in the transaction of the check."""

from __future__ import annotations

import os
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any, Final

from diagnostics.bundles.entries import Entry
from diagnostics.explorer.words import words_of
from diagnostics.intake.behind import Behind
from diagnostics.intake.guarding import Guarded
from diagnostics.intake.job import FileJob
from diagnostics.intake.writing import insert
from diagnostics.kinds import KeyClass
from diagnostics.models import LogEntry, LogMask
from diagnostics.vault.keys import place_of
from rooms.drain.line import Line, array, columns_of

# Words whose hash is kept: of at most 40 characters, so 5 MB at the most.
MOST_HASHES: Final = 20_000
# Characters of a time that tell its hour; all times of entries are in UTC.
HOUR_OF: Final = len("2022-09-14T08")
# The first digit of a UUID's fourth group has two bits of its own.
_VARIANT: Final = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}

MASK: Final = {
    "id": "uuid", "tenant_id": "uuid", "entry_id": "uuid", "file_id": "uuid", "room_id": "uuid",
    "number": "int", "kind": "text", "content": "bytea",
}  # fmt: skip
HOUR: Final = {
    "tenant_id": "uuid", "hour": "timestamptz", "file_id": "uuid", "room_id": "uuid",
    "device_id": "uuid", "level": "int", "source": "text", "lines": "bigint",
}  # fmt: skip
TOTAL: Final = {
    "tenant_id": "uuid", "hour": "timestamptz", "source": "text", "level": "int",
    "lines": "bigint",
}  # fmt: skip

# What all lines of a file share is given once; the sealed contents stand in a row in one value, of
# which each line has its piece.
ADD_ENTRIES: Final = """
    insert into diagnostics_logentry (
        tenant_id, file_id, room_id, device_id, source, id, number, at, level, provider, event_id,
        cuts, masks, content)
    select %s, %s, %s, %s, %s, v.id, %s + v.n, v.at, v.level, v.provider, v.event_id,
        v.cuts, v.masks, substring(%s::bytea from v.begins for v.bytes)
    from unnest(%s::uuid[], %s::timestamptz[], %s::int[], %s::text[], %s::int[], %s::int[],
                %s::int[], %s::int[], %s::int[]) with ordinality
        as v(id, at, level, provider, event_id, cuts, masks, begins, bytes, n)
"""
# Each word's hash is given once, and then which line has which word, by their numbers from 1.
ADD_WORDS: Final = """
    insert into diagnostics_logword (tenant_id, room_id, file_id, word, at, entry_id)
    select %s, %s, %s, h.word, e.at, e.id
    from unnest(%s::int[], %s::int[]) as w(line, hash)
    join unnest(%s::bytea[]) with ordinality as h(word, n) on h.n = w.hash
    join unnest(%s::uuid[], %s::timestamptz[]) with ordinality as e(id, at, n) on e.n = w.line
"""
ADD_MASKS: Final = insert("diagnostics_logmask", MASK)
ADD_HOURS: Final = insert("diagnostics_loghour", HOUR)
ADD_TOTALS: Final = (
    insert("diagnostics_logtotal", TOTAL)
    + " on conflict (tenant_id, hour, source, level)"
    + " do update set lines = diagnostics_logtotal.lines + excluded.lines"
)


@dataclass(frozen=True)
class _Batch:
    """Sealed lines that are written together, column by column."""

    first: int
    ids: list[str]
    at: list[str]
    levels: list[int]
    providers: list[str]
    events: list[int | None]
    cuts: list[int]
    masks: list[int]
    contents: list[bytes]
    # Each hash once, and its number from 1; then for each word of each line both numbers.
    hashes: dict[bytes, int]
    lines_of_words: list[int]
    words: list[int]
    hidden: list[tuple[Any, ...]]

    def write(self, line: Line, job: FileJob) -> None:
        """Write them all."""
        lengths = [len(content) for content in self.contents]
        begins = accumulate(lengths[:-1], initial=1)
        ids, times = f"{{{','.join(self.ids)}}}", f"{{{','.join(self.at)}}}"
        line.run(
            ADD_ENTRIES,
            job.tenant_id, job.file_id, job.room_id, job.device_id, job.source, self.first,
            b"".join(self.contents), ids, times,
            _whole(self.levels), _spelled(self.providers), _spelled(self.events),
            _whole(self.cuts), _whole(self.masks), _whole(begins), _whole(lengths),
        )  # fmt: skip
        line.run(
            ADD_WORDS,
            job.tenant_id, job.room_id, job.file_id,
            _whole(self.lines_of_words), _whole(self.words), list(self.hashes), ids, times,
        )  # fmt: skip
        if self.hidden:
            line.run(ADD_MASKS, *columns_of(self.hidden))


def _spelled(values: Sequence[str | int | None]) -> str:
    """The text of an array in which the same few values come again and again."""
    known = {value: array([value])[1:-1] for value in set(values)}
    return f"{{{','.join([known[value] for value in values])}}}"


def _whole(numbers: Iterable[int]) -> str:
    """Whole numbers as the text of an array."""
    return f"{{{','.join(map(str, numbers))}}}"


def fresh_ids(count: int) -> list[str]:
    """So many random UUIDs, of the fourth version, as text; made together, which is quicker."""
    drawn = os.urandom(16 * count).hex()
    return [
        f"{one[:8]}-{one[8:12]}-4{one[13:16]}-{_VARIANT[one[16]]}{one[17:20]}-{one[20:]}"
        for one in (drawn[at : at + 32] for at in range(0, 32 * count, 32))
    ]


class LineWriter:
    """The lines of one log file, sealed and written in batches, each while the next is made."""

    def __init__(self, line: Line, job: FileJob, behind: Behind | None = None) -> None:
        self.line, self.job = line, job
        self.entries = self.cuts = self.masks = 0
        self.first_at: datetime | None = None
        self.last_at: datetime | None = None
        self._behind = behind
        self._hours: Counter[tuple[str, int]] = Counter()
        keys = job.keys
        self._key, self._name_key = keys.key(KeyClass.LOG), keys.key(KeyClass.NAME)
        self._hash = keys.hasher()
        self._hashes: dict[str, bytes] = {}
        self._place = place_of(line.region, job.tenant_id, LogEntry, "content")
        self._mask_place = place_of(line.region, job.tenant_id, LogMask, "content")

    def add(self, entries: Sequence[Entry], guarded: Sequence[Guarded]) -> None:
        """Seal and write lines; a thousand or so at once are quickest."""
        if not entries:
            return
        times = [entry.at for entry in entries]
        self.first_at = min(times if self.first_at is None else (self.first_at, *times))
        self.last_at = max(times if self.last_at is None else (self.last_at, *times))
        levels = [entry.level if 1 <= entry.level <= 5 else 4 for entry in entries]
        told = [at.isoformat() for at in times]
        self._hours.update(zip([at[:HOUR_OF] for at in told], levels, strict=True))
        ids = fresh_ids(len(entries))
        seal, place = self._key.seal, self._place
        batch = _Batch(
            first=self.entries,
            ids=ids,
            at=told,
            levels=levels,
            providers=[one.provider for one in guarded],
            events=[entry.event_id for entry in entries],
            cuts=[one.cuts for one in guarded],
            masks=[len(one.masks) for one in guarded],
            contents=[
                seal(one.content.to_bytes(), place, made)
                for one, made in zip(guarded, ids, strict=True)
            ],
            hashes={},
            lines_of_words=[],
            words=[],
            hidden=[],
        )
        self._index(batch, entries, guarded)
        self._hide(batch, guarded)
        self.entries += len(entries)
        self.cuts += sum(batch.cuts)
        self.masks += sum(batch.masks)
        if self._behind is None:
            batch.write(self.line, self.job)
        else:
            self._behind.do(batch.write, self.line, self.job)

    def _index(self, batch: _Batch, entries: Sequence[Entry], guarded: Sequence[Guarded]) -> None:
        """Which words stand in which lines."""
        known, numbers, hashes = batch.hashes, dict[str, int](), self._hashes
        again: dict[tuple[str, ...], set[int]] = {}
        for number, (entry, one) in enumerate(zip(entries, guarded, strict=True), 1):
            content = one.content
            texts = (content.text, *content.fields.values(), str(entry.event_id or ""))
            found = again.get(texts)
            if found is None:
                found = set()
                for word in words_of(*texts):
                    at = numbers.get(word)
                    if at is None:
                        hashed = hashes.get(word) or self._hashed(word)
                        at = numbers[word] = known.setdefault(hashed, len(known) + 1)
                    found.add(at)
                again[texts] = found
            batch.words.extend(found)
            batch.lines_of_words.extend([number] * len(found))

    def _hashed(self, word: str) -> bytes:
        """The word's hash, made once: a log says much the same in each line."""
        if len(self._hashes) >= MOST_HASHES:
            self._hashes.clear()
        known = self._hashes[word] = self._hash(word)
        return known

    def _hide(self, batch: _Batch, guarded: Sequence[Guarded]) -> None:
        """The names behind the marks of lines, sealed with keys of their own class."""
        job = self.job
        for entry, one in zip(batch.ids, guarded, strict=True):
            for mask in one.masks:
                key = uuid.uuid4()
                hidden = self._name_key.seal(mask.original.encode(), self._mask_place, key)
                batch.hidden.append(
                    (key, job.tenant_id, entry, job.file_id, job.room_id, mask.number,
                     str(mask.kind), hidden)
                )  # fmt: skip

    def end(self) -> None:
        """Wait for what is being written, and write the roll-ups of the file."""
        if self._behind is not None:
            self._behind.wait()
        if not self._hours:
            return
        job = self.job
        hours = [
            ((datetime.fromisoformat(f"{hour}:00+00:00"), level), count)
            for (hour, level), count in sorted(self._hours.items())
        ]
        self.line.run(
            ADD_HOURS,
            *columns_of(
                (job.tenant_id, hour, job.file_id, job.room_id, job.device_id, level, job.source, n)
                for (hour, level), n in hours
            ),
        )
        self.line.run(
            ADD_TOTALS,
            *columns_of((job.tenant_id, hour, job.source, level, n) for (hour, level), n in hours),
        )
