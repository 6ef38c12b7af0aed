"""Stand in a tenant's region as the gate would: under a view that is on record."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from access import audit
from access.models import Grant, Staff, Tenant
from tests.acts import entered


@contextmanager
def reading(by: Staff, tenant: Tenant, grant: Grant | None) -> Iterator[None]:
    """Read as that person, under that grant or none."""
    event_id = uuid.uuid4()
    with entered(by, tenant, event_id=event_id):
        audit.record_view(
            event_id,
            "view.test",
            outcome="opened",
            subject=("tenant", tenant.reference),
            scopes=grant.scopes if grant else [],
            grants=[grant.reference] if grant else [],
        )
        yield
