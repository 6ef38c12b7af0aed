"""The page of one incident: what it is, where it stands, and what may be done about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from access.closed import Closed
from access.pages.answers import version_of
from rooms.actions.suppressions import lasting
from rooms.models import (
    Device,
    Incident,
    IncidentEntry,
    IncidentMessage,
    Room,
    RoomHealth,
    SignalState,
    Suppression,
)
from rooms.pages.freshness import of_room, of_signal
from rooms.pages.incident_forms import acts_of
from rooms.pages.incident_looks import state_look, step_look, title_of
from rooms.pages.incident_reach import WORK, at_room, for_incident, work_card
from rooms.pages.incident_similar import similar_to
from rooms.pages.incident_timeline import timeline_of
from rooms.pages.live import openness, progress
from rooms.pages.looks import model_words
from rooms.pages.rooms_list import HEALTH, INVENTORY
from rooms.rules import incidents as rules
from rooms.signals import SIGNALS, SignalCategory

if TYPE_CHECKING:
    from django.forms import BaseForm

    from access.gate import Access
    from access.http import HttpRequest


@dataclass
class IncidentPage:
    """One incident, with what grants open around it. `access` reaches its room and no other."""

    access: Access
    incident: Incident
    room: Room | None
    signal: SignalState | None
    health: RoomHealth | None
    cards: list[Closed] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return incident_url(self.access.tenant.reference, self.incident.reference)

    @property
    def works(self) -> bool:
        """Whether work on it is open."""
        return self.access.opens(WORK)

    @property
    def version(self) -> str:
        """A name for what the live part shows; it changes when any of that does."""
        entries = IncidentEntry.objects.filter(incident=self.incident)
        told = entries.aggregate(number=Count("id"), latest=Max("at"))
        evaluated = self.signal or self.health
        return f"{openness(self.access, HEALTH, INVENTORY, WORK)}." + version_of(
            rules.version_of(self.incident),
            told,
            evaluated.last_evaluated_at if evaluated else "",
            *(progress(card) for card in self.cards),
        )


def incident_url(tenant: str, reference: str) -> str:
    """The address of an incident."""
    return reverse("rooms:incident", args=[tenant, reference])


def read_page(access: Access, incident: Incident) -> IncidentPage:
    """The incident with its room, signal and health, each where it is open."""
    rooms = Room.objects.select_related("site").filter(pk=incident.room_id)
    room = rooms.first() if access.opens(INVENTORY) else None
    here = at_room(access, incident.room_id, room.reference if room else "")
    page = IncidentPage(
        access=here,
        incident=incident,
        room=room,
        signal=signal_of(incident),
        health=RoomHealth.objects.filter(room_id=incident.room_id).first(),
    )
    if not here.opens(INVENTORY):
        card = here.closed(INVENTORY, what="The room of this incident")
        page.cards.append(for_incident(card, incident.reference))
    if not page.works:
        page.cards.append(work_card(here, incident.reference))
    return page


def signal_of(incident: Incident) -> SignalState | None:
    """The signal that opened it, as it stands; None for what a person recorded."""
    if incident.device_id is None:
        return None
    return SignalState.objects.filter(
        device_id=incident.device_id, code=incident.code, instance=incident.instance
    ).first()


def show_incident(
    request: HttpRequest,
    page: IncidentPage,
    sent: dict[str, BaseForm] | None = None,
    *,
    stale: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page with its forms; one that was sent with a mistake stands in for the fresh one."""
    shown = {"stale": stale, **live_facts(page), **head_facts(page)}
    if page.works:
        shown |= {"acts": acts_of(page, sent or {}), "messages_written": messages_of(page.incident)}
    return render(request, "rooms/incident.html", shown, status=status)


def head_facts(page: IncidentPage) -> dict[str, Any]:
    """Where the page stands, and under which grants its parts are open."""
    tenant = page.access.tenant.reference
    room_url = reverse("rooms:room", args=[tenant, page.room.reference]) if page.room else ""
    return {
        "tenant": tenant,
        "region": page.access.tenant.get_region_display(),
        "reference": page.incident.reference,
        "inventory": page.access.under(INVENTORY),
        "health_grant": page.access.under(HEALTH),
        "work_grant": page.access.under(WORK),
        "room": page.room,
        "room_url": room_url,
        "clock": page.access.clock,
        "crumbs": [
            ("Tenants", reverse("rooms:tenants")),
            (tenant, reverse("rooms:tenant", args=[tenant])),
            ("Incidents", reverse("rooms:incidents", args=[tenant])),
            (page.incident.reference, ""),
        ],
    }


def live_facts(page: IncidentPage) -> dict[str, Any]:
    """What the live part shows."""
    incident = page.incident
    known = SIGNALS.get(incident.code)
    return {
        "incident": incident,
        "title": title_of(incident),
        "state": state_look(incident),
        "step": step_look(incident),
        "note": known.note if known else "",
        "facts": incident_facts(incident),
        "place": place_facts(page),
        "fresh": freshness(page),
        "suppressed": suppressions_of(page),
        "timeline": timeline_of(incident),
        "similar": similar_to(page.access, incident),
        "cards": page.cards,
        "version": page.version,
    }


def incident_facts(incident: Incident) -> list[tuple[str, Any]]:
    """What is known of it without its room."""
    facts: list[tuple[str, Any]] = [
        ("Category", dict(SignalCategory.choices).get(incident.category, incident.category)),
        ("Became active", "once" if incident.activations == 1 else f"{incident.activations} times"),
    ]
    if incident.high_impact:
        facts.append(("High impact", incident.high_impact_reason))
    if incident.recorded_by_label:
        facts.append(("Recorded by", incident.recorded_by_label))
    if incident.cause:
        facts.append(("Cause", incident.get_cause_display()))
    return facts


def place_facts(page: IncidentPage) -> list[tuple[str, Any]]:
    """Site and device, where inventory is open."""
    if page.room is None:
        return []
    site = page.room.site
    facts: list[tuple[str, Any]] = [
        ("Site", f"{site.name}, {site.city}"),
        ("Floor", page.room.floor),
    ]
    if page.incident.device_id is None:
        return facts
    device = Device.objects.filter(pk=page.incident.device_id).first()
    if device is not None:
        facts.append(("Device", f"{device.get_kind_display()} {device.reference}"))
        facts.append(("Model", model_words(device)))
    return facts


def freshness(page: IncidentPage) -> dict[str, Any]:
    """When it was read last and will be next: the signal, or the room as a whole."""
    if page.signal is not None:
        read = of_signal(page.signal, page.health, page.access.clock)
    elif page.health is not None:
        read = of_room(page.health, [], page.access.clock)
    else:
        return {}
    return {"read": read, "signal": page.signal}


def suppressions_of(page: IncidentPage) -> list[Suppression]:
    """What keeps it quiet at the moment."""
    if rules.is_recorded(page.incident):
        return []
    standing = lasting([page.incident.room_id], page.access.clock)
    return [one for one in standing if one.code in ("", page.incident.code)]


def messages_of(incident: Incident) -> list[IncidentMessage]:
    """The correspondence with the customer, oldest first, as it is read."""
    newest = IncidentMessage.objects.filter(incident=incident).order_by("-at", "-id")[:200]
    return list(reversed(newest))
