"""Which events of one tenant a bundle is about: of a day, of a month's views, or a single one.

Reads what the open context may: under rooms_web that is the tenant in hand, under audit.view.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from access.audit.export import MOST, NothingToExport, Source, TooMuchToExport

__all__ = ["MOST", "TooMuchToExport", "between", "of_event", "with_grounds"]


def of_event(of: Source, event_id: uuid.UUID) -> dict[int, bytes]:
    """One event's leaf by its position. Raises NothingToExport before it has its place."""
    return _leaves(of, "e.id = %s", [event_id])


def between(
    of: Source, tenant_id: uuid.UUID, begin: datetime, end: datetime, *, views: bool = False
) -> dict[int, bytes]:
    """The leaves of a tenant's events of a time, or of what was opened then, by position.

    Raises NothingToExport when there are none, TooMuchToExport beyond MOST.
    """
    condition = "e.tenant_id = %s and e.recorded_at >= %s and e.recorded_at < %s"
    if views:
        condition += " and e.type >= 'view.' and e.type < 'view/' and e.outcome = 'opened'"
    return _leaves(of, condition, [tenant_id, begin, end])


def with_grounds(of: Source, found: Mapping[int, bytes]) -> dict[int, bytes]:
    """The same events with what they stand on: the requests, votes and lives of their grants.

    With these, a bundle of a part of the log can be held against its grants without the rest.
    """
    grants = {grant for leaf in found.values() for grant in json.loads(leaf)["grant_references"]}
    if not grants:
        return dict(found)
    lives = _of_subjects(of, grants)
    told = [json.loads(leaf) for leaf in lives.values()]
    requests = {one["detail"]["request"] for one in told if one["type"] == "grant.ready"}
    return dict(sorted({**found, **lives, **_of_subjects(of, requests)}.items()))


def _of_subjects(of: Source, references: Collection[str]) -> dict[int, bytes]:
    """What is said of these requests or grants."""
    return _read(of, "e.subject_reference = any(%s)", [sorted(references)])


def _leaves(of: Source, condition: str, values: list[Any]) -> dict[int, bytes]:
    found = _read(of, condition, values)
    if not found:
        raise NothingToExport(f"The log has nothing of that up to its checkpoint at {of.size}.")
    if len(found) > MOST:
        raise TooMuchToExport(
            f"That is more than {MOST:,} events, the most in one download. Take a shorter time, or"
            " ask for the whole day or log: `manage.py export_audit`."
        )
    return found


def _read(of: Source, condition: str, values: list[Any]) -> dict[int, bytes]:
    with of.cursor as cursor:
        cursor.execute(
            f"select l.position, l.content from {of.log.event} e"  # noqa: S608 - ours
            f" join {of.log.leaf} l on l.event_id = e.id where {condition} and l.position < %s"
            " order by l.position limit %s",
            [*values, of.size, MOST + 1],
        )
        return {position: bytes(content) for position, content in cursor.fetchall()}
