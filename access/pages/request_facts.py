"""A request with all that belongs to it, as read at one moment; and what its viewer may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from access import rules
from access.models import AccessRequest, Grant, RequestMessage, Tenant, Vote
from access.models.requests import Decision
from access.pages.request_checks import progress_text
from access.personnel import Personnel
from access.policy import Policy
from access.relations import Relations
from access.scopes import Relation
from access.states import PENDING, GrantState, RequestState
from access.verdict import Allowed, Verdict, first_denial


@dataclass(frozen=True)
class RequestFacts:
    """One request with all that belongs to it, for one viewer, at one moment."""

    access_request: AccessRequest
    tenant: Tenant
    viewer: Personnel
    standing: Relations
    policy: Policy
    at: datetime
    requester_gates: list[dict[str, str]]
    votes: list[Vote]
    messages: list[RequestMessage]
    grant: Grant | None
    nth: int
    stopped: bool
    able: frozenset[Any]

    # -- Who looks, and what they may do ---------------------------------------------------------

    @property
    def is_mine(self) -> bool:
        """Whether the viewer asked."""
        return bool(self.viewer.staff.pk == self.access_request.requester_id)

    @property
    def decides(self) -> bool:
        """Whether the viewer decides for this tenant."""
        return self.standing.has(Relation.MAY_DECIDE, self.tenant.pk)

    @property
    def may_decide(self) -> Verdict:
        """Whether the viewer may vote now; a stop stands above it."""
        return first_denial(
            rules.may_decide(
                person=self.viewer,
                relations=self.standing,
                policy=self.policy,
                request=self.access_request,
                tenant=self.tenant,
                at=self.at,
            ),
            rules.STOPPED if self.stopped else Allowed(),
        )

    @property
    def may_approve(self) -> Verdict:
        """Whether an approval, and not only a denial, can be given now."""
        return rules.may_approve(self.access_request, self.at)

    @property
    def may_withdraw(self) -> Verdict:
        """Whether the viewer may take it back now."""
        return rules.may_withdraw(self.viewer.staff, self.access_request, self.at)

    @property
    def may_change(self) -> Verdict:
        """Whether the viewer may ask for something else instead."""
        return rules.may_change(self.viewer.staff, self.access_request, self.at)

    @property
    def may_answer(self) -> Verdict:
        """Whether a question waits for the viewer."""
        return rules.may_answer(self.viewer.staff, self.access_request, self.at)

    # -- Where it stands ---------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The request's page."""
        return reverse(
            "access:request", args=[self.tenant.reference, self.access_request.reference]
        )

    @property
    def state(self) -> str:
        """The state by the clock: a label may be late to say that a request has lapsed."""
        late = self.access_request.state in PENDING and self.at >= self.access_request.lapses_at
        return RequestState.LAPSED.value if late else str(self.access_request.state)

    @property
    def is_open(self) -> bool:
        """Whether it still waits for a decision."""
        return self.state in PENDING

    @property
    def stamp(self) -> str:
        """Changes whenever anything on the page changes; what a poll compares."""
        grant = self.grant_words
        return f"{self.access_request.version}.{self.state}.{len(self.messages)}.{grant}"

    @property
    def can_start(self) -> bool:
        """Whether the grant waits for its holder to press Start."""
        return (
            self.grant is not None
            and self.grant.state == GrantState.READY
            and self.at < self.grant.claim_by
        )

    # -- Votes -----------------------------------------------------------------------------------

    def not_counted(self, vote: Vote) -> str:
        """Why a vote does not count, or nothing."""
        if vote.revision != self.access_request.revision:
            return "the request was changed"
        if vote.superseded:
            return "the same person voted again"
        if self.is_open and vote.voter_id not in self.able:
            return "they no longer decide for this tenant"
        reason = str(vote.not_counted_because)
        return reason[:1].lower() + reason[1:]

    @property
    def approvals(self) -> list[Vote]:
        """The approvals that count."""
        return [
            vote
            for vote in self.votes
            if vote.decision == Decision.APPROVE and not self.not_counted(vote)
        ]

    @property
    def progress(self) -> str:
        """Such as "1 of 2 approvals"."""
        return progress_text(len(self.approvals), self.access_request.votes_needed)

    @property
    def own_vote(self) -> Vote | None:
        """The viewer's vote that stands, if there is one."""
        mine = self.viewer.staff.person_id
        standing = [v for v in self.votes if v.voter_person_id == mine and not self.not_counted(v)]
        return standing[-1] if standing else None

    @property
    def grant_words(self) -> str:
        """Where the grant stands, by the clock and not only by its label."""
        grant = self.grant
        if grant is None:
            return ""
        if grant.state == GrantState.READY and not self.can_start:
            return "not started in time"
        if grant.state == GrantState.ACTIVE and grant.ends_at and self.at >= grant.ends_at:
            return "ended"
        return str(grant.get_state_display()).lower()
