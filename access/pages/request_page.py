"""The page of a request: its facts in words and lines, read in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import Http404
from django.urls import reverse

from access import audit, clock, entrance, relations, rules
from access.models import AccessRequest, Grant, RequestMessage, Staff, Tenant, Vote
from access.models.requests import Decision
from access.pages.asking import check, is_stopped
from access.pages.request_checks import (
    earlier_check,
    narrowest_check,
    reach_of,
    requester_checks,
    vote_tone,
    vote_words,
    waiting_words,
)
from access.pages.request_facts import RequestFacts
from access.personnel import Personnel
from access.policy import Policy
from access.purposes import Purpose
from access.relations import Relations
from access.residency import region_of
from access.scopes import SCOPES, Scope
from access.second_factor import AUTHENTICATOR, RECOVERY
from access.states import PENDING, RequestState
from access.words import duration_text

if TYPE_CHECKING:
    from access.http import HttpRequest

RECENTLY = timedelta(days=7)
METHODS = {AUTHENTICATOR: "an authenticator app", RECOVERY: "a recovery code"}


@dataclass(frozen=True)
class RequestPage(RequestFacts):
    """What the page shows of the facts; templates choose nothing themselves."""

    @property
    def heading(self) -> str:
        """Who asks for how long on what."""
        asked = self.access_request
        return (
            f"{asked.requester_label} asks for {duration_text(asked.duration)} on {reach_of(asked)}"
        )

    @property
    def state_words(self) -> str:
        """The words of the state pill: how long it has waited, or what became of it."""
        return waiting_words(self.state, self.access_request.created_at, self.at)

    @property
    def tone(self) -> str:
        """The colour of the outcome."""
        return {"approved": "ok", "denied": "bad"}.get(self.state, "off")

    @property
    def scope_rows(self) -> list[tuple[str, str, str]]:
        """What would be opened: label, category and sentence."""
        return [
            (SCOPES[scope].scope.label, SCOPES[scope].category.label, SCOPES[scope].sentence)
            for scope in map(Scope, self.access_request.scopes)
        ]

    @property
    def purpose(self) -> str:
        """Why, from the closed list."""
        return Purpose(self.access_request.purpose).label

    @property
    def checks(self) -> list[dict[str, str]]:
        """What an approver should know before deciding, judged now."""
        asked = self.access_request
        scopes = [Scope(scope) for scope in asked.scopes]
        return [
            *self.requester_gates,
            check(
                "The purpose justifies this access",
                rules.is_justified(Purpose(asked.purpose), scopes),
            ),
            narrowest_check(asked),
            earlier_check(self.nth),
            self._own_check(),
        ]

    def _own_check(self) -> dict[str, str]:
        same = self.viewer.staff.person_id == self.access_request.requester_person_id
        if same:
            text = "You asked for this, so another approver decides."
            return {"word": "note", "tone": "warn", "text": text}
        return {"word": "pass", "tone": "ok", "text": "You are not the requester."}

    @property
    def vote_lines(self) -> list[dict[str, Any]]:
        """The votes as a timeline."""
        return [
            {
                "at": vote.voted_at,
                "tone": vote_tone(vote, counted=not self.not_counted(vote)),
                "actor": vote.voter_label,
                "text": self._vote_text(vote),
            }
            for vote in self.votes
        ]

    def _vote_text(self, vote: Vote) -> str:
        parts = [vote_words(vote, self.access_request)]
        if vote.reason:
            parts.append(f"“{vote.reason}”")
        method = METHODS.get(vote.step_up_method, vote.step_up_method)
        parts.append(f"Authenticated with {method}.")
        reason = self.not_counted(vote)
        if reason:
            parts.append(f"No longer counted because {reason}.")
        return " ".join(parts)

    @property
    def own_vote_words(self) -> str:
        """What the viewer has voted, in words."""
        vote = self.own_vote
        return vote_words(vote, self.access_request) if vote else ""

    @property
    def approvers(self) -> str:
        """Who approved, by name."""
        return " and ".join(vote.voter_label for vote in self.approvals)

    @property
    def denial(self) -> str:
        """Who denied, and why."""
        against = [v for v in self.votes if v.decision == Decision.DENY and not self.not_counted(v)]
        return " ".join(f"{v.voter_label}: “{v.reason}”" for v in against)

    @property
    def message_lines(self) -> list[dict[str, Any]]:
        """Questions and answers as a timeline."""
        return [
            _line(one.written_at, f"“{one.text}”", actor=f"{one.author_label}:", tone="brand")
            for one in self.messages
        ]

    @property
    def history(self) -> list[dict[str, Any]]:
        """What happened, oldest first."""
        asked, grant = self.access_request, self.grant
        lines = [_line(asked.created_at, "asked.", actor=asked.requester_label)]
        for message in self.messages:
            verb = "answered." if message.author_id == asked.requester_id else "asked a question."
            lines.append(_line(message.written_at, verb, actor=message.author_label, tone="brand"))
        for vote in self.votes:
            verb = "approved." if vote.decision == Decision.APPROVE else "denied."
            lines.append(_line(vote.voted_at, verb, actor=vote.voter_label, tone=vote_tone(vote)))
        if self.state not in PENDING:
            decided_at = asked.decided_at or asked.lapses_at
            lines.append(_line(decided_at, f"{RequestState(self.state).label}.", tone=self.tone))
        if grant is not None:
            lines += grant_lines(grant)
        return sorted(lines, key=lambda line: line["at"])

    @property
    def grant_url(self) -> str:
        """The page of the grant that came of it."""
        reference = self.grant.reference if self.grant else ""
        return reverse("access:grant", args=[self.tenant.reference, reference])

    @property
    def ask_again_url(self) -> str:
        """The form, prefilled with the same access."""
        asked = self.access_request
        link = [("scope", scope) for scope in asked.scopes]
        link += [("room", room) for room in asked.room_references]
        link += [("incident", asked.incident_reference)] if asked.incident_reference else []
        url = reverse("access:request_new", args=[self.tenant.reference])
        return f"{url}?{urlencode(link)}"


def find_request(request: HttpRequest, tenant: Tenant, reference: str) -> RequestPage:
    """The request with its facts. Unknown and not theirs give the same 404, and are recorded."""
    person, policy = entrance.qualified(request)
    try:
        with entrance.entered(request, tenant):
            facts = _read(request, tenant, reference, person, policy)
    except AccessRequest.DoesNotExist as error:
        audit.record_control(
            "reference.unknown",
            by=request.user,
            outcome="refused",
            request=request,
            detail={"kind": "request"},
        )
        raise Http404("No such request.") from error
    request.clock, request.region_alias = facts.at, region_of(tenant)
    return facts


def _read(
    request: HttpRequest, tenant: Tenant, reference: str, person: Personnel, policy: Policy
) -> RequestPage:
    standing: Relations = request.relations
    judged = [one.pk for one in (*standing.decide, *standing.audit)]
    asked = AccessRequest.objects.visible_to(request.user, deciding=judged).get(
        tenant_id=tenant.pk, reference=reference
    )
    votes = list(Vote.objects.filter(tenant_id=tenant.pk, request_id=asked.pk))
    requester = Staff.objects.filter(pk=asked.requester_id).first()
    at = clock.now(region_of(tenant))
    people = [asked.requester_person_id, person.staff.person_id, tenant.pk]
    return RequestPage(
        access_request=asked,
        tenant=tenant,
        viewer=person,
        standing=standing,
        policy=policy,
        at=at,
        requester_gates=requester_checks(requester, asked, tenant, policy, at),
        votes=votes,
        messages=list(RequestMessage.objects.filter(tenant_id=tenant.pk, request_id=asked.pk)),
        grant=Grant.objects.filter(tenant_id=tenant.pk, request_id=asked.pk).first(),
        nth=count_recent(asked),
        stopped=is_stopped(people),
        able=relations.still_decide(tenant, [vote.voter_id for vote in votes]),
    )


def count_recent(asked: AccessRequest) -> int:
    """Which request this is of its requester for its tenant within a week."""
    return AccessRequest.objects.filter(
        tenant_id=asked.tenant_id,
        requester_id=asked.requester_id,
        created_at__gt=asked.created_at - RECENTLY,
        created_at__lte=asked.created_at,
    ).count()


def grant_lines(grant: Grant) -> list[dict[str, Any]]:
    """What became of the grant."""
    lines = []
    if grant.starts_at:
        lines.append(_line(grant.starts_at, "started the access.", actor=grant.holder_label))
    if grant.closed_at:
        lines.append(_line(grant.closed_at, f"{grant.get_state_display()}."))
    return lines


def _line(at: datetime, text: str, *, actor: str = "", tone: str = "off") -> dict[str, Any]:
    return {"at": at, "text": text, "actor": actor, "tone": tone}
