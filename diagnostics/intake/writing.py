"""Queries and activity, sealed and written in the transaction of the check."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any, Final

from diagnostics.bundles.entries import ActivityLine
from diagnostics.intake.job import FileJob
from diagnostics.kinds import KeyClass
from diagnostics.models import ActivityEntry, SystemQuery
from diagnostics.vault.keys import place_of
from rooms.drain.line import Line, columns_of, unnested

AT_ONCE: Final = 1_000

ACTIVITY: Final = {
    "id": "uuid", "tenant_id": "uuid", "file_id": "uuid", "room_id": "uuid",
    "room_reference": "text", "device_id": "uuid", "device_reference": "text",
    "collection_reference": "text", "at": "timestamptz", "kind": "text", "content": "bytea",
}  # fmt: skip


def insert(table: str, columns: dict[str, str]) -> str:
    """One statement for any number of rows."""
    names = ", ".join(columns)
    return f"insert into {table} ({names}) select {names} from {unnested(columns)}"  # noqa: S608 - ours


ADD_ACTIVITY: Final = insert("diagnostics_activityentry", ACTIVITY)


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
