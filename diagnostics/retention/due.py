"""What is due in a region, by class and age. The times stand in the data catalogue alone."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Final

from diagnostics.catalogue.keeping import (
    CONTENT,
    KEPT_RECORD,
    KEYS,
    NOTICES,
    ORDERS,
    PEOPLE,
    REMEDIATIONS,
    STOPS,
)
from diagnostics.kinds import KeyClass, PartKind
from diagnostics.retention.files import File, class_of
from rooms.drain.line import Line


class Unlimited(ValueError):
    """The catalogue names no time for something that is destroyed by age."""


def _time(keep: object) -> timedelta:
    time = getattr(keep, "time", None)
    if time is None:
        raise Unlimited("The catalogue names no time; say one in diagnostics/catalogue/keeping.py.")
    return timedelta(seconds=time.total_seconds())


# A log holds masked names of people beside its lines, so the shorter of both times counts.
LASTS: Final[dict[KeyClass, timedelta]] = {
    KeyClass.LOG: min(_time(CONTENT), _time(PEOPLE)),
    KeyClass.QUERY: _time(CONTENT),
    KeyClass.ACTIVITY: _time(PEOPLE),
}
ORDERS_LAST: Final = _time(ORDERS)
KEYS_LAST: Final = _time(KEYS)
RECORD_LASTS: Final = _time(KEPT_RECORD)
REMEDIATIONS_LAST: Final = _time(REMEDIATIONS)
NOTICES_LAST: Final = _time(NOTICES)
STOPS_LAST: Final = _time(STOPS)
KINDS_OF: Final[dict[KeyClass, list[str]]] = {
    klass: [kind.value for kind in PartKind if class_of(kind) == klass] for klass in LASTS
}
# Tenants with anything due or unfinished; the oldest file of each decides.
WHOSE: Final = """
    select f.tenant_id, min(c.tenant_reference)
    from diagnostics_collectionfile f
    join diagnostics_collection c on c.tenant_id = f.tenant_id and c.id = f.collection_id
    where f.destroyed_at is not null or (f.kind = any(%s::text[]) and f.made_at <= %s)
    group by f.tenant_id order by min(f.made_at) limit 500
"""
FILES: Final = """
    select f.id, f.reference, f.kind, f.stored_as, f.stored_bytes
    from diagnostics_collectionfile f
    where f.tenant_id = %s
      and (f.destroyed_at is not null or (f.kind = any(%s::text[]) and f.made_at <= %s))
      and not diagnostics.is_held(f.tenant_id, f.room_id, f.collection_id)
    order by f.made_at, f.id limit %s
"""


def tenants_with_files(line: Line, now: datetime) -> list[tuple[uuid.UUID, str]]:
    """Tenants of which files are due, those with the oldest first; id and reference."""
    found: dict[uuid.UUID, str] = {}
    for klass, lasts in LASTS.items():
        for tenant_id, reference in line.rows(WHOSE, KINDS_OF[klass], now - lasts):
            found.setdefault(tenant_id, reference)
    return list(found.items())


def files_due(line: Line, tenant_id: uuid.UUID, now: datetime, most: int) -> list[File]:
    """Files of a tenant that are due and not held, oldest first."""
    files: dict[uuid.UUID, File] = {}
    for klass, lasts in LASTS.items():
        for row in line.rows(FILES, tenant_id, KINDS_OF[klass], now - lasts, most):
            files.setdefault(row[0], File(*row))
    return list(files.values())[:most]
