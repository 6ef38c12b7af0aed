"""A furnished tenant, and asha with a grant to let its devices in and out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.test import Client

from access.models import Grant, Staff, Tenant
from access.scopes import Scope
from tests.acts import granted
from tests.factories import furnish
from tests.fleet.small import SmallTenant

NEEDED = (Scope.LIFECYCLE_MANAGE, Scope.INVENTORY_VIEW)
Rows = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def small(tenant: Tenant) -> SmallTenant:
    """Three rooms."""
    return furnish(tenant)


@pytest.fixture
def grant(tenant: Tenant, small: SmallTenant, asha: Staff, bo: Staff, bea: Staff) -> Grant:
    """Asha may let devices in and out, by two votes."""
    return granted(asha, tenant, [bo, bea], *NEEDED)


@pytest.fixture
def client(grant: Grant, asha: Staff, sign_in: Callable[[Staff], Client]) -> Client:
    """Asha's browser."""
    return sign_in(asha)


@pytest.fixture
def closed(small: SmallTenant, asha: Staff, sign_in: Callable[[Staff], Client]) -> Client:
    """Asha's browser without any grant."""
    return sign_in(asha)


@pytest.fixture
def rows(superuser: dict[str, psycopg.Connection]) -> Rows:
    """Look behind the lock: `rows(sql, values)`."""
    return lambda sql, values=(): superuser["eu"].execute(sql, values).fetchall()


@pytest.fixture
def events(rows: Rows, grant: Grant) -> Callable[[str], list[str]]:
    """The subjects of the recorded acts of a kind, each under asha's grant."""
    return lambda kind: [
        subject
        for (subject,) in rows(
            "select subject_reference from access_auditevent where type = %s and outcome = 'ok'"
            " and grant_references = %s::varchar[] and scopes = '{lifecycle.manage}'"
            " and actor_id is not null",
            [kind, [grant.reference]],
        )
    ]
