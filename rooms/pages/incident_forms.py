"""The acts on one incident: each with its form, its address, and whether it may be done now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.forms import BaseForm
from django.urls import reverse

from access.verdict import Allowed, Verdict
from rooms.forms.incidents import (
    ActForm,
    AssignForm,
    CauseForm,
    FalseAlarmForm,
    MessageForm,
    NoteForm,
    ResolveForm,
    SuppressForm,
)
from rooms.models import Incident
from rooms.rules import incidents as rules
from rooms.states import Assignment

if TYPE_CHECKING:
    from rooms.pages.incident_page import IncidentPage


@dataclass(frozen=True)
class ActShape:
    """How an act shows: its form, its words, and the rule that says whether it is offered."""

    form: type[ActForm]
    title: str
    button: str
    about: str = ""
    may: Callable[[Incident], Verdict] = lambda incident: Allowed()
    tone: str = ""


SHAPES: Final = {
    "assign": ActShape(
        AssignForm, "Assign", "Assign", may=lambda one: rules.may_assign(one, Assignment.PENDING)
    ),
    "note": ActShape(NoteForm, "Write a note", "Add the note"),
    "message": ActShape(MessageForm, "Write to the customer", "Send the message"),
    "resolve": ActShape(
        ResolveForm,
        "Resolve",
        "Resolve",
        "If the signal still sees the fault, the incident becomes active again.",
        rules.may_resolve,
    ),
    "false_alarm": ActShape(
        FalseAlarmForm,
        "False alarm",
        "Close as a false alarm",
        "Closes it for good. The same trouble later is a new incident.",
        rules.may_call_false_alarm,
        "danger",
    ),
    "close": ActShape(
        CauseForm,
        "Close",
        "Close the incident",
        "Closes it for good. The room is then judged by its signals alone.",
        rules.may_close,
        "danger",
    ),
    "suppress": ActShape(
        SuppressForm,
        "Suppress",
        "Suppress",
        "Alerts stay quiet until the end, in this room only.",
        lambda one: rules.can_be_quiet(one, whole_room=False),
    ),
}


def act_url(page: IncidentPage, name: str) -> str:
    """Where the form of an act is sent."""
    references = [page.access.tenant.reference, page.incident.reference]
    return reverse(f"rooms:incident_{name}", args=references)


def acts_of(page: IncidentPage, sent: Mapping[str, BaseForm]) -> dict[str, dict[str, Any]]:
    """The acts that may be done now, and the one that was sent whatever came of it."""
    return {
        name: {
            "name": name,
            "title": shape.title,
            "about": shape.about,
            "button": shape.button,
            "tone": shape.tone,
            "url": act_url(page, name),
            "form": sent.get(name) or fresh_form(name, page.incident),
            "open": name in sent,
        }
        for name, shape in SHAPES.items()
        if name in sent or shape.may(page.incident)
    }


def fresh_form(name: str, incident: Incident) -> ActForm:
    """An empty form about the incident as it stands."""
    start = {"version": rules.version_of(incident), "code": incident.code}
    return SHAPES[name].form(initial=start, auto_id=f"{name}-%s")


def sent_form(name: str, given: Any) -> ActForm:
    """The form as it was sent."""
    return SHAPES[name].form(given, auto_id=f"{name}-%s")
