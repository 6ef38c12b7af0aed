"""A grant or a request as one line of a list: its state by the clock, and its words and links."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import F
from django.urls import reverse

from access.models import AccessRequest, Grant, Vote
from access.models.requests import Decision
from access.scopes import Scope
from access.states import PENDING, GrantState, RequestState
from access.words import duration_text, reach_text, scopes_text


def grant_state(grant: Grant, at: datetime) -> GrantState:
    """Where the grant stands by the clock. Its label follows when the worker comes round."""
    state = GrantState(grant.state)
    if state == GrantState.READY and at >= grant.claim_by:
        return GrantState.LAPSED
    if state == GrantState.ACTIVE and grant.ends_at is not None and at >= grant.ends_at:
        return GrantState.ENDED
    return state


def request_state(access_request: AccessRequest, at: datetime) -> RequestState:
    """Where the request stands by the clock."""
    state = RequestState(access_request.state)
    return RequestState.LAPSED if state in PENDING and at >= access_request.lapses_at else state


def approvers_of(request_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """Who approved these requests as they stand, by name; in the open region."""
    names: dict[uuid.UUID, list[str]] = {}
    votes = Vote.objects.filter(
        request_id__in=list(request_ids),
        decision=Decision.APPROVE,
        superseded=False,
        not_counted_because="",
        revision=F("request__revision"),
    )
    for vote in votes:
        names.setdefault(vote.request_id, []).append(vote.voter_label)
    return names


def ask_again(tenant: str, scopes: Iterable[str], rooms: Iterable[str]) -> str:
    """The request form, prefilled with the same access."""
    query = [("scope", scope) for scope in scopes] + [("room", room) for room in rooms]
    return f"{reverse('access:request_new', args=[tenant])}?{urlencode(query)}"


@dataclass(frozen=True)
class GrantLine:
    """One grant."""

    grant: Grant
    state: GrantState
    region: str
    approvers: tuple[str, ...] = ()

    @property
    def thing(self) -> Grant:
        """The row behind the line, whichever kind of line it is."""
        return self.grant

    @property
    def facts(self) -> tuple[object, ...]:
        """What a page shows of it, for the version of a live block."""
        return self.grant.reference, self.state.value, self.grant.starts_at, self.grant.ends_at

    @property
    def reference(self) -> str:
        """GR-…"""
        return self.grant.reference

    @property
    def url(self) -> str:
        """The grant's page."""
        return reverse("access:grant", args=[self.grant.tenant_reference, self.reference])

    @property
    def end_url(self) -> str:
        """Where "End now" posts to."""
        return reverse("access:grant_return", args=[self.grant.tenant_reference, self.reference])

    @property
    def ask_again_url(self) -> str:
        """The request form with the same access."""
        grant = self.grant
        return ask_again(grant.tenant_reference, grant.scopes, grant.room_references)

    @property
    def reach(self) -> str:
        """What it reaches."""
        return reach_text(
            whole_tenant=self.grant.whole_tenant, room_references=self.grant.room_references
        )

    @property
    def scopes(self) -> str:
        """What it opens."""
        return scopes_text(self.grant.scopes)

    @property
    def length(self) -> str:
        """For how long."""
        return duration_text(self.grant.duration)

    @property
    def opened_url(self) -> str:
        """Where its holder goes after the start: the room, the record, or the tenant."""
        grant = self.grant
        if grant.scopes == [Scope.AUDIT_VIEW]:
            return reverse("access:tenant_audit", args=[grant.tenant_reference])
        if len(grant.room_references) == 1:
            return reverse("rooms:room", args=[grant.tenant_reference, grant.room_references[0]])
        return reverse("rooms:tenant", args=[grant.tenant_reference])


@dataclass(frozen=True)
class RequestLine:
    """One request."""

    request: AccessRequest
    state: RequestState
    region: str

    @property
    def thing(self) -> AccessRequest:
        """The row behind the line, whichever kind of line it is."""
        return self.request

    @property
    def facts(self) -> tuple[object, ...]:
        """What a page shows of it, for the version of a live block."""
        return self.request.reference, self.state.value, self.request.version

    @property
    def reference(self) -> str:
        """AR-…"""
        return self.request.reference

    @property
    def url(self) -> str:
        """The request's page."""
        return reverse("access:request", args=[self.request.tenant_reference, self.reference])

    @property
    def ask_again_url(self) -> str:
        """The request form with the same access."""
        asked = self.request
        return ask_again(asked.tenant_reference, asked.scopes, asked.room_references)

    @property
    def reach(self) -> str:
        """What it would reach."""
        return reach_text(
            whole_tenant=self.request.whole_tenant, room_references=self.request.room_references
        )

    @property
    def scopes(self) -> str:
        """What it would open."""
        return scopes_text(self.request.scopes)

    @property
    def length(self) -> str:
        """For how long."""
        return duration_text(self.request.duration)
