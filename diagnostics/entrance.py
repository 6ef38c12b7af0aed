"""A way into a tenant's region for what relations let a person decide, with a fresh second factor.

The gate enters before a form is read; a claim of a second factor is known only after that.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from access import audit
from access.entrance import claims_for
from access.lock import context
from access.residency import region_of
from access.scopes import Scope

if TYPE_CHECKING:
    from access.http import HttpRequest
    from access.models import Tenant

# What a vote and every other decision on the queue is proven for, and claimed as.
STEP_UP: Final = "remediation"


@contextmanager
def entered_to_decide(
    request: HttpRequest,
    tenant: Tenant,
    view: str,
    subject: tuple[str, str],
    *,
    proven: uuid.UUID | None = None,
) -> Iterator[context.Context]:
    """Enter with the person's relations claimed and the look recorded, as the gate does.

    `proven` is the thing that a fresh second factor was just spent for.
    """
    region, session = region_of(tenant), audit.session_mark(request)
    # Read before the region is entered: whoever holds health reads the same page with it.
    held = request.held_grants.reaching(tenant.reference, None)
    grants = sorted(one.reference for one in held if Scope.HEALTH_VIEW.value in one.scopes)
    claims = claims_for(request.relations, [tenant])
    if proven is not None:
        claims.append(f"step_up:{STEP_UP}:{proven}")
    kind = f"view.{view}"
    opened = [Scope.HEALTH_VIEW.value] if grants else ["closed"]
    event_id = audit.view_id(
        region, request.user, session, kind, subject, opened, grants, variant=str(proven or "")
    )
    with context.opened(
        region, by=request.user, session=session, tenant=tenant, claims=claims, event_id=event_id
    ) as entered:
        audit.record_view(
            event_id,
            kind,
            outcome="opened" if grants else "closed",
            subject=subject,
            scopes=[Scope.HEALTH_VIEW.value],
            grants=grants,
            purpose=held[0].purpose if grants else "",
            detail={"method": request.method or ""},
        )
        yield entered
