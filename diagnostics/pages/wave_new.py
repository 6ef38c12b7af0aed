"""Drafting a wave: what may be chosen, how many devices that finds, and the signed selection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.db.models import Count, F, Value
from django.db.models.functions import Concat
from django.http import QueryDict

from access.scopes import Scope
from access.verdict import Denied, Refused, WrongState
from diagnostics.forms.waves import ChooseForm, Offer
from diagnostics.remediation.catalogue import PUBLIC, Action, KnownReleases
from diagnostics.remediation.catalogue.parameters import DriverVersion, FirmwareVersion, ToVersion
from diagnostics.remediation.wave_draft import devices_of, kept_selection
from rooms.actions.incident_row import Hand
from rooms.kinds import Platform
from rooms.models import Device, Peripheral, Room, Site, SoftwareVersion
from rooms.pages.looks import SHOWN
from rooms.pages.rooms_list import SIGNAL, reach_of
from rooms.selection import BadSelection, Selection, read_selection

if TYPE_CHECKING:
    from access.closed import Closed
    from access.gate import Access
    from access.held import HeldGrant

INVENTORY, HEALTH = Scope.INVENTORY_VIEW, Scope.HEALTH_VIEW
MOST_CHOICES: Final = 300
# What a search may find and a draft keeps by reference.
MOST_FOUND: Final = 300
CLOSED: Final = Denied(
    "Drafting a wave in this tenant is closed.",
    "Ask for the action's access for the whole tenant, with inventory and health.",
    "closed",
)


def needed(action: Action | None) -> tuple[Scope, ...]:
    """What a draft rests on: the action's own scope, and what the devices are chosen by."""
    scope = action.scope if action else Scope.REMEDIATE_UPDATE
    return (scope, INVENTORY, HEALTH)


def missing(access: Access, action: Action | None) -> list[Scope]:
    """Those of them that are not open for the whole tenant."""
    return [
        scope
        for scope in needed(action)
        if not (access.opens(scope) and reach_of(access, scope) is None)
    ]


def draft_card(access: Access, action: Action | None) -> Closed:
    """The card for drafting, with all that it rests on."""
    return access.closed(*missing(access, action), what="Drafting a wave of this tenant")


def whole_grant(access: Access, scope: Scope) -> HeldGrant | None:
    """The grant for the whole tenant that opens the scope, the one that ends last."""
    fitting = [one for one in access.grants if one.whole_tenant and scope.value in one.scopes]
    return max(fitting, key=lambda one: one.ends_ms, default=None)


def hand_of(access: Access, action: Action) -> Hand:
    """Who drafts, under the grant that opens the action; Refused where none does."""
    grant = whole_grant(access, action.scope)
    if grant is None or missing(access, action):
        raise Refused(CLOSED)
    return Hand(access.person, grant.reference, grant.purpose)


def choices_of(access: Access, query: QueryDict) -> dict[str, list[tuple[str, str]]]:
    """What each filter offers, in six statements; firmware once its model is chosen."""
    tenant = access.tenant.pk
    rooms = Room.objects.filter(tenant_id=tenant).order_by("ring")
    devices = Device.objects.filter(tenant_id=tenant).order_by("model")
    plugged = Peripheral.objects.filter(tenant_id=tenant)
    model = query.get("peripheral", "")
    fitting = plugged.filter(name=model).order_by("firmware") if model else plugged.none()
    both = Concat(F("component"), Value(" "), F("installed"))
    software = SoftwareVersion.objects.filter(tenant_id=tenant).annotate(both=both)
    sites = Site.objects.filter(tenant_id=tenant).order_by("name").values_list("id", "name")
    return {
        "ring": _same(rooms.values_list("ring", flat=True).distinct()),
        "status": [(key, look[0]) for key, look in SHOWN.items()],
        "site": [(str(key), name) for key, name in sites[:MOST_CHOICES]],
        "signal": list(SIGNAL.choices),
        "model": _same(devices.values_list("model", flat=True).distinct()),
        "peripheral": _same(plugged.order_by("name").values_list("name", flat=True).distinct()),
        "firmware": _same(fitting.values_list("firmware", flat=True).distinct()),
        "version": _same(software.order_by("both").values_list("both", flat=True).distinct()),
    }


def _same(values: Any) -> list[tuple[str, str]]:
    return [(value, value) for value in values[:MOST_CHOICES] if value]


@dataclass(frozen=True)
class Matched:
    """How many devices a selection finds, by ring, and the selection signed for this person."""

    filters: dict[str, list[str]]
    rings: list[tuple[str, int]]
    number: int
    signed: str

    @property
    def words(self) -> str:
        """`1 device`, `1,204 devices`."""
        return f"{self.number:,} device{'' if self.number == 1 else 's'}"


def matched(access: Access, action: Action, filters: Mapping[str, Sequence[str]]) -> Matched:
    """Count what matches now, in one statement, and sign it."""
    kept = kept_selection(filters)
    rows = devices_of(access.tenant.pk, kept).order_by().values_list("room__ring")
    rings = sorted(rows.annotate(Count("id")))
    number = sum(count for _, count in rings)
    selection = Selection(
        tenant=access.tenant.reference,
        count=number,
        facts=_facts(action),
        query=urlencode(kept, doseq=True),
    )
    return Matched(kept, rings, number, selection.signed(access.person.pk, access.clock))


def _facts(action: Action) -> str:
    """What a selection is for, so that one that was made for something else does not fit."""
    return f"wave of {action.code}"


def chosen_by(access: Access, action: Action, text: str) -> dict[str, list[str]]:
    """The filters of a signed selection. BadSelection when it is not this person's, for this."""
    selection = read_selection(
        text, tenant=access.tenant.reference, actor=access.person.pk, at=access.clock
    )
    if selection.facts != _facts(action):
        raise BadSelection("The selection was made for something else. Choose again.")
    query = QueryDict(selection.query)
    filters = {name: query.getlist(name) for name in query}
    now = devices_of(access.tenant.pk, filters).count()
    if now != selection.count:
        raise WrongState(
            f"The selection matched {selection.count:,} when you saw it, and {now:,} now."
            " Nothing was drafted; look again, then send it."
        )
    return filters


def with_rooms(access: Access, filters: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """A search resolved to the rooms that it finds: a worker plans, and searches no names."""
    kept = kept_selection(filters)
    words = kept.pop("q", None)
    if words is None:
        return kept
    found = Room.objects.filter(tenant_id=access.tenant.pk).matching(" ".join(words))
    rooms = list(found.order_by("reference").values_list("reference", flat=True)[: MOST_FOUND + 1])
    if len(rooms) > MOST_FOUND:
        words_of_it = f"The search finds more than {MOST_FOUND} rooms."
        raise Refused(Denied(words_of_it, "Choose rings or sites instead.", "search"))
    named = set(kept.get("room", rooms))
    return kept_selection({**kept, "room": [one for one in rooms if one in named]})


def address_of(action: Action, filters: Mapping[str, Sequence[str]]) -> QueryDict:
    """A selection as the address of the page that chooses it."""
    query = QueryDict(mutable=True)
    query["action"] = action.code.value
    for name, values in filters.items():
        query.setlist(name, list(values))
    return query


def offer_of(action: Action, form: ChooseForm, releases: KnownReleases = PUBLIC) -> Offer:
    """The versions that can be named: of the peripheral's model that is chosen, or of platforms."""
    schema = action.parameters
    if not issubclass(schema, ToVersion) or issubclass(schema, DriverVersion):
        return Offer()
    if issubclass(schema, FirmwareVersion):
        model = form.cleaned_data.get("peripheral", "")
        known = releases.versions(schema.component, model)
        return Offer([(version, version) for version in known], model)
    versions = {
        version: f"{version}, {platform.label}"
        for platform in Platform
        if platform in action.platforms
        for version in releases.versions(schema.component, platform)
    }
    return Offer(list(versions.items()))


def gap_of(action: Action, offer: Offer) -> str:
    """What is still to be chosen before the wave can be told; empty when nothing is."""
    if issubclass(action.parameters, FirmwareVersion) and not offer.model:
        return "Choose the peripheral's model first: a firmware is for one model."
    if issubclass(action.parameters, ToVersion) and not offer.versions:
        return "No version of this is known, so none can be installed."
    return ""
