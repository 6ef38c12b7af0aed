"""Write the audit record: every act and every read, in the transaction that it records.

An event holds ids and categories. Free text (reasons, messages) stays in its own table, under
the lock. Reading the record takes a grant like anything else.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connections

from access.backend.connect import connection_of
from access.lock import context
from access.residency import CONTROL

if TYPE_CHECKING:
    from django.http import HttpRequest

    from access.models import Staff

# Identical views within this time share one event and count up.
REPEAT_SECONDS = 300

_INSERT = """
    insert into {table} (id, recorded_at, type, outcome, actor_id, actor_label, session, tenant_id,
        tenant_reference, scopes, grant_references, purpose, subject_type, subject_reference,
        detail)
    values (%s, lock.now(), %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""

# The same INSERT for people's acts, in a function of the database that keeps its plan.
_RECORD = "select lock.record(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"

_INSERT_MANY_SYSTEM = """
    insert into access_auditevent (id, recorded_at, type, outcome, actor_id, actor_label, session,
        tenant_id, tenant_reference, scopes, grant_references, purpose, subject_type,
        subject_reference, detail)
    select gen_random_uuid(), lock.now(), v.type, 'ok', null, 'Rooms Ops', '', v.tenant_id,
        v.tenant_reference, '{}', '{}', '', v.subject_type, v.subject_reference, v.detail::jsonb
    from unnest(%s::text[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[])
        as v(type, tenant_id, tenant_reference, subject_type, subject_reference, detail)
"""


def session_mark(request: HttpRequest | None) -> str:
    """A short name for the session that is not the session's key."""
    key = request.session.session_key if request is not None else None
    return hashlib.sha256(key.encode()).hexdigest()[:16] if key else ""


def record(
    kind: str,
    *,
    outcome: str = "ok",
    subject: tuple[str, str] = ("", ""),
    scopes: Iterable[str] = (),
    grants: Iterable[str] = (),
    purpose: str = "",
    detail: dict[str, Any] | None = None,
    tenant: tuple[uuid.UUID, str] | None = None,
) -> uuid.UUID:
    """Stage one event of the open context's region. `subject` is its type and reference.

    `tenant` is for an emergency stop, which acts on several tenants under one context. Raises
    NoContext outside of a signed context: an act nobody is known to do does not happen.
    """
    event_id = uuid.uuid4()
    _insert_regional(
        event_id, kind, outcome, subject, scopes, grants, purpose, detail or {}, tenant=tenant
    )
    return event_id


def view_id(
    region: str,
    by: Staff,
    session: str,
    kind: str,
    subject: tuple[str, str],
    scopes: Iterable[str],
    grants: Iterable[str],
    variant: str = "",
) -> uuid.UUID:
    """The id of a view: the same for identical views of one session within five minutes.

    `variant` tells apart views of one page: its query, or what was searched for. It goes into
    the id only; nothing can be read back from it.
    """
    window = int(connection_of(region).database_epoch() // REPEAT_SECONDS)
    parts = [session, kind, *subject, *sorted(scopes), *sorted(grants), variant, str(window)]
    return uuid.uuid5(by.pk, "\x1f".join(parts))


def record_view(
    event_id: uuid.UUID,
    kind: str,
    *,
    outcome: str,
    subject: tuple[str, str],
    scopes: Iterable[str],
    grants: Iterable[str],
    purpose: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """Stage a view under an id from `view_id`; a repeated one is counted instead.

    `detail` says of a view that it was sent by a form (`method`), or that there was nothing to
    see (`found` is false).
    """
    _insert_regional(
        event_id, kind, outcome, subject, scopes, grants, purpose, detail or {}, repeatable=True
    )


def record_system(
    kind: str,
    *,
    region: str,
    tenant: tuple[uuid.UUID | None, str],
    subject: tuple[str, str],
    scopes: Iterable[str] = (),
    grants: Iterable[str] = (),
    purpose: str = "",
    detail: dict[str, Any] | None = None,
) -> uuid.UUID:
    """Stage one event that the worker caused by itself, inside its transaction on the region.

    `tenant` is (None, "") for what concerns the whole region.
    """
    event_id = uuid.uuid4()
    with connections[region].cursor() as cursor:
        cursor.execute(
            _INSERT.format(table="access_auditevent"),
            [
                event_id,
                kind,
                "ok",
                None,
                "Rooms Ops",
                "",
                *tenant,
                list(scopes),
                list(grants),
                purpose,
                *subject,
                json.dumps(detail or {}),
            ],
        )
    return event_id


class SystemEvent(NamedTuple):
    """One thing that the worker caused by itself: what, whose, on what, and its categories."""

    kind: str
    tenant: tuple[uuid.UUID, str]
    subject: tuple[str, str]
    detail: dict[str, Any]


def record_many_system(events: Sequence[SystemEvent], *, region: str) -> None:
    """Stage many events of the worker with one statement, inside its transaction on the region."""
    if not events:
        return
    rows = [
        (event.kind, *event.tenant, *event.subject, json.dumps(event.detail)) for event in events
    ]
    with connections[region].cursor() as cursor:
        cursor.execute(_INSERT_MANY_SYSTEM, [list(column) for column in zip(*rows, strict=True)])


def record_control(
    kind: str,
    *,
    by: Staff | None,
    outcome: str = "ok",
    detail: dict[str, Any] | None = None,
    request: HttpRequest | None = None,
) -> uuid.UUID:
    """Stage one event of the control plane: sign-in, second factor, people, policy."""
    event_id = uuid.uuid4()
    with connections[CONTROL].cursor() as cursor:
        cursor.execute(
            _INSERT.format(table="access_controlevent"),
            [
                event_id,
                kind,
                outcome,
                by.pk if by else None,
                by.name if by else "",
                session_mark(request),
                None,
                "",
                [],
                [],
                "",
                "",
                "",
                json.dumps(detail or {}),
            ],
        )
    return event_id


def _insert_regional(
    event_id: uuid.UUID,
    kind: str,
    outcome: str,
    subject: tuple[str, str],
    scopes: Iterable[str],
    grants: Iterable[str],
    purpose: str,
    detail: dict[str, Any],
    *,
    repeatable: bool = False,
    tenant: tuple[uuid.UUID, str] | None = None,
) -> None:
    """Insert one regional event, or count up a view that is there already.

    Written as SQL: the writer may not read the record, and an ORM insert asks for the row back.
    """
    ctx = context.current()
    in_hand = (ctx.tenant.pk, ctx.tenant.reference) if ctx.tenant else (None, "")
    with connections[ctx.region].cursor() as cursor:
        cursor.execute(
            _RECORD,
            [
                event_id,
                kind,
                outcome,
                ctx.actor_id,
                ctx.actor_label,
                ctx.session,
                *(tenant or in_hand),
                list(scopes),
                list(grants),
                purpose,
                *subject,
                json.dumps(detail),
                repeatable,
            ],
        )
