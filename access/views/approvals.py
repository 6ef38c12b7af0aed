"""The approvals inbox: what needs this person's decision, and what they have voted on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from access import clock, entrance, personnel
from access.gate import signed_in
from access.models import AccessRequest, Staff, Vote
from access.models.requests import Decision
from access.pages.across import Regions, each_region
from access.pages.answers import unchanged, version_of, wants_fragment
from access.pages.request_checks import (
    GATES_PASSED,
    narrowest_check,
    progress_text,
    reach_of,
    vote_tone,
    vote_words,
    waiting_words,
)
from access.personnel import Personnel
from access.policy import Policy
from access.scopes import Relation
from access.states import RequestState
from access.verdict import Denied
from access.words import duration_text, scopes_text

if TYPE_CHECKING:
    from access.http import HttpRequest

INBOX = "approvers hold a standing relation, not a grant; only requests they may decide are listed"
WAITING = "waiting"
DECIDED = "decided"
MOST_DECIDED = 50


@dataclass(frozen=True)
class Waiting:
    """One request that waits, with what its card shows."""

    asked: AccessRequest
    votes: list[Vote]
    at: datetime
    mine: UUID

    @property
    def approvals(self) -> int:
        """How many approvals stand on what is asked now."""
        return sum(vote.decision == Decision.APPROVE for vote in self.votes)

    @property
    def voted(self) -> bool:
        """Whether the viewer has voted on it already."""
        return any(vote.voter_person_id == self.mine for vote in self.votes)

    @property
    def needs_me(self) -> bool:
        """Whether it waits for the viewer, and not for another approver or the requester."""
        return not self.voted and self.asked.state != RequestState.QUESTION_ASKED

    @property
    def url(self) -> str:
        """The request's page."""
        return reverse("access:request", args=[self.asked.tenant_reference, self.asked.reference])

    @property
    def heading(self) -> str:
        """Who asks for how long on what."""
        length = duration_text(self.asked.duration)
        return f"{self.asked.requester_label} asks for {length} on {reach_of(self.asked)}"

    @property
    def scopes(self) -> str:
        """What would be opened."""
        return scopes_text(self.asked.scopes)

    @property
    def progress(self) -> str:
        """Such as "1 of 2 approvals"."""
        return progress_text(self.approvals, self.asked.votes_needed)

    @property
    def state_words(self) -> str:
        """The words of the state pill."""
        return waiting_words(self.asked.state, self.asked.created_at, self.at)


def waiting_in(request: HttpRequest, region: str) -> list[Waiting]:
    """The open requests of one region that the viewer may decide and did not ask for."""
    mine, at = request.user.person_id, clock.now(region)
    asked = list(
        AccessRequest.objects.pending()
        .filter(tenant_id__in=[tenant.pk for tenant in request.relations.decide], lapses_at__gt=at)
        .exclude(requester_person_id=mine)
        .order_by("lapses_at")
    )
    cast: dict[UUID, list[Vote]] = defaultdict(list)
    for vote in Vote.objects.filter(
        request_id__in=[one.pk for one in asked], superseded=False, not_counted_because=""
    ):
        cast[vote.request_id].append(vote)
    return [
        Waiting(one, [v for v in cast[one.pk] if v.revision == one.revision], at, mine)
        for one in asked
    ]


def decided_in(request: HttpRequest, region: str) -> list[tuple[Vote, AccessRequest]]:
    """The viewer's latest votes in one region, each with its request."""
    votes = Vote.objects.filter(voter_person_id=request.user.person_id).order_by("-voted_at")
    latest = list(votes[:MOST_DECIDED])
    asked = AccessRequest.objects.in_bulk([vote.request_id for vote in latest])
    return [(vote, asked[vote.request_id]) for vote in latest if vote.request_id in asked]


@signed_in(reason=INBOX)
@require_GET
def approvals(request: HttpRequest) -> HttpResponse:
    """What waits for my decision, the one that lapses first on top; or what I decided."""
    page = _page(request, DECIDED if request.GET.get("tab") == DECIDED else WAITING)
    if wants_fragment(request):
        same = unchanged(request, page["version"])
        return same or render(request, "access/_approvals.html", page)
    return render(request, "access/approvals.html", page | {"crumbs": [("Approvals", "")]})


def _page(request: HttpRequest, tab: str) -> dict[str, Any]:
    """Both tabs count what waits; each then shows its own list."""
    regions = each_region(
        request,
        lambda alias: waiting_in(request, alias),
        Relation.MAY_DECIDE,
        planes=entrance.planes_of(request.relations),
    )
    waiting = sorted(_flat(regions), key=lambda one: one.asked.lapses_at)
    count = sum(one.needs_me for one in waiting)
    if waiting:
        request.clock = max(one.at for one in waiting)
    shown = _inbox(request, waiting) if tab == WAITING else _history(request)
    return {
        "tab": tab,
        "tabs": _tabs(tab, count),
        "count": count,
        "regions": regions,
        "version": version_of(tab, _facts(waiting), shown.get("lines"), regions.down),
        **shown,
    }


def _history(request: HttpRequest) -> dict[str, Any]:
    """The latest votes of all regions."""
    regions = each_region(
        request,
        lambda alias: decided_in(request, alias),
        Relation.MAY_DECIDE,
        planes=entrance.planes_of(request.relations),
    )
    latest = sorted(_flat(regions), key=lambda line: line[0].voted_at, reverse=True)
    return {"lines": [_line(*one) for one in latest[:MOST_DECIDED]], "regions": regions}


def _flat(regions: Regions[list[Any]]) -> list[Any]:
    return [one for answer in regions.answers.values() for one in answer]


def _tabs(tab: str, count: int) -> list[dict[str, Any]]:
    url = reverse("access:approvals")
    return [
        {"label": "Waiting", "url": url, "current": tab == WAITING, "count": count},
        {"label": "Decided", "url": f"{url}?tab={DECIDED}", "current": tab == DECIDED},
    ]


def _facts(waiting: Iterable[Waiting]) -> list[tuple[str, int, str]]:
    """What decides whether the list looks different."""
    return [(one.asked.reference, one.asked.version, one.progress) for one in waiting]


def _inbox(request: HttpRequest, waiting: Sequence[Waiting]) -> dict[str, Any]:
    """The cards, each with its checks in short; and why this person may not decide, if so."""
    person, policy = entrance.qualified(request)
    checks = _checks(policy, waiting)
    cards = [(one.needs_me, {"one": one, "checks": checks[one.asked.pk]}) for one in waiting]
    return {
        "cards": [card for needs_me, card in cards if needs_me],
        "others": [card for needs_me, card in cards if not needs_me],
        "unfit": personnel.is_fit(person, policy, clock.now()),
    }


def _checks(policy: Policy, waiting: Sequence[Waiting]) -> dict[UUID, list[dict[str, str]]]:
    """For each request: whether its requester is fit, and whether it stays with rooms."""
    people = {
        staff.pk: staff
        for staff in Staff.objects.filter(pk__in={one.asked.requester_id for one in waiting})
    }
    prefetch_related_objects(list(people.values()), "certificates")
    return {
        one.asked.pk: [
            _fit_check(people.get(one.asked.requester_id), policy, one),
            narrowest_check(one.asked),
        ]
        for one in waiting
    }


def _fit_check(staff: Staff | None, policy: Policy, one: Waiting) -> dict[str, str]:
    if staff is None:
        return {"word": "fail", "tone": "bad", "text": "The requester's account is gone."}
    verdict = personnel.is_fit(Personnel.of(staff), policy, one.at)
    if isinstance(verdict, Denied):
        return {"word": "fail", "tone": "bad", "text": verdict.reason}
    return {"word": "pass", "tone": "ok", "text": GATES_PASSED}


def _line(vote: Vote, asked: AccessRequest) -> dict[str, Any]:
    """One row of what I decided."""
    return {
        "at": vote.voted_at,
        "words": vote_words(vote, asked),
        "tone": vote_tone(vote),
        "asked": asked,
        "scopes": scopes_text(asked.scopes),
        "reach": reach_of(asked),
        "url": reverse("access:request", args=[asked.tenant_reference, asked.reference]),
    }
