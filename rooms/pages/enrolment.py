"""What the pages of enrolment share: whether they are open, under which grant, and their frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.urls import reverse

from access.held import HeldGrant
from access.scopes import Scope
from access.verdict import Denied, Refused
from rooms.rules.enrolment import NEEDED, may_manage

if TYPE_CHECKING:
    from django.http import HttpResponse

    from access.gate import Access
    from access.http import HttpRequest

LIFECYCLE, INVENTORY = NEEDED
PAGES = (
    ("Devices", "rooms:devices"),
    ("Enrolment keys", "rooms:enrolment_keys"),
    ("Registered TPMs", "rooms:endorsements"),
)


def managing(access: Access, room: str | None = None) -> HeldGrant:
    """The grant to act under: one that reaches the room, or, without a room, the widest.

    Refused, with what to ask for, when there is none.
    """
    may_manage(access).enforce()
    grant = grant_reaching(access, room)
    if grant is None:
        raise Refused(
            Denied(
                f"Your grant to enrol and unenrol does not reach {room}.",
                f"Ask for access to {room}: {LIFECYCLE.label}.",
                "room",
            )
        )
    return grant


def grant_reaching(access: Access, room: str | None) -> HeldGrant | None:
    """The widest grant to enrol and unenrol that reaches the room."""
    grants = [
        grant
        for grant in access.grants
        if LIFECYCLE.value in grant.scopes and grant.reaches(access.tenant.reference, room)
    ]
    return max(grants, key=lambda grant: (grant.whole_tenant, grant.ends_ms), default=None)


def frame(access: Access, title: str) -> dict[str, Any]:
    """Where the page stands."""
    tenant = access.tenant.reference
    above = [
        ("Tenants", reverse("rooms:tenants")),
        (tenant, reverse("rooms:tenant", args=[tenant])),
    ]
    if title != PAGES[0][0]:
        above.append((PAGES[0][0], reverse(PAGES[0][1], args=[tenant])))
    return {
        "title": title,
        "tenant": tenant,
        "lifecycle": access.under(LIFECYCLE),
        "inventory": access.under(INVENTORY),
        "crumbs": [*above, (title, "")],
        "tabs": [
            {"label": label, "url": reverse(name, args=[tenant]), "current": label == title}
            for label, name in PAGES
        ],
    }


def closed_page(
    request: HttpRequest, access: Access, template: str, shown: dict[str, Any]
) -> HttpResponse:
    """The page with its closed card and nothing else."""
    missing: list[Scope] = [scope for scope in NEEDED if not access.opens(scope)]
    card = access.closed(*missing, what="Enrolment in this tenant")
    return render(request, template, shown | {"card": card})
