"""What "My work" lists: what needs this person now, what is in use, what they opened lately."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import connections
from django.db.models import Exists, OuterRef
from django.urls import reverse

from access import clock, entrance, personnel
from access.models import AccessRequest, AuditEvent, Grant, Lockout, TenantRelation, Vote
from access.residency import CONTROL, current_region
from access.scopes import Relation
from access.states import GrantState, RequestState
from access.verdict import Denied
from access.words import duration_text, reach_text
from rooms.pages.looks import signal_title

if TYPE_CHECKING:
    from access.http import HttpRequest
    from access.models import Staff

LATELY: Final = timedelta(days=7)
LATELY_MOST: Final = 10
INCIDENTS_MOST: Final = 20


@dataclass(frozen=True)
class Task:
    """One thing that waits for this person: a verb, what about, until when, and where to do it."""

    state: str
    text: str
    detail: str
    url: str
    action: str
    deadline: datetime | None = None


@dataclass(frozen=True)
class Opened:
    """A room that this person opened lately, by reference."""

    room: str
    tenant: str
    at: datetime
    url: str


@dataclass
class Work:
    """What one region has for this person."""

    at: datetime
    tasks: list[Task] = field(default_factory=list)
    waiting: list[Task] = field(default_factory=list)
    opened: list[Opened] = field(default_factory=list)


def reader(request: HttpRequest) -> Callable[[str], Work]:
    """What to read in each region."""
    person = request.user
    deciding = [tenant.pk for tenant in request.relations.decide]

    def read(region: str) -> Work:
        at = clock.now(region)
        work = Work(at)
        work.tasks += approvals(person, deciding, at)
        work.tasks += ready_grants(person, at)
        work.tasks += releases(person) if deciding else []
        work.tasks += own_incidents(request)
        mine = AccessRequest.objects.visible_to(person).pending().filter(lapses_at__gt=at)
        for access_request in mine:
            asked = access_request.state == RequestState.QUESTION_ASKED
            (work.tasks if asked else work.waiting).append(own_request(access_request, asked))
        work.opened = opened_lately(at)
        return work

    return read


def approvals(person: Staff, deciding: list[UUID], at: datetime) -> list[Task]:
    """Requests that wait for this person's vote."""
    voted = Vote.objects.filter(
        request_id=OuterRef("pk"),
        revision=OuterRef("revision"),
        voter_person_id=person.person_id,
        superseded=False,
    )
    waiting = (
        AccessRequest.objects.visible_to(person, deciding=deciding)
        .filter(
            tenant_id__in=deciding,
            state__in=[RequestState.SUBMITTED, RequestState.IN_REVIEW],
            lapses_at__gt=at,
        )
        .exclude(requester_person_id=person.person_id)
        .exclude(Exists(voted))
    )
    return [
        Task(
            state=asked.state,
            text=f"{asked.requester_label} asks for {duration_text(asked.duration)}",
            detail=f"{asked.tenant_reference} · {_reach(asked)}",
            url=reverse("access:request", args=[asked.tenant_reference, asked.reference]),
            action="Decide…",
            deadline=asked.lapses_at,
        )
        for asked in waiting
    ]


def ready_grants(person: Staff, at: datetime) -> list[Task]:
    """Grants that wait to be started."""
    ready = Grant.objects.held_by(person).filter(state=GrantState.READY, claim_by__gt=at)
    return [
        Task(
            state=grant.state,
            text=f"Start {duration_text(grant.duration)}",
            detail=f"{grant.tenant_reference} · {_reach(grant)}",
            url=reverse("access:grant", args=[grant.tenant_reference, grant.reference]) + "#start",
            action="Start…",
            deadline=grant.claim_by,
        )
        for grant in ready
    ]


def releases(person: Staff) -> list[Task]:
    """Stops whose release waits for a second person."""
    asked = Lockout.objects.filter(
        released_at__isnull=True, release_asked_at__isnull=False
    ).exclude(release_asked_by_person_id=person.person_id)
    return [
        Task(
            state="suspended",
            text=f"Release of the stop on {stop.target_label}",
            detail=f"asked by {stop.release_asked_by_label}",
            url=reverse("access:stop"),
            action="Look",
        )
        for stop in asked
        if stop.target_id != person.person_id
    ]


def own_incidents(request: HttpRequest) -> list[Task]:
    """Active incidents assigned to this person, of tenants they may still ask for.

    Read through a function of the database that tells no more than the triage list does.
    """
    if current_region() == CONTROL:
        return []
    tenants = request.relations.tenants
    with connections[current_region()].cursor() as cursor:
        cursor.execute(
            "select reference, tenant_id, code, severity from lock.my_incidents(%s)",
            [INCIDENTS_MOST],
        )
        rows = cursor.fetchall()
    return [
        Task(
            state=severity,
            text=signal_title(code),
            detail=f"{tenants[tenant].reference} · {reference}, assigned to you",
            url=reverse("rooms:incident", args=[tenants[tenant].reference, reference]),
            action="Look",
        )
        for reference, tenant, code, severity in rows
        if tenant in tenants
    ]


def own_request(access_request: AccessRequest, question: bool) -> Task:
    """A request of one's own: to be answered, or waiting for others."""
    return Task(
        state=access_request.state,
        text="Answer a question" if question else f"You asked for {_length(access_request)}",
        detail=f"{access_request.tenant_reference} · {_reach(access_request)}",
        url=reverse(
            "access:request", args=[access_request.tenant_reference, access_request.reference]
        ),
        action="Answer…" if question else "See",
        deadline=access_request.lapses_at,
    )


def opened_lately(at: datetime) -> list[Opened]:
    """The rooms this person opened lately, each once, newest first."""
    events = AuditEvent.objects.raw(
        "select * from lock.my_events(%s, %s, 100)", ["view.room", at - LATELY]
    )
    rooms: dict[tuple[str, str], Opened] = {}
    for event in events:
        key = event.tenant_reference, event.subject_reference
        if event.outcome == "opened" and key not in rooms:
            rooms[key] = Opened(
                room=event.subject_reference,
                tenant=event.tenant_reference,
                at=event.recorded_at,
                url=reverse("rooms:room", args=[*key]),
            )
    return list(rooms.values())


def own_gates(request: HttpRequest, at: datetime) -> list[Task]:
    """Personnel gates that are shut: until they are mended, nothing can be asked or started."""
    person, policy = entrance.qualified(request)
    return [
        Task("fail", finding.verdict.reason, finding.verdict.remedy, reverse("access:me"), "See")
        for finding in personnel.findings(person, policy, at)
        if isinstance(finding.verdict, Denied)
    ]


def approvers(request: HttpRequest) -> list[tuple[str, list[str]]]:
    """Who decides for the tenants this person has to do with: a name, and its tenants."""
    tenants = request.relations.tenants
    rows = TenantRelation.objects.filter(
        content_object_id__in=list(tenants),
        permission__codename=Relation.MAY_DECIDE.value,
        user__is_active=True,
    ).select_related("user")
    people: dict[str, set[str]] = {}
    for row in rows:
        if row.user_id != request.user.pk:
            reference = tenants[row.content_object_id].reference
            people.setdefault(row.user.name, set()).add(reference)
    return sorted((name, sorted(references)) for name, references in people.items())


def _reach(thing: AccessRequest | Grant) -> str:
    return reach_text(whole_tenant=thing.whole_tenant, room_references=thing.room_references)


def _length(access_request: AccessRequest) -> str:
    return duration_text(access_request.duration)
