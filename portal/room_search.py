"""Search for rooms by name, site or city, in the tenants whose inventory a grant in use opens.

Each tenant is read in its own transaction, under its own grant and record, like a page of it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import InterfaceError, OperationalError

from access import audit
from access.lock import context
from access.models import Tenant
from access.residency import Region
from access.scopes import Scope
from rooms.models import Room
from rooms.models.places import words_of
from rooms.pages.tenant_names import fit_for

if TYPE_CHECKING:
    from access.held import HeldGrant
    from access.http import HttpRequest

KIND: Final = "view.search"
INVENTORY: Final = Scope.INVENTORY_VIEW
TENANTS_MOST: Final = 50
ROOMS_MOST: Final = 20

logger = logging.getLogger(__name__)


@dataclass
class Found:
    """The rooms of one tenant that match, and the grant that opens them."""

    tenant: Tenant
    grant: HeldGrant
    rooms: list[Room] = field(default_factory=list)
    more: bool = False


@dataclass
class Rooms:
    """What was found, and the regions that could not be asked."""

    found: list[Found] = field(default_factory=list)
    down: list[str] = field(default_factory=list)

    @property
    def down_text(self) -> str:
        """The regions that do not answer, by their names."""
        return ", ".join(Region(alias).label for alias in self.down)


def rooms_matching(request: HttpRequest, text: str) -> Rooms:
    """Rooms of which every word of the text begins a word of name, site, city or reference."""
    rooms = Rooms(down=list(request.held_grants.regions_down))
    if not words_of(text):
        return rooms
    for tenant, grant in _open_tenants(request):
        if tenant.region in rooms.down:
            continue
        try:
            part = _search(request, text, tenant, grant)
        except (OperationalError, InterfaceError):
            logger.exception("The region %s does not answer.", tenant.region)
            rooms.down.append(tenant.region)
            continue
        rooms.found += [part] if part.rooms else []
    return rooms


def _open_tenants(request: HttpRequest) -> list[tuple[Tenant, HeldGrant]]:
    """The tenants whose inventory is open to the person, who is still fit to look."""
    held = {g.tenant_reference: g for g in request.held_grants if INVENTORY.value in g.scopes}
    tenants = [
        tenant
        for tenant in request.relations.tenants.values()
        if tenant.reference in held and tenant.region in settings.PORTAL_REGIONS
    ]
    fit = fit_for(request, tenants) if tenants else set()
    return [(t, held[t.reference]) for t in tenants if t.pk in fit][:TENANTS_MOST]


def _search(request: HttpRequest, text: str, tenant: Tenant, grant: HeldGrant) -> Found:
    """The rooms of one tenant, with the record written first."""
    session, subject = audit.session_mark(request), ("tenant", tenant.reference)
    scopes, grants = [INVENTORY.value], [grant.reference]
    event_id = audit.view_id(
        tenant.region, request.user, session, KIND, subject, scopes, grants, variant=text
    )
    with context.opened(
        tenant.region, by=request.user, session=session, tenant=tenant, event_id=event_id
    ):
        audit.record_view(
            event_id,
            KIND,
            outcome="opened",
            subject=subject,
            scopes=scopes,
            grants=grants,
            purpose=grant.purpose,
        )
        matching = Room.objects.matching(text).select_related("site").order_by("name_sort", "id")
        rooms = list(matching[: ROOMS_MOST + 1])
    return Found(tenant, grant, rooms[:ROOMS_MOST], len(rooms) > ROOMS_MOST)
