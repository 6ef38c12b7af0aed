"""The states of a deletion case, and who moves it from one to the next."""

from __future__ import annotations

from django.db import models


class CaseState(models.TextChoices):
    """Where a deletion case stands."""

    OPENED = "opened", "Waits for approval"
    APPROVED = "approved", "Approved"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


class CaseMover(models.TextChoices):
    """Who makes a move: a person under the rules of the database, or our own workers."""

    PERSON = "person", "person"
    SYSTEM = "system", "system"


_PERSON = frozenset({CaseMover.PERSON})
_SYSTEM = frozenset({CaseMover.SYSTEM})

# What runs is not stopped half-way: some is gone by then, and the certificate says what.
CASE_MOVES: dict[CaseState, dict[CaseState, frozenset[CaseMover]]] = {
    CaseState.OPENED: {
        CaseState.APPROVED: _PERSON,
        CaseState.REFUSED: _PERSON,
        CaseState.WITHDRAWN: _PERSON,
    },
    CaseState.APPROVED: {CaseState.RUNNING: _PERSON, CaseState.WITHDRAWN: _PERSON},
    CaseState.RUNNING: {CaseState.DONE: _SYSTEM},
    CaseState.DONE: {},
    CaseState.REFUSED: {},
    CaseState.WITHDRAWN: {},
}


def may_move_case(now: str, to: str, mover: CaseMover) -> bool:
    """Whether that mover may move a case so. Unknown states move nowhere."""
    if now not in CaseState.values or to not in CaseState.values:
        return False
    return mover in CASE_MOVES[CaseState(now)].get(CaseState(to), frozenset())
