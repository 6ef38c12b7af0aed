"""Waves as a list, and what the pages of waves share: the reader, tones, crumbs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import QuerySet
from django.urls import reverse

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
from access.scopes import Relation, Scope
from diagnostics.models import Wave
from diagnostics.remediation.states import WaveState

if TYPE_CHECKING:
    from access.held import HeldGrant
    from access.http import HttpRequest
    from access.models import Staff, Tenant

HEALTH: Final = Scope.HEALTH_VIEW
TONES: Final = {
    WaveState.DRAFT: "off",
    WaveState.PLANNED: "warn",
    WaveState.APPROVED: "brand",
    WaveState.RUNNING: "brand",
    WaveState.PAUSED: "warn",
    WaveState.STOPPED: "bad",
    WaveState.ROLLING_BACK: "warn",
    WaveState.DONE: "ok",
    WaveState.CANCELLED: "off",
}
WORDS: Final = {
    WaveState.DRAFT: "Being planned",
    WaveState.PLANNED: "Waits for votes",
    WaveState.APPROVED: "Agreed, waits for its start",
    WaveState.RUNNING: "Running",
    WaveState.PAUSED: "Paused",
    WaveState.STOPPED: "Stopped",
    WaveState.ROLLING_BACK: "Rolling back",
    WaveState.DONE: "Done",
    WaveState.CANCELLED: "Cancelled",
}
COLUMNS: Final = (
    Column("wave", "Wave"),
    Column("state", "State"),
    Column("action", "Action"),
    Column("devices", "Devices", numeric=True),
    Column("by", "Ordered by"),
    Column("ordered", "Ordered", sort="newest"),
)
NEWEST: Final = Order("newest", "time", ("-requested_at", "id"), "newest first", "oldest first")


@dataclass(frozen=True)
class Reader:
    """Who looks: what relations let them decide, and the grant under which health is open."""

    person: Staff
    tenant: Tenant
    decides: bool
    health: HeldGrant | None

    @classmethod
    def of(cls, request: HttpRequest, tenant: Tenant) -> Reader:
        """The reader of a request."""
        held = [
            one
            for one in request.held_grants.reaching(tenant.reference, None)
            if HEALTH.value in one.scopes
        ]
        grant = max(held, key=lambda one: (one.whole_tenant, one.ends_ms), default=None)
        decides = request.relations.has(Relation.MAY_DECIDE, tenant.pk)
        return cls(request.user, tenant, decides, grant)

    @property
    def all_health(self) -> bool:
        """Whether what devices answered is open for the whole tenant."""
        return self.health is not None and self.health.whole_tenant

    def sees_items(self, wave: Wave) -> bool:
        """Whether every item of a wave is open: it is one's own, or health is."""
        return wave.requested_by_id == self.person.pk or self.all_health

    @property
    def sees_all(self) -> bool:
        """Whether the waves of everybody are open: by a grant for all of it, or to decide."""
        return self.decides or self.all_health


def spec() -> ListSpec:
    """The list: newest first, by state, and by a reference."""
    filters = (
        choice_filter("state", "State", "state", [(s.value, WORDS[s]) for s in WaveState]),
        text_filter("q", "Search", _find),
    )
    return ListSpec("waves", "waves", COLUMNS, (NEWEST,), filters)


def _find(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    reference = text.upper()
    return rows.filter(reference=reference) if is_reference(reference, "RW") else rows.none()


def read_waves(tenant: Tenant, state: ListState) -> Listing:
    """One page of the waves that are open to the reader."""
    rows: QuerySet[Wave] = Wave.objects.filter(tenant_id=tenant.pk)
    for known in state.spec.filters:
        if known.key in state.filters:
            rows = known.narrow(rows, state.filters[known.key])
    return Listing(state, page_of(rows, state, tenant.reference), counted(rows))


def row_of(wave: Wave) -> dict[str, Any]:
    """One line of the list."""
    return {
        "one": wave,
        "url": reverse("diagnostics:wave", args=[wave.tenant_reference, wave.reference]),
        "tone": TONES[WaveState(wave.state)],
        "words": WORDS[WaveState(wave.state)],
    }


def crumbs_of(tenant: str, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """Where a page of waves stands."""
    return [
        ("Tenants", reverse("rooms:tenants")),
        (tenant, reverse("rooms:tenant", args=[tenant])),
        ("Waves", reverse("diagnostics:waves", args=[tenant]) if more else ""),
        *more,
    ]
