"""What the page of one grant shows: its facts, its timeline, and what this person may do to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404

from access import clock, entrance, rules
from access.models import AccessRequest, Grant, Tenant
from access.models.requests import Decision
from access.pages.lines import GrantLine, approvers_of, grant_state
from access.scopes import Relation
from access.states import GrantState
from access.verdict import Allowed, Denied, Verdict
from access.words import duration_text

if TYPE_CHECKING:
    from access.http import HttpRequest
    from access.policy import Policy


@dataclass
class GrantPage:
    """One grant as this person sees it now."""

    tenant: Tenant
    line: GrantLine
    request: AccessRequest
    at: datetime
    policy: Policy
    holder: bool
    decides: bool
    may_start: Verdict
    may_return: Verdict
    may_revoke: Verdict
    timeline: list[dict[str, Any]] = field(default_factory=list)

    @property
    def grant(self) -> Grant:
        """The grant."""
        return self.line.grant

    @property
    def over(self) -> bool:
        """Whether nothing can be done with it any more."""
        return self.line.state not in (GrantState.READY, GrantState.ACTIVE, GrantState.SUSPENDED)

    @property
    def facts(self) -> tuple[object, ...]:
        """What the page shows, for the version of its live block."""
        verdicts = [bool(v) for v in (self.may_start, self.may_return, self.may_revoke)]
        return *self.line.facts, self.grant.closed_at, verdicts, len(self.timeline)


def read_grant(request: HttpRequest, tenant: Tenant, reference: str) -> GrantPage:
    """Read a grant in a transaction of its own. Http404 for one that is not theirs to see.

    The database shows the grant to its holder and to those who decide or audit for its tenant.
    """
    person, policy = entrance.qualified(request)
    with entrance.entered(request, tenant):
        grant = get_object_or_404(Grant, tenant_id=tenant.pk, reference=reference)
        at = clock.now(tenant.region)
        access_request = AccessRequest.objects.get(tenant_id=tenant.pk, pk=grant.request_id)
        names = approvers_of([grant.request_id]).get(grant.request_id, [])
        timeline = _timeline(access_request, grant, at)
    request.clock, request.region_alias = at, tenant.region
    line = GrantLine(grant, grant_state(grant, at), tenant.region, tuple(names))
    gone: Verdict = Allowed()
    if line.state != grant.state:
        gone = Denied(f"The grant is {line.state.label.lower()}.", "", "state", stale=True)
    return GrantPage(
        tenant=tenant,
        line=line,
        request=access_request,
        at=at,
        policy=policy,
        holder=grant.holder_id == request.user.pk,
        decides=request.relations.has(Relation.MAY_DECIDE, tenant.pk),
        may_start=rules.may_start(
            person=person,
            relations=request.relations,
            policy=policy,
            tenant=tenant,
            grant=grant,
            at=at,
        ),
        may_return=gone and rules.may_return(request.user, grant),
        may_revoke=gone and rules.may_revoke(request.user, request.relations, grant),
        timeline=timeline,
    )


def _timeline(access_request: AccessRequest, grant: Grant, at: datetime) -> list[dict[str, Any]]:
    """What happened to the request and the grant, newest first."""
    events = [
        {
            "at": access_request.created_at,
            "actor": access_request.requester_label,
            "text": f"asked for {duration_text(access_request.duration)}",
            "url": "",
        }
    ]
    for vote in access_request.votes.filter(superseded=False):
        verb = "approved" if vote.decision == Decision.APPROVE else "denied"
        text = f"{verb} {duration_text(vote.duration)}"
        if vote.reason:
            text += f": “{vote.reason}”"
        if vote.not_counted_because:
            text += f" (not counted: {vote.not_counted_because.lower()})"
        tone = "ok" if vote.decision == Decision.APPROVE else "bad"
        events.append({"at": vote.voted_at, "actor": vote.voter_label, "text": text, "tone": tone})
    length = duration_text(grant.duration)
    events.append({"at": grant.created_at, "text": f"Grant made for {length}", "tone": "ok"})
    if grant.starts_at:
        events.append(
            {"at": grant.starts_at, "actor": grant.holder_label, "text": "started", "tone": "acc"}
        )
    events += _end(grant, at)
    return sorted(events, key=lambda event: event["at"], reverse=True)


def _end(grant: Grant, at: datetime) -> list[dict[str, Any]]:
    """How it ended, if it has."""
    state = grant_state(grant, at)
    reason = f": “{grant.close_reason}”" if grant.close_reason else ""
    words = {
        GrantState.ENDED: "Ended by itself, at its time",
        GrantState.LAPSED: "Not started in time",
        GrantState.RETURNED: "ended it",
        GrantState.REVOKED: f"ended it{reason}",
        GrantState.SUSPENDED: f"suspended it{reason}",
    }
    if state not in words:
        return []
    ended = grant.closed_at or (grant.ends_at if state == GrantState.ENDED else grant.claim_by)
    actor = grant.closed_by_label if state not in (GrantState.ENDED, GrantState.LAPSED) else ""
    tone = "bad" if state in (GrantState.REVOKED, GrantState.SUSPENDED) else "off"
    return [{"at": ended, "actor": actor, "text": words[state], "tone": tone}]
