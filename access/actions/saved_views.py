"""Keep a named view of a tenant's record, and let go of it."""

from __future__ import annotations

import uuid

from access import audit, clock
from access.lock import context
from access.models import SavedView, Staff, Tenant
from access.verdict import Denied

# A person keeps a handful of views of a tenant.
MOST = 30


def save_view(
    *, by: Staff, tenant: Tenant, name: str, query: str, grants: list[str], purpose: str
) -> SavedView:
    """Keep the view under its name; one of that name is replaced. Raises Refused beyond MOST."""
    own = SavedView.objects.filter(owner_id=by.pk)
    replaced, _ = own.filter(name=name).delete()
    if own.count() >= MOST:
        Denied(f"You keep {MOST} views of this record.", "Remove one first.", "too_many").enforce()
    saved = SavedView(
        tenant_id=tenant.pk,
        owner_id=by.pk,
        name=name,
        query=query,
        created_at=clock.now(context.current().region),
    )
    saved.save(force_insert=True)
    _record("saved_view.made", saved, grants, purpose, replaced=bool(replaced))
    return saved


def remove_view(*, saved: SavedView, grants: list[str], purpose: str) -> None:
    """Let go of a view."""
    _record("saved_view.removed", saved, grants, purpose)
    saved.delete()


def _record(
    kind: str, saved: SavedView, grants: list[str], purpose: str, **detail: object
) -> uuid.UUID:
    """The name and the filters stay out of the record: they are free text."""
    return audit.record(
        kind,
        subject=("saved_view", str(saved.pk)),
        scopes=["audit.view"],
        grants=grants,
        purpose=purpose,
        detail=detail,
    )
