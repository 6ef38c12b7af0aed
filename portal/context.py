"""What every page knows: who is looking, the time, the grants in use, the navigation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest
from django.utils import timezone

from access.audit import session_mark
from access.bell import unseen_text
from access.views.strip import strip_version
from portal.navigation import Group, navigation

STRIP_LINES = 3


@dataclass
class Shell:
    """The frame around a page. Everything is worked out when a template asks, and only then."""

    request: HttpRequest

    @cached_property
    def person(self) -> Any:
        """Who is signed in; None when nobody is, or when the database that knows is down.

        The page that says so must not need that database itself.
        """
        user = getattr(self.request, "user", None)
        try:
            return user if user is not None and user.is_authenticated else None
        except Error:
            return None

    @property
    def access(self) -> Any:
        """What the gate found for the tenant in the path; None on other pages."""
        return getattr(self.request, "access", None)

    @cached_property
    def now(self) -> datetime:
        """The database's clock when the gate has read it, so that page and lock agree."""
        holders = (self.request, self.access, getattr(self.request, "held_grants", None))
        clocks = (getattr(holder, "clock", None) for holder in holders)
        return next((clock for clock in clocks if isinstance(clock, datetime)), timezone.now())

    @property
    def now_ms(self) -> int:
        """The same in milliseconds, from which scripts learn how wrong the browser's clock is."""
        return int(self.now.timestamp() * 1000)

    @cached_property
    def held(self) -> Sequence[Any]:
        """Grants in use, the one that ends first on top."""
        grants = list(getattr(self.request, "held_grants", ()))
        return sorted(grants, key=lambda grant: grant.ends_at)

    @cached_property
    def unseen(self) -> str:
        """How many notices this person has not seen, as the bell says it; empty for none."""
        known = self.person if getattr(self.request, "relations", None) is not None else None
        return unseen_text(known, session_mark(self.request)) if known else ""

    @property
    def strip_version(self) -> str:
        """What the strip shows, by name: asked again with it, the server answers only news."""
        held = getattr(self.request, "held_grants", None)
        return strip_version(held) if held is not None else ""

    @property
    def regions_down(self) -> Sequence[str]:
        """Regions that did not answer when the grants were looked up."""
        return tuple(getattr(getattr(self.request, "held_grants", None), "regions_down", ()))

    @property
    def strip(self) -> Sequence[Any]:
        """The lines of the strip: a screen has room for three."""
        return self.held[:STRIP_LINES]

    @property
    def more_grants(self) -> int:
        """How many grants in use the strip has no line for."""
        return len(self.held) - len(self.strip)

    @cached_property
    def nav(self) -> list[Group]:
        """The navigation of this person."""
        return navigation(self.request)

    @property
    def theme(self) -> str:
        """light, dark, or empty: as the system has it."""
        chosen = str(getattr(self.person, "theme", "") or "")
        return chosen if chosen in ("light", "dark") else ""

    @property
    def density(self) -> str:
        """How tall rows are."""
        chosen = str(getattr(self.person, "density", "") or "")
        return chosen if chosen in ("comfortable", "compact", "dense") else "compact"

    @property
    def keys(self) -> bool:
        """Whether single-key shortcuts work for this person."""
        return bool(getattr(self.person, "shortcuts", True))

    @property
    def region(self) -> str:
        """The region whose database this page reads; empty for pages of the control plane."""
        tenant = getattr(self.access, "tenant", None)
        return str(getattr(self.request, "region_alias", "") or getattr(tenant, "region", ""))

    @property
    def demo(self) -> bool:
        """Whether this is the demo, which every page then says."""
        return bool(getattr(settings, "DEMO", False))

    @property
    def path(self) -> str:
        """Where a small form sends the reader back to."""
        return self.request.get_full_path()


def shell(request: HttpRequest) -> dict[str, Shell]:
    """The context processor."""
    return {"shell": Shell(request)}
