"""What an approver should know of a request, as checks and in words; the same on page and card."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from access import personnel, relations, rules
from access.models import AccessRequest, Staff, Tenant, Vote
from access.models.requests import Decision
from access.pages.asking import check, rooms_text
from access.personnel import Personnel
from access.policy import Policy
from access.scopes import Scope
from access.states import RequestState
from access.verdict import Denied
from access.words import duration_text, scopes_text

GATES_PASSED = "The requester's employment, screening, training and privacy are in date."
ORDINALS = {1: "1st", 2: "2nd", 3: "3rd"}


def requester_checks(
    requester: Staff | None, asked: AccessRequest, tenant: Tenant, policy: Policy, at: datetime
) -> list[dict[str, str]]:
    """The requester's gates, judged now."""
    if requester is None:
        return [check("", Denied("The requester's account is gone."))]
    person, scopes = Personnel.of(requester), [Scope(scope) for scope in asked.scopes]
    found = personnel.findings(person, policy, at)
    may_ask = rules.may_ask_for(relations.of(requester), tenant, scopes)
    part = may_ask or Denied("The requester may no longer ask for this here.")
    return [
        *gate_checks(found),
        check("The requester may ask for this tenant", part),
        check(
            "Employer and country are allowed",
            personnel.may_reach(person, policy, tenant, scopes),
        ),
    ]


def gate_checks(found: Sequence[personnel.Finding]) -> list[dict[str, str]]:
    """One line when the requester passes all gates, else a line for each that fails."""
    failed = [check("", finding.verdict) for finding in found if not finding.verdict]
    return failed or [{"word": "pass", "tone": "ok", "text": GATES_PASSED}]


def narrowest_check(asked: AccessRequest) -> dict[str, str]:
    """Whether the request stays with rooms."""
    if asked.whole_tenant:
        text = "The whole tenant. Single rooms would be narrower."
        return {"word": "note", "tone": "warn", "text": text}
    return {"word": "pass", "tone": "ok", "text": f"Only {rooms_text(asked.room_references)}."}


def earlier_check(nth: int) -> dict[str, str]:
    """How often the requester has asked for this tenant lately."""
    if nth <= 1:
        return {"word": "pass", "tone": "ok", "text": "1st request for this tenant in 7 days."}
    text = f"{ORDINALS.get(nth, f'{nth}th')} request for this tenant in 7 days."
    return {"word": "note", "tone": "warn", "text": text}


def reach_of(asked: AccessRequest) -> str:
    """What a request reaches, in the words of a heading."""
    if asked.whole_tenant:
        return "the whole tenant"
    count = len(asked.room_references)
    return "one room" if count == 1 else f"{count} rooms"


def progress_text(approvals: int, needed: int) -> str:
    """How far a request is from its decision."""
    return f"{approvals} of {needed} approval{'s' if needed > 1 else ''}"


def vote_words(vote: Vote, asked: AccessRequest) -> str:
    """What a vote says, and where it gives less than was asked."""
    if vote.decision == Decision.DENY:
        return "denied."
    words = f"approved {duration_text(vote.duration)}"
    if vote.duration < asked.duration:
        words += f" of {duration_text(asked.duration)}"
    if set(vote.scopes) < set(asked.scopes):
        words += f", only {scopes_text(vote.scopes)}"
    return f"{words}."


def vote_tone(vote: Vote, *, counted: bool = True) -> str:
    """The colour of a vote."""
    if not counted:
        return "off"
    return "ok" if vote.decision == Decision.APPROVE else "bad"


def waiting_words(state: str, created_at: datetime, at: datetime) -> str:
    """The words of the state pill: how long it has waited, or what became of it."""
    if state == RequestState.SUBMITTED:
        waited = int((at - created_at).total_seconds() // 60)
        return f"Waiting {waited} min" if waited else "Waiting"
    return RequestState(state).label
