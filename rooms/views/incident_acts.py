"""What is done to one incident: each act with its form, one at a time, under incident.work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from access import audit
from access.gate import requires
from access.pages.answers import SeeOther
from access.scopes import Scope
from access.verdict import Refused, WrongState
from rooms.actions.incident_ends import call_false_alarm, close_incident, resolve_incident
from rooms.actions.incident_row import Hand
from rooms.actions.incidents import add_note, assign_incident, send_message
from rooms.actions.suppressions import Place, suppress_places
from rooms.pages.incident_forms import sent_form
from rooms.pages.incident_page import IncidentPage, read_page, show_incident
from rooms.pages.incident_reach import CLOSED, find_incident, hand_of
from rooms.pages.incident_timeline import last_change
from rooms.rules.incidents import version_of

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest

FORM_METHODS = ["GET", "HEAD", "POST"]
SCOPES = (Scope.HEALTH_VIEW, Scope.INVENTORY_VIEW, Scope.INCIDENT_WORK)
Typed = dict[str, Any]


@dataclass(frozen=True)
class Act:
    """One act: what it does with what was typed, and what is said afterwards."""

    name: str
    do: Callable[[IncidentPage, Hand, Typed], object]
    done: str


def _take(request: HttpRequest, access: Access, reference: str, act: Act) -> HttpResponse:
    """Do one act and go back to the incident; or show what stands against it."""
    if request.method != "POST":
        return redirect("rooms:incident", access.tenant.reference, reference)
    found = find_incident(access, reference)
    if found is None:
        raise Refused(CLOSED)
    page = read_page(access, found)
    hand = hand_of(page.access)
    form = sent_form(act.name, request.POST)
    try:
        if form.is_valid():
            act.do(page, hand, form.cleaned_data)
            messages.success(request, act.done)
            return SeeOther(page.url)
    except WrongState as stale:
        return _stale(request, access, page, act, stale)
    except Refused as refused:
        if refused.denied.code == CLOSED.code:
            raise
        # Nothing was written before the rules had spoken, so this transaction may stand.
        form.refuse(refused.denied)
        _keep_refusal(act, page, refused.denied.code)
    return show_incident(request, page, {act.name: form}, status=422)


def _stale(
    request: HttpRequest, access: Access, page: IncidentPage, act: Act, stale: WrongState
) -> HttpResponse:
    """409: the incident as it now is, what happened to it, and what was typed."""
    _keep_refusal(act, page, "stale")
    page.incident.refresh_from_db()
    kept = request.POST.copy()
    kept["version"] = version_of(page.incident)
    words = (
        f"{stale} It is now: {page.incident.get_state_display().lower()},"
        f" {page.incident.get_assignment_display().lower()}. {last_change(page.incident)}"
    )
    return show_incident(
        request, page, {act.name: sent_form(act.name, kept)}, stale=words, status=409
    )


def _keep_refusal(act: Act, page: IncidentPage, code: str) -> None:
    """Record the attempt, in the transaction in which nothing else was written."""
    audit.record(
        "act.refused",
        outcome="refused",
        subject=("incident", page.incident.reference),
        detail={"code": code, "view": f"rooms:incident_{act.name}"},
    )


def _assign(page: IncidentPage, hand: Hand, typed: Typed) -> None:
    assign_incident(
        hand=hand, incident_id=page.incident.pk, version=typed["version"], to=typed["to"]
    )


def _note(page: IncidentPage, hand: Hand, typed: Typed) -> None:
    add_note(hand=hand, incident_id=page.incident.pk, text=typed["text"])


def _message(page: IncidentPage, hand: Hand, typed: Typed) -> None:
    send_message(
        hand=hand,
        incident_id=page.incident.pk,
        text=typed["text"],
        from_customer=typed["from_customer"],
        then=typed["then"],
    )


def _resolve(page: IncidentPage, hand: Hand, typed: Typed) -> None:
    resolve_incident(hand=hand, incident_id=page.incident.pk, **typed)


def _close(page: IncidentPage, hand: Hand, typed: Typed) -> None:
    close_incident(hand=hand, incident_id=page.incident.pk, **typed)


def _false_alarm(page: IncidentPage, hand: Hand, typed: Typed) -> None:
    call_false_alarm(hand=hand, incident_id=page.incident.pk, **typed)


def _suppress(page: IncidentPage, hand: Hand, typed: Typed) -> None:
    place = Place(page.incident.room_id, typed["code"], ("incident", page.incident.reference))
    suppress_places(
        hand=hand,
        tenant=page.access.tenant,
        places=[place],
        ends_at=page.access.clock + timedelta(minutes=typed["minutes"]),
        reason=typed["reason"],
    )


ASSIGN = Act("assign", _assign, "Assigned.")
NOTE = Act("note", _note, "Note added.")
MESSAGE = Act("message", _message, "Message kept with the incident.")
RESOLVE = Act("resolve", _resolve, "Resolved. It is closed after seven healthy days.")
CLOSE = Act("close", _close, "Closed. The room is judged anew.")
FALSE_ALARM = Act("false_alarm", _false_alarm, "Closed as a false alarm.")
SUPPRESS = Act("suppress", _suppress, "Suppressed. Alerts stay quiet until the end.")


@requires(*SCOPES)
@require_http_methods(FORM_METHODS)
def incident_assign(request: HttpRequest, access: Access, incident: str) -> HttpResponse:
    """Say whose step is next."""
    return _take(request, access, incident, ASSIGN)


@requires(*SCOPES)
@require_http_methods(FORM_METHODS)
def incident_note(request: HttpRequest, access: Access, incident: str) -> HttpResponse:
    """Write into the timeline."""
    return _take(request, access, incident, NOTE)


@requires(*SCOPES)
@require_http_methods(FORM_METHODS)
def incident_message(request: HttpRequest, access: Access, incident: str) -> HttpResponse:
    """Write to the customer, or enter what they answered."""
    return _take(request, access, incident, MESSAGE)


@requires(*SCOPES)
@require_http_methods(FORM_METHODS)
def incident_resolve(request: HttpRequest, access: Access, incident: str) -> HttpResponse:
    """Say that it is mended, and what it was."""
    return _take(request, access, incident, RESOLVE)


@requires(*SCOPES)
@require_http_methods(FORM_METHODS)
def incident_close(request: HttpRequest, access: Access, incident: str) -> HttpResponse:
    """Close what a person recorded."""
    return _take(request, access, incident, CLOSE)


@requires(*SCOPES)
@require_http_methods(FORM_METHODS)
def incident_false_alarm(request: HttpRequest, access: Access, incident: str) -> HttpResponse:
    """Close what a signal saw and was not there."""
    return _take(request, access, incident, FALSE_ALARM)


@requires(*SCOPES)
@require_http_methods(FORM_METHODS)
def incident_suppress(request: HttpRequest, access: Access, incident: str) -> HttpResponse:
    """Keep the room or the signal quiet until an end."""
    return _take(request, access, incident, SUPPRESS)
