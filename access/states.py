"""The states of a request and of a grant, who may move them, and where to.

Documentation, tests and the database's own guard are made from these tables.
"""

from __future__ import annotations

from django.db import models


class RequestState(models.TextChoices):
    """Where a request stands."""

    SUBMITTED = "submitted", "Waiting"
    IN_REVIEW = "in_review", "In review"
    QUESTION_ASKED = "question_asked", "Question asked"
    APPROVED = "approved", "Approved"
    DENIED = "denied", "Denied"
    WITHDRAWN = "withdrawn", "Withdrawn"
    LAPSED = "lapsed", "Lapsed"
    VOID = "void", "Void"


class GrantState(models.TextChoices):
    """Where a grant stands. Whether it is effective also depends on the database's clock."""

    READY = "ready", "Ready to start"
    ACTIVE = "active", "Active"
    ENDED = "ended", "Ended"
    RETURNED = "returned", "Returned"
    REVOKED = "revoked", "Ended by an approver"
    SUSPENDED = "suspended", "Suspended"
    LAPSED = "lapsed", "Not started in time"


class Owner(models.TextChoices):
    """Whose turn it is: exactly one kind of person may move a thing out of a state."""

    REQUESTER = "requester", "requester"
    APPROVER = "approver", "approver"
    SYSTEM = "system", "system"


PENDING = frozenset({RequestState.SUBMITTED, RequestState.IN_REVIEW, RequestState.QUESTION_ASKED})

# state -> {next state: who moves it}
REQUEST_MOVES: dict[RequestState, dict[RequestState, frozenset[Owner]]] = {
    RequestState.SUBMITTED: {
        RequestState.IN_REVIEW: frozenset({Owner.APPROVER}),
        RequestState.QUESTION_ASKED: frozenset({Owner.APPROVER}),
        RequestState.APPROVED: frozenset({Owner.APPROVER}),
        RequestState.DENIED: frozenset({Owner.APPROVER}),
        RequestState.WITHDRAWN: frozenset({Owner.REQUESTER}),
        RequestState.LAPSED: frozenset({Owner.SYSTEM}),
        RequestState.VOID: frozenset({Owner.SYSTEM}),
    },
    RequestState.IN_REVIEW: {
        RequestState.SUBMITTED: frozenset({Owner.REQUESTER}),
        RequestState.QUESTION_ASKED: frozenset({Owner.APPROVER}),
        RequestState.APPROVED: frozenset({Owner.APPROVER}),
        RequestState.DENIED: frozenset({Owner.APPROVER}),
        RequestState.WITHDRAWN: frozenset({Owner.REQUESTER}),
        RequestState.LAPSED: frozenset({Owner.SYSTEM}),
        RequestState.VOID: frozenset({Owner.SYSTEM}),
    },
    RequestState.QUESTION_ASKED: {
        RequestState.SUBMITTED: frozenset({Owner.REQUESTER}),
        RequestState.IN_REVIEW: frozenset({Owner.REQUESTER, Owner.APPROVER}),
        RequestState.DENIED: frozenset({Owner.APPROVER}),
        RequestState.WITHDRAWN: frozenset({Owner.REQUESTER}),
        RequestState.LAPSED: frozenset({Owner.SYSTEM}),
        RequestState.VOID: frozenset({Owner.SYSTEM}),
    },
    RequestState.APPROVED: {},
    RequestState.DENIED: {},
    RequestState.WITHDRAWN: {},
    RequestState.LAPSED: {},
    RequestState.VOID: {},
}

GRANT_MOVES: dict[GrantState, dict[GrantState, frozenset[Owner]]] = {
    GrantState.READY: {
        GrantState.ACTIVE: frozenset({Owner.REQUESTER}),
        GrantState.RETURNED: frozenset({Owner.REQUESTER}),
        GrantState.REVOKED: frozenset({Owner.APPROVER}),
        GrantState.SUSPENDED: frozenset({Owner.APPROVER, Owner.SYSTEM}),
        GrantState.LAPSED: frozenset({Owner.SYSTEM}),
    },
    GrantState.ACTIVE: {
        GrantState.ENDED: frozenset({Owner.SYSTEM}),
        GrantState.RETURNED: frozenset({Owner.REQUESTER}),
        GrantState.REVOKED: frozenset({Owner.APPROVER}),
        GrantState.SUSPENDED: frozenset({Owner.APPROVER, Owner.SYSTEM}),
    },
    GrantState.SUSPENDED: {
        GrantState.ENDED: frozenset({Owner.SYSTEM}),
        GrantState.REVOKED: frozenset({Owner.APPROVER}),
    },
    GrantState.ENDED: {},
    GrantState.RETURNED: {},
    GrantState.REVOKED: {},
    GrantState.LAPSED: {},
}


def may_move_request(now: str, to: str, owner: Owner) -> bool:
    """Whether that kind of person may move a request so."""
    return owner in REQUEST_MOVES[RequestState(now)].get(RequestState(to), frozenset())


def may_move_grant(now: str, to: str, owner: Owner) -> bool:
    """Whether that kind of person may move a grant so."""
    return owner in GRANT_MOVES[GrantState(now)].get(GrantState(to), frozenset())
