"""The emergency stop: one person presses it, two release it, and no grant comes back by itself."""

from __future__ import annotations

import uuid

from access import audit, rules
from access.actions.grants import suspend_grant
from access.models import AccessRequest, Grant, Lockout, Staff
from access.models.grants import LockoutKind
from access.relations import Relations
from access.states import PENDING, GrantState, RequestState
from access.verdict import Denied


def press_stop(
    *,
    by: Staff,
    standing: Relations,
    kind: LockoutKind,
    target: tuple[uuid.UUID, str],
    reason: str,
) -> Lockout:
    """Stop everything of a person (by person id) or a tenant in the context's region, at once.

    Suspends the grants and voids the pending requests in the same transaction; while the stop
    stands, the database refuses new ones and opens nothing.
    """
    rules.may_press_stop(standing).enforce()
    if not rules.says_something(reason):
        Denied("A stop needs a reason.", "A few words are enough.", "reason").enforce()
    target_id, target_label = target
    stop = Lockout.objects.create(
        kind=kind,
        target_id=target_id,
        target_label=target_label,
        reason=reason,
        pressed_by_id=by.pk,
        pressed_by_person_id=by.person_id,
        pressed_by_label=by.name,
        pressed_at="1970-01-01T00:00:00Z",  # the database writes its own time
    )
    _record("stop.pressed", stop)
    grants = Grant.objects.select_for_update().filter(
        state__in=[GrantState.READY, GrantState.ACTIVE], **_of(kind, target_id, "holder_person_id")
    )
    for grant in grants:
        suspend_grant(
            grant=grant, by_label=by.name, by_id=by.pk, reason="Emergency stop", code="stop"
        )
    requests = AccessRequest.objects.select_for_update().filter(
        state__in=PENDING, **_of(kind, target_id, "requester_person_id")
    )
    for access_request in requests:
        access_request.state = RequestState.VOID
        access_request.version += 1
        access_request.save(update_fields=["state", "version"])
        audit.record(
            "request.void",
            subject=("request", access_request.reference),
            tenant=(access_request.tenant_id, access_request.tenant_reference),
        )
    return stop


def release_stop(*, by: Staff, standing: Relations, stop_id: uuid.UUID) -> Lockout:
    """Ask for a release, or, as a second person, agree to it. Grants stay suspended."""
    stop = Lockout.objects.select_for_update().get(pk=stop_id)
    rules.may_release(by, standing, stop).enforce()
    if stop.release_asked_by_person_id is None:
        stop.release_asked_by_person_id = by.person_id
        stop.release_asked_by_label = by.name
        stop.save(update_fields=["release_asked_by_person_id", "release_asked_by_label"])
        _record("stop.release_asked", stop)
    else:
        stop.released_by_person_id = by.person_id
        stop.released_by_label = by.name
        stop.save(update_fields=["released_by_person_id", "released_by_label"])
        _record("stop.released", stop)
    stop.refresh_from_db()
    return stop


def _record(kind: str, stop: Lockout) -> None:
    """Record a stop by ids: the name of a person stands in the stop's own row, not in the log."""
    of_tenant = stop.kind == LockoutKind.TENANT
    audit.record(
        kind,
        subject=(stop.kind, stop.target_label if of_tenant else str(stop.target_id)),
        detail={"stop": str(stop.pk)},
        tenant=(stop.target_id, stop.target_label) if of_tenant else None,
    )


def _of(kind: LockoutKind, target_id: uuid.UUID, person_column: str) -> dict[str, uuid.UUID]:
    """The filter for what a stop reaches."""
    return {person_column if kind == LockoutKind.PERSON else "tenant_id": target_id}
