"""What the pages of the control plane's own entry share: whether they are open, and their head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import render

if TYPE_CHECKING:
    from django.http import HttpResponse

    from access.gate import Access
    from access.http import HttpRequest
    from access.scopes import Scope


def part_of_control(
    request: HttpRequest, access: Access, scope: Scope, title: str, what: str
) -> tuple[dict[str, Any], HttpResponse | None]:
    """The head of a page under one scope, and the closed page to answer with unless it is open."""
    request.clock, request.region_alias = access.clock, access.tenant.region
    page: dict[str, Any] = {"title": title, "grant": access.under(scope), "crumbs": [(title, "")]}
    if page["grant"] is not None:
        return page, None
    page["closed"] = access.closed(scope, what=what)
    return page, render(request, "access/control_closed.html", page)
