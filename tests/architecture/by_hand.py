"""Rows of requests, votes, grants and stops as somebody would write them by hand."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from access.models import AccessRequest, Staff, Tenant
from tests.architecture import canaries
from tests.architecture.attack import REFUSED, Attacker, Token

HOUR = timedelta(hours=1)


def now() -> datetime:
    """The time of this machine, which is the database's too."""
    return datetime.now(UTC)


def insert(line: psycopg.Connection, table: str, **row: Any) -> None:
    """Put one row in, as it is."""
    values = [Jsonb(value) if isinstance(value, dict) else value for value in row.values()]
    line.execute(
        f"insert into {table} ({', '.join(row)}) values ({', '.join(['%s'] * len(row))})", values
    )


def request_columns(by: Staff, tenant: Tenant, **changes: Any) -> dict[str, Any]:
    """A request as the application would write it."""
    return {
        "id": uuid.uuid4(),
        "tenant_id": tenant.pk,
        "tenant_reference": tenant.reference,
        "reference": f"AR-{uuid.uuid4().hex[:6].upper()}",
        "requester_id": by.pk,
        "requester_person_id": by.person_id,
        "requester_label": by.name,
        "scopes": ["inventory.view"],
        "whole_tenant": True,
        "room_ids": [],
        "room_references": [],
        "purpose": "mitigate",
        "reason": "INC-1",
        "incident_reference": "",
        "duration": HOUR,
        "revision": 1,
        "version": 1,
        "state": "submitted",
        "policy_version": 1,
        "votes_needed": 1,
        "created_at": now(),
        "lapses_at": now() + HOUR,
        **changes,
    }


def vote_columns(by: Staff, request: AccessRequest, **changes: Any) -> dict[str, Any]:
    """An approval as the application would write it."""
    return {
        "id": uuid.uuid4(),
        "tenant_id": request.tenant_id,
        "request_id": request.pk,
        "revision": request.revision,
        "voter_id": by.pk,
        "voter_person_id": by.person_id,
        "voter_label": by.name,
        "voter_groups": [],
        "decision": "approve",
        "scopes": request.scopes,
        "duration": request.duration,
        "reason": "",
        "step_up_method": "totp",
        "voted_at": now(),
        "superseded": False,
        "not_counted_because": "",
        **changes,
    }


def grant_columns(request: AccessRequest, **changes: Any) -> dict[str, Any]:
    """A grant as the application would write it."""
    return {
        "id": uuid.uuid4(),
        "tenant_id": request.tenant_id,
        "tenant_reference": request.tenant_reference,
        "reference": f"GR-{uuid.uuid4().hex[:6].upper()}",
        "request_id": request.pk,
        "request_reference": request.reference,
        "holder_id": request.requester_id,
        "holder_person_id": request.requester_person_id,
        "holder_label": request.requester_label,
        "scopes": request.scopes,
        "whole_tenant": request.whole_tenant,
        "room_ids": request.room_ids,
        "room_references": request.room_references,
        "purpose": request.purpose,
        "duration": request.duration,
        "claim_by": now() + HOUR,
        "state": "ready",
        "closed_by_label": "",
        "close_reason": "",
        "policy_version": 1,
        "created_at": now(),
        **changes,
    }


def context(web: Attacker, by: Staff, tenant: Tenant, *claims: str) -> Token:
    """A good context of that person with these claims about the tenant; `:` alone stands for it."""
    said = [f"{claim}{tenant.pk}" if claim.endswith(":") else claim for claim in claims]
    return canaries.token_of(by, tenant, web.pid, None, claims=tuple(said))


def changed(web: Attacker, token: Token, table: str, changes: list[str]) -> list[str]:
    """The changes of the rows in sight that were not refused."""
    statements = [f"update {table} set {change}" for change in changes]
    return web.survivors(statements, token)


def refused(web: Attacker, token: Token, table: str, **row: Any) -> None:
    """The row is refused by the lock, and by nothing else."""
    with pytest.raises(REFUSED), web.under(token) as line:
        insert(line, table, **row)


def unchanged(web: Attacker, token: Token, statement: str, *values: object) -> None:
    """The statement is refused, or finds no row to change."""
    try:
        with web.under(token) as line:
            assert line.execute(statement, values).rowcount == 0, statement
    except REFUSED:
        pass


def stop_row(by: Staff, target: uuid.UUID, **changes: Any) -> dict[str, Any]:
    """A stop of a person as the application would write it."""
    return {
        "id": uuid.uuid4(),
        "kind": "person",
        "target_id": target,
        "target_label": "Asha",
        "reason": "Strange reads",
        "pressed_by_id": by.pk,
        "pressed_by_person_id": by.person_id,
        "pressed_by_label": by.name,
        "pressed_at": now(),
        "release_asked_by_label": "",
        "released_by_label": "",
        **changes,
    }
