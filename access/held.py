"""The grants a person has in use, in every region this portal serves: the strip, and the gate.

One statement a region, under a context given by value; it opens nothing by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import OperationalError
from django.urls import reverse

from access.lock.context import Context, run_with_token
from access.purposes import Purpose
from access.scopes import Scope
from access.words import reach_text, scopes_text

if TYPE_CHECKING:
    from access.models import Staff

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class HeldGrant:
    """One grant in use, as the strip and the gate need it."""

    reference: str
    tenant_reference: str
    whole_tenant: bool
    room_references: tuple[str, ...]
    scopes: frozenset[str]
    purpose: str
    state: str
    ends_at: datetime
    clock: datetime

    def reaches(self, tenant_reference: str, room_reference: str | None) -> bool:
        """Whether it opens anything of the tenant, and of the room where one is named."""
        return self.tenant_reference == tenant_reference and (
            self.whole_tenant or room_reference is None or room_reference in self.room_references
        )

    @property
    def label(self) -> str:
        """What it reaches."""
        return reach_text(whole_tenant=self.whole_tenant, room_references=self.room_references)

    @property
    def scopes_text(self) -> str:
        """What it opens."""
        return scopes_text(scope for scope in Scope if scope.value in self.scopes)

    @property
    def purpose_text(self) -> str:
        """Why."""
        return Purpose(self.purpose).label

    @property
    def ends_ms(self) -> int:
        """The end in milliseconds since 1970, for the countdown."""
        return int(self.ends_at.timestamp() * 1000)

    @property
    def url(self) -> str:
        """The grant's page."""
        return reverse("access:grant", args=[self.tenant_reference, self.reference])

    @property
    def end_url(self) -> str:
        """Where "End now" posts to."""
        return reverse("access:grant_return", args=[self.tenant_reference, self.reference])

    @property
    def ask_again_url(self) -> str:
        """The request form, prefilled with the same access."""
        url = reverse("access:request_new", args=[self.tenant_reference])
        rooms = "".join(f"&room={reference}" for reference in self.room_references)
        return f"{url}?scope={'&scope='.join(sorted(self.scopes))}{rooms}"


class Held(list[HeldGrant]):
    """The grants in use, soonest end first; `clock` is the latest database time seen."""

    clock: datetime | None = None
    regions_down: tuple[str, ...] = ()

    def reaching(self, tenant_reference: str, room_reference: str | None) -> list[HeldGrant]:
        """Those that open something of the tenant and room."""
        return [grant for grant in self if grant.reaches(tenant_reference, room_reference)]


def grants_of(person: Staff, session: str, regions: Iterable[str] | None = None) -> Held:
    """Ask each plane for the person's grants in use; without `regions`, each region that this
    portal serves. One that is down is named."""
    held, down = Held(), []
    for region in regions if regions is not None else settings.PORTAL_REGIONS:
        context = Context(
            region=region,
            actor_id=person.pk,
            person_id=person.person_id,
            actor_label=person.name,
            session=session,
        )
        try:
            rows = run_with_token(
                region,
                "select reference, tenant_reference, whole_tenant, room_references, scopes,"
                " purpose, state, ends_at, clock from lock.held(%s)",
                [context.token()],
            )
        except OperationalError:
            logger.exception("The region %s does not answer.", region)
            down.append(region)
            continue
        held.extend(_row(row) for row in rows)
    held.sort(key=lambda grant: grant.ends_at)
    held.clock = max((grant.clock for grant in held), default=None)
    held.regions_down = tuple(down)
    return held


def _row(row: tuple[object, ...]) -> HeldGrant:
    reference, tenant, whole, rooms, scopes, purpose, state, ends_at, clock = row
    return HeldGrant(
        reference=str(reference),
        tenant_reference=str(tenant),
        whole_tenant=bool(whole),
        room_references=tuple(rooms or ()),  # type: ignore[arg-type] # text[] of PostgreSQL
        scopes=frozenset(scopes or ()),  # type: ignore[call-overload] # text[] of PostgreSQL
        purpose=str(purpose),
        state=str(state),
        ends_at=ends_at,  # type: ignore[arg-type] # timestamptz of PostgreSQL
        clock=clock,  # type: ignore[arg-type] # timestamptz of PostgreSQL
    )
