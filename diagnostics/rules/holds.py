"""What may be done with a legal hold, by whom, at that moment. The database judges again."""

from __future__ import annotations

import uuid
from datetime import datetime

from access.verdict import Allowed, Denied, Verdict
from diagnostics.models import LegalHold


def is_in_force(hold: LegalHold, at: datetime) -> bool:
    """Whether it keeps anything: placed and not lapsed, or confirmed, and not released."""
    return hold.released_at is None and (hold.confirmed_at is not None or at < hold.lapses_at)


def may_confirm_hold(hold: LegalHold, person: uuid.UUID, at: datetime) -> Verdict:
    """Somebody other than who placed it, before it lapses."""
    if hold.released_at is not None or hold.confirmed_at is not None:
        return Denied("The hold is confirmed already.", code="stale", stale=True)
    if at >= hold.lapses_at:
        return Denied("The hold has lapsed.", "Place another one.", "lapsed", stale=True)
    if hold.placed_by_person == person:
        return Denied("You placed this hold.", "Somebody else confirms it.", "same_person")
    return Allowed()


def may_ask_release(hold: LegalHold) -> Verdict:
    """Of a confirmed hold that nobody has asked to release."""
    if hold.confirmed_at is None:
        return Denied("The hold is not confirmed.", "It lapses by itself.", "unconfirmed")
    if hold.released_at is not None or hold.release_asked_at is not None:
        return Denied("That was asked already.", code="stale", stale=True)
    return Allowed()


def may_answer_release(hold: LegalHold, person: uuid.UUID) -> Verdict:
    """Somebody other than who asked; also for keeping it after all."""
    if hold.released_at is not None or hold.release_asked_at is None:
        return Denied("Nobody asks to release it now.", code="stale", stale=True)
    if hold.release_asked_by_person == person:
        return Denied("You asked for this.", "Somebody else answers.", "same_person")
    return Allowed()
