"""Ordering a remediation: what the address asks for, and which actions may be chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from access.held import HeldGrant
from access.references import is_reference
from access.scopes import Scope
from access.verdict import Denied, Refused
from diagnostics.models import Remediation
from diagnostics.pages.remediation_rates import read_rates, suggested
from diagnostics.remediation.catalogue import ACTIONS, Action, ActionCode
from diagnostics.rules.remediations import MOST_DEVICES, Target
from rooms.actions.incident_row import Hand
from rooms.models import Device, Incident, Room
from rooms.pages.looks import signal_title

if TYPE_CHECKING:
    from django.http import QueryDict

    from access.gate import Access

CLOSED: Final = Denied(
    "Remediation is closed here.",
    "Ask for access to act, with inventory and health.",
    "closed",
)
MOST_READ: Final = 50  # references of one address


@dataclass
class Asked:
    """What the address asks for, as far as it is open to the reader."""

    devices: list[Device] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    named: int = 0
    action: Action | None = None
    unknown: str = ""
    incident: Incident | None = None
    retry: Remediation | None = None

    @property
    def too_many(self) -> bool:
        """Whether it takes a wave."""
        return self.named > MOST_DEVICES

    @property
    def rooms(self) -> list[str]:
        """The rooms of the devices, each once."""
        return list(dict.fromkeys(device.room.reference for device in self.devices))

    def query(self, action: str = "") -> str:
        """The same in an address, with that action."""
        pairs = [("device", device.reference) for device in self.devices]
        pairs += [("incident", self.incident.reference)] if self.incident else []
        pairs += [("retry", self.retry.reference)] if self.retry else []
        pairs += [("action", action)] if action else []
        return urlencode(pairs)


def read_asked(access: Access, query: QueryDict) -> Asked:
    """Devices, incident, item to try again and action of an address. What is not open is named."""
    tenant_id = access.tenant.pk
    asked = Asked()
    if is_reference(retry := query.get("retry", "").upper(), "RJ"):
        asked.retry = Remediation.objects.filter(
            tenant_id=tenant_id, reference=retry, requested_by_id=access.person.pk
        ).first()
    if is_reference(incident := query.get("incident", "").upper(), "INC"):
        asked.incident = Incident.objects.filter(reference=incident).first()
    wanted = _references(query)
    if asked.retry and not wanted:
        wanted = [asked.retry.device_reference]
    if asked.retry and asked.retry.incident_id and asked.incident is None:
        asked.incident = Incident.objects.filter(pk=asked.retry.incident_id).first()
    rows = Device.objects.select_related("room")
    if wanted:
        found = {one.reference: one for one in rows.filter(reference__in=wanted[:MOST_READ])}
        asked.devices = [found[name] for name in wanted if name in found][:MOST_DEVICES]
        asked.missing = [name for name in wanted[:MOST_READ] if name not in found]
    elif asked.incident and asked.incident.device_id:
        asked.devices = list(rows.filter(pk=asked.incident.device_id))
    asked.named = len(wanted)
    code = query.get("action", "") or (asked.retry.action if asked.retry else "")
    if code in ActionCode.values:
        asked.action = ACTIONS[ActionCode(code)]
    else:
        asked.unknown = code[:40]
    return asked


def _references(query: QueryDict) -> list[str]:
    """Devices as ticked boxes and as typed, each once."""
    typed = " ".join(query.getlist("device")).upper().replace(",", " ").split()
    return [name for name in dict.fromkeys(typed) if is_reference(name, "DV")]


def devices_to_tick(access: Access, asked: Asked, query: QueryDict) -> list[dict[str, Any]]:
    """The devices of the room that the reader comes from, to choose from."""
    rooms = Room.objects.filter(reference=query.get("room", "")[:16].upper())
    if asked.incident is not None:
        rooms = Room.objects.filter(pk=asked.incident.room_id)
    devices = Device.objects.filter(room__in=rooms).order_by("kind", "reference")[:MOST_DEVICES]
    return [
        {"reference": one.reference, "words": f"{one.get_kind_display()}, {one.model}"}
        for one in devices
    ]


def grant_for(access: Access, scope: Scope, room: str) -> HeldGrant | None:
    """The narrowest grant in use that opens the scope in that room."""
    fitting = [
        grant
        for grant in access.grants
        if scope.value in grant.scopes and (grant.whole_tenant or room in grant.room_references)
    ]
    return min(fitting, key=lambda g: (g.whole_tenant, -g.ends_ms), default=None)


def hands_of(access: Access, asked: Asked, action: Action) -> dict[Any, Hand]:
    """Who orders, under which grant, for each device; Refused where none opens the action."""
    hands = {}
    for device in asked.devices:
        grant = grant_for(access, action.scope, device.room.reference)
        if grant is None:
            raise Refused(CLOSED)
        hands[device.pk] = Hand(access.person, grant.reference, grant.purpose)
    return hands


def is_open(access: Access, asked: Asked, scope: Scope) -> bool:
    """Whether the scope is open for the rooms of all these devices."""
    return all(grant_for(access, scope, room) for room in asked.rooms)


def action_lines(access: Access, asked: Asked, targets: Sequence[Target]) -> list[dict[str, Any]]:
    """The actions of the devices' platforms: suggested ones first, closed ones with how to ask."""
    platforms = {target.now.platform for target in targets}
    fitting = suggested(asked.incident, targets[0].now) if targets else {}
    rates = read_rates(access)
    signal = asked.incident.code if asked.incident else ""
    cards: dict[Scope, Any] = {}
    lines = []
    for code, action in ACTIONS.items():
        if not platforms <= action.platforms:
            continue
        opened = is_open(access, asked, action.scope)
        if not opened and action.scope not in cards:
            cards[action.scope] = access.closed(action.scope, what=str(action.scope.label))
        lines.append(
            {
                "code": code,
                "action": action,
                "open": opened,
                "card": cards.get(action.scope),
                "url": f"?{asked.query(code.value)}",
                "suggested": code in fitting,
                "rate": str(rates.of(code, signal)),
            }
        )
    order = list(fitting)
    return sorted(
        lines,
        key=lambda line: order.index(line["code"]) if line["suggested"] else len(order),
    )


def initial_parameters(asked: Asked, targets: Sequence[Target]) -> Mapping[str, Any]:
    """What to begin with: as it was, or as the incident's report suggests."""
    if asked.retry and asked.action and asked.retry.action == asked.action.code:
        return dict(asked.retry.parameters)
    if asked.action and targets:
        return suggested(asked.incident, targets[0].now).get(asked.action.code, {})
    return {}


def initial_reason(asked: Asked) -> str:
    """A reason to begin with, that names no data of the customer's."""
    if asked.retry:
        return asked.retry.reason
    if asked.incident:
        return f"{asked.incident.reference}: {signal_title(asked.incident.code)}"
    return ""
