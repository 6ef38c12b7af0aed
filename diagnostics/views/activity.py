"""The activity log of a tenant's rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from access.gate import requires
from access.scopes import Scope
from diagnostics.pages.activity import COLUMNS, read_activity
from diagnostics.pages.collections import ACTIVITY
from diagnostics.views.logs import frame

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest

MASKED_ROWS = 6


@requires(Scope.ACTIVITY_VIEW)
@require_safe
def activity(request: HttpRequest, access: Access) -> HttpResponse:
    """Who did what in the rooms, newest first."""
    shown = frame(access, ("Activity", "")) | {"grant": access.under(ACTIVITY)}
    if not access.opens(ACTIVITY):
        card = access.closed(ACTIVITY, what="The activity of people in these rooms")
        shown |= {"card": card, "columns": COLUMNS, "masked_rows": range(MASKED_ROWS)}
        return render(request, "diagnostics/activity.html", shown)
    listing, lines = read_activity(access, request.GET)
    shown |= {"listing": listing, "lines": lines}
    return render(request, "diagnostics/activity.html", shown)
