"""The panel beside the list: one room at a glance, without leaving the list."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from access.listing import ListState
from rooms.models import Device, Room, RoomHealth, SignalState, SoftwareVersion
from rooms.pages.looks import model_words, signal_title
from rooms.pages.rooms_list import HEALTH, status_of
from rooms.signals.silence import SILENT
from rooms.states import SEVERITY_ORDER, SignalStatus

if TYPE_CHECKING:
    from access.gate import Access

LATEST = 6
TONES = {
    SignalStatus.UNHEALTHY.value: "bad",
    SignalStatus.WATCHING.value: "brand",
    SignalStatus.HEALTHY.value: "ok",
}


@dataclass
class Panel:
    """What the panel shows. Without a room it says that there is none."""

    reference: str
    close_url: str
    room: Room | None = None
    room_url: str = ""
    health: RoomHealth | None = None
    status: str = ""
    worst: SignalState | None = None
    worst_title: str = ""
    facts: list[tuple[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)


def panel_of(access: Access, state: ListState) -> Panel:
    """The room of `?panel=`, as far as it is open."""
    panel = Panel(state.panel, state.at_panel("").url)
    panel.room = Room.objects.select_related("site").filter(reference=state.panel).first()
    if panel.room is None:
        return panel
    panel.room_url = reverse("rooms:room", args=[access.tenant.reference, panel.room.reference])
    panel.facts = inventory_facts(panel.room)
    if access.opens(HEALTH):
        add_health(panel, panel.room)
    return panel


def inventory_facts(room: Room) -> list[tuple[str, Any]]:
    """Place, device and app of a room."""
    device = Device.objects.filter(room=room, kind="compute").order_by("reference").first()
    app = SoftwareVersion.objects.filter(room=room, component="Meeting app").first()
    return [
        ("Site", f"{room.site.name}, {room.site.city}"),
        ("Floor", room.floor),
        ("Seats", room.capacity),
        ("Device", model_words(device) if device else None),
        ("Meeting app", app.installed if app else None),
        ("Update ring", room.ring),
    ]


def add_health(panel: Panel, room: Room) -> None:
    """Status, the worst fault in a sentence, and what changed last."""
    panel.health = RoomHealth.objects.filter(room=room).first()
    signals = list(SignalState.objects.filter(room=room).order_by("-since", "code", "instance"))
    if panel.health:
        panel.status = status_of(panel.health)
    faults = [signal for signal in signals if signal.state == SignalStatus.UNHEALTHY]
    panel.worst = min(
        faults,
        key=lambda signal: (SEVERITY_ORDER.get(signal.severity, 9), signal.since),
        default=None,
    )
    if panel.worst:
        panel.worst_title = signal_title(panel.worst.code, panel.worst.instance)
    # A device that reports proves each minute that it is there: that is no news.
    news = [one for one in signals if one.code not in SILENT or one.state != SignalStatus.HEALTHY]
    panel.events = [
        {
            "at": signal.since,
            "tone": TONES.get(signal.state, "off"),
            "text": f"{signal_title(signal.code, signal.instance)}: "
            f"{signal.get_state_display().lower()}",
        }
        for signal in news[:LATEST]
    ]
