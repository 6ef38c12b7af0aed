"""The plan of a wave device by device: when each runs on its own clock, and who is left out."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet

from access.listing import (
    Column,
    Listing,
    ListSpec,
    ListState,
    Order,
    choice_filter,
    counted,
    page_of,
    text_filter,
)
from access.references import is_reference
from diagnostics.models import Remediation, Wave, WaveExclusion
from diagnostics.pages.wave_rings import part_of
from diagnostics.remediation.states import ItemState
from diagnostics.remediation.windows import zone_of

PLAN_COLUMNS: Final = (
    Column("place", "Place", numeric=True, sort="place"),
    Column("device", "Device"),
    Column("ring", "Ring"),
    Column("window", "Window, room local"),
    Column("was", "Ran before"),
    Column("state", "State"),
)
BY_PLACE: Final = Order("place", "place", ("place", "id"), "first to last", "last to first")
BY_ID: Final = Order("device", "id", ("id",), "in the order of the plan", "the other way")


def plan_spec(wave: Wave) -> ListSpec:
    """The devices of the plan in the order in which they get the action."""
    names = [one["name"] for one in wave.rings]
    states = [(state.value, state.label) for state in ItemState]
    filters = (
        choice_filter("ring", "Ring", "ring", [(name, name) for name in names]),
        choice_filter("state", "State", "state", states),
        text_filter("q", "Search", _find),
    )
    return ListSpec("plan", "devices", PLAN_COLUMNS, (BY_PLACE,), filters)


def _find(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    reference = text.upper()
    for prefix, name in (("DV", "device_reference"), ("RM", "room_reference"), ("RJ", "reference")):
        if is_reference(reference, prefix):
            return rows.filter(**{name: reference})
    return rows.none()


def read_plan(wave: Wave, state: ListState) -> Listing:
    """One page of the plan."""
    rows: QuerySet[Any] = Remediation.objects.filter(tenant_id=wave.tenant_id, wave=wave)
    for known in state.spec.filters:
        if known.key in state.filters:
            rows = known.narrow(rows, state.filters[known.key])
    return Listing(state, page_of(rows, state, wave.reference), counted(rows))


def plan_row(item: Remediation) -> dict[str, Any]:
    """One device: when it runs on the room's own clock, and where it stands."""
    rules_of_zone = zone_of(item.zone)
    begin = item.window_begins_at.astimezone(rules_of_zone)
    end = item.window_ends_at.astimezone(rules_of_zone)
    last = f"{end:%H:%M}" if begin.date() == end.date() else f"{end:%d %b %H:%M}"
    return {
        "one": item,
        "window": f"{begin:%a %d %b %H:%M} to {last}",
        "part": part_of(item.state),
        "was": ", ".join(item.was),
    }


EXCLUDED_COLUMNS: Final = (
    Column("device", "Device", sort="device"),
    Column("ring", "Ring"),
    Column("reason", "Why it is left out"),
    Column("remedy", "What would bring it in"),
)


def excluded_spec(wave: Wave) -> ListSpec:
    """The devices that the plan leaves out."""
    codes = (
        WaveExclusion.objects.filter(tenant_id=wave.tenant_id, wave=wave)
        .order_by("code")
        .values_list("code", flat=True)
        .distinct()
    )
    shown = [(code, code.replace("_", " ").capitalize()) for code in codes]
    filters = (choice_filter("code", "Reason", "code", shown),) if shown else ()
    return ListSpec("excluded", "devices", EXCLUDED_COLUMNS, (BY_ID,), filters)


def read_excluded(wave: Wave, state: ListState) -> Listing:
    """One page of what is left out."""
    rows: QuerySet[Any] = WaveExclusion.objects.filter(tenant_id=wave.tenant_id, wave=wave)
    for known in state.spec.filters:
        if known.key in state.filters:
            rows = known.narrow(rows, state.filters[known.key])
    return Listing(state, page_of(rows, state, wave.reference), counted(rows))
