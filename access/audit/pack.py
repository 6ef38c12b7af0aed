"""The evidence of one grant, told from the leaves alone: whoever holds them can tell the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from access.audit.store import Log

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

ENDS: Final = frozenset(
    {"grant.ended", "grant.returned", "grant.revoked", "grant.suspended", "grant.lapsed"}
)
REVISIONS: Final = frozenset({"request.submitted", "request.changed"})


def events_of(
    cursor: CursorWrapper, log: Log, grant: str, size: int, most: int | None = None
) -> dict[int, bytes]:
    """The leaves that concern a grant or the request it came from, by position; the first `most`.

    None is older than the first that is said of the request or grant: a grant's uses have no
    index, and so the tables of earlier months need not be walked.
    """
    cursor.execute(
        f"select e.detail ->> 'request' from {log.event} e"  # noqa: S608 - ours
        " where e.type in ('grant.ready', 'grant.made') and e.subject_reference = %s",
        [grant],
    )
    row = cursor.fetchone()
    request = row[0] if row else None
    cursor.execute(
        f"select min(e.recorded_at) from {log.event} e where e.subject_reference = any(%s)",  # noqa: S608 - ours
        [[name for name in (grant, request) if name]],
    )
    cursor.execute(
        f"select l.position, l.content from {log.event} e join {log.leaf} l on l.event_id = e.id"  # noqa: S608 - ours
        " where l.position < %s and e.recorded_at >= %s and (%s = any(e.grant_references)"
        " or (e.subject_type = 'request' and e.subject_reference = %s)) order by l.position"
        " limit %s",
        [size, cursor.fetchone()[0], grant, request, most],
    )
    return {position: bytes(content) for position, content in cursor.fetchall()}


def told(grant: str, found: Mapping[int, bytes]) -> dict[str, Any]:
    """The pack: request with its revisions, votes, the grant's life, and each use of it."""
    leaves = [{"position": at, **json.loads(leaf)} for at, leaf in sorted(found.items())]
    first = leaves[0]
    return {
        "grant": grant,
        "log": first["log"],
        "tenant": {"id": first["tenant_id"], "reference": first["tenant_reference"]},
        "purpose": first["purpose"],
        "request": _lines(leaves, REVISIONS, "subject_reference"),
        "talk": [_line(one) for one in leaves if _is_talk(one["type"])],
        "votes": _lines(leaves, {"vote.cast", "vote.not_counted"}),
        "decided": _lines(leaves, {"request.approved", "request.denied"}),
        "made": _lines(leaves, {"grant.ready", "grant.made"}),
        "started": _lines(leaves, {"grant.started"}),
        "ended": _lines(leaves, ENDS),
        "uses": [_line(one) for one in leaves if _is_use(one["type"])],
    }


def _is_talk(kind: str) -> bool:
    return kind.startswith("request.") and kind not in REVISIONS | {
        "request.approved",
        "request.denied",
    }


def _is_use(kind: str) -> bool:
    return not kind.startswith(("request.", "vote.", "grant."))


def _lines(
    leaves: Iterable[dict[str, Any]], kinds: Iterable[str], *more: str
) -> list[dict[str, Any]]:
    wanted = frozenset(kinds)
    return [_line(one, *more) for one in leaves if one["type"] in wanted]


def _line(leaf: dict[str, Any], *more: str) -> dict[str, Any]:
    """One event as the pack shows it; `position` names its proof."""
    line = {
        "position": leaf["position"],
        "at": leaf["recorded_at"],
        "what": leaf["type"],
        "outcome": leaf["outcome"],
        "actor": leaf["actor_id"],
        "scopes": leaf["scopes"],
        "subject": [leaf["subject_type"], leaf["subject_reference"]],
        "detail": leaf["detail"],
    }
    return line | {name: leaf[name] for name in more}
