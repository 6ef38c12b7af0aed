"""Step-up: a second factor given afresh for one act on one thing, and used for it once.

`prove` commits in the control plane before the regional act begins; `consume` marks the proof as
used. Two databases never share a transaction, so an act that then fails has spent its code.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction

from access import clock, second_factor
from access.audit import record_control
from access.models import StepUp
from access.residency import CONTROL
from access.second_factor import CodeRefused

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase

    from access.models import Staff

# After so many wrong codes in a row the session ends: whoever sits there has to sign in again.
FAILURES_ALLOWED: Final = 5
FAILURES_KEY: Final = "step_up_failures"


class StepUpRefused(Exception):
    """The second factor does not count for this act; the message is a sentence for the page."""

    def __init__(self, sentence: str, *, reason: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.reason = reason


def prove(*, staff: Staff, act: str, subject: uuid.UUID, code: str, session: SessionBase) -> StepUp:
    """Check a code for this act on this thing, and keep the proof. Raises StepUpRefused."""
    try:
        device = second_factor.verify(staff, code)
    except CodeRefused as refused:
        _record_refusal(staff, act, subject, refused.reason)
        sentence = refused.sentence
        if refused.guessed and _count_failure(session):
            sentence = "Too many wrong codes. Your session has ended: sign in again."
        raise StepUpRefused(sentence, reason=refused.reason) from refused
    session.pop(FAILURES_KEY, None)
    method = second_factor.method_of(device)
    with transaction.atomic(using=CONTROL, durable=True):
        step_up = StepUp.objects.create(
            staff_id=staff.pk, act=act, subject=subject, method=method, proven_at=clock.now()
        )
        record_control("step_up.proven", by=staff, detail=_detail(act, subject, method=method))
    return step_up


def consume(
    step_up_id: uuid.UUID, staff: Staff, act: str, subject: uuid.UUID, max_age: timedelta
) -> StepUp:
    """Use a proof, once. Raises StepUpRefused when it is not for exactly this, or too old."""
    with transaction.atomic(using=CONTROL, durable=True):
        step_up = StepUp.objects.select_for_update().filter(pk=step_up_id).first()
        moment = clock.now()
        meant = step_up is not None and (step_up.staff_id, step_up.act, step_up.subject) == (
            staff.pk,
            act,
            subject,
        )
        if step_up is not None and meant:
            refusal = _refusal(step_up, moment - step_up.proven_at, max_age)
            if refusal is None:
                step_up.used_at = moment
                step_up.save(update_fields=["used_at"])
                return step_up
        else:
            refusal = StepUpRefused(
                "That code was given for something else. Give a code for this.", reason="other"
            )
    _record_refusal(staff, act, subject, refusal.reason)
    raise refusal


def spend(
    *,
    staff: Staff,
    act: str,
    subject: uuid.UUID,
    code: str,
    session: SessionBase,
    max_age: timedelta,
) -> str:
    """Prove and use at once, for a form that asks for the code itself; how it was proven."""
    proof = prove(staff=staff, act=act, subject=subject, code=code, session=session)
    return str(consume(proof.pk, staff, act, subject, max_age).method)


def _refusal(step_up: StepUp, age: timedelta, max_age: timedelta) -> StepUpRefused | None:
    """Why a proof for the right act does not count; one from the future never does."""
    if step_up.used_at is not None:
        return StepUpRefused(
            "That code was used for this already. Give the next code.", reason="used"
        )
    if not timedelta(0) <= age <= max_age:
        seconds = int(max_age.total_seconds())
        return StepUpRefused(
            f"That code was given more than {seconds} seconds ago. Give a new one.", reason="old"
        )
    return None


def _count_failure(session: SessionBase) -> bool:
    """Count a wrong code in the session; True when that was one too many and the session ended."""
    failures = session.get(FAILURES_KEY, 0) + 1
    session[FAILURES_KEY] = failures
    if failures < FAILURES_ALLOWED:
        return False
    session.flush()
    return True


def _record_refusal(staff: Staff, act: str, subject: uuid.UUID, reason: str) -> None:
    """Refusals are recorded after the transaction they belong to, so that they stay."""
    detail = _detail(act, subject, reason=reason)
    record_control("step_up.refused", by=staff, outcome="refused", detail=detail)


def _detail(act: str, subject: uuid.UUID, **more: str) -> dict[str, str]:
    """What the record says of a step-up: the act and what it is about, never the code."""
    return {"act": act, "subject": str(subject), **more}
