"""The navigation: one list of every page that has a place in it, in the order it is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class Item:
    """One link. `needs` names the standing relation without which the page is of no use.

    `under` matches the addresses that lie under it without beginning like it.
    """

    label: str
    route: str
    icon: str
    key: str = ""
    needs: str = ""
    under: str = ""
    url: str = ""
    current: bool = False


@dataclass(frozen=True)
class Group:
    """Links under one heading; the first group has none."""

    label: str
    items: tuple[Item, ...]


# What lies under a tenant and has no place of its own.
OF_TENANT: Final = (
    r"/t/[^/]+/((rooms|devices|incidents|signals|health|collections|logs|queries|activity|files"
    r"|keeping|cases)/.*)?$"
)
GROUPS: Final = (
    Group("", (Item("My work", "portal:home", "work", key="w"),)),
    Group(
        "Fleet",
        (
            Item("Health", "rooms:health", "health", key="h"),
            Item("Triage", "rooms:triage", "triage", key="t"),
            Item("Tenants", "rooms:tenants", "tenant", key="n", under=OF_TENANT),
            Item(
                "Remediation",
                "diagnostics:remediation_mine",
                "remediation",
                key="r",
                under=r"/t/[^/]+/(remediation|waves)/",
            ),
        ),
    ),
    Group(
        "Access",
        (
            Item("My access", "access:my_access", "key", key="m", under=r"/t/[^/]+/ask/"),
            Item("Approvals", "access:approvals", "approvals", key="a", needs="decide"),
            Item("Active grants", "access:grants", "grants", key="g"),
        ),
    ),
    Group(
        "Assurance",
        (
            Item(
                "Audit",
                "access:audit",
                "audit",
                key="u",
                needs="audit",
                under=r"/t/[^/]+/(audit|grants/[^/]+/evidence)/",
            ),
            Item(
                "Compliance", "access:compliance", "shield", key="c", under=r"/t/[^/]+/compliance/"
            ),
            Item("Emergency stop", "access:stop", "stop", needs="decide"),
            Item("People", "access:people", "people", needs="control"),
            Item("Policy", "access:policy", "shield", needs="control"),
        ),
    ),
    Group("System", (Item("Status", "portal:status", "status", key="s"),)),
)


def navigation(request: HttpRequest) -> list[Group]:
    """The groups this person can use, with the page they are on marked."""
    shown = []
    for group in GROUPS:
        items = [placed(item, request.path) for item in group.items if may_use(item, request)]
        items = [item for item in items if item.url]
        if items:
            shown.append(replace(group, items=tuple(items)))
    return shown


def placed(item: Item, path: str) -> Item:
    """The item with its address, unless its page does not exist in this process."""
    try:
        url = reverse(item.route)
    except NoReverseMatch:
        return item
    below = path.startswith(url) if url != "/" else path == url
    current = below or bool(item.under and re.match(item.under, path))
    return replace(item, url=url, current=current)


def may_use(item: Item, request: HttpRequest) -> bool:
    """Whether the page is of any use to this person; the page itself decides what it shows."""
    relations = getattr(request, "relations", None)
    if not item.needs or relations is None:
        return True
    return bool(getattr(relations, item.needs, ()))
