"""Remediation across tenants: what I queued, what waits for me, and what can be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from access.gate import signed_in
from access.pages.across import each_region
from access.pages.answers import unchanged, version_of, wants_fragment
from access.scopes import SCOPES, Relation
from diagnostics.pages.remediation_mine import Mine, reader
from diagnostics.remediation.catalogue import ACTIONS
from rooms.pages.looks import signal_title

if TYPE_CHECKING:
    from access.http import HttpRequest

OWN = "one's own orders and what waits for one's decision; nothing that a device has said"
LIST = "the catalogue of actions is the same for everybody and names no tenant"


@signed_in(reason=OWN)
@require_safe
def remediation_mine(request: HttpRequest) -> HttpResponse:
    """What I queued in all regions, what waits for my decision, and the stops in force."""
    regions = each_region(request, reader(request), Relation.MAY_ASK, Relation.MAY_DECIDE)
    mine = Mine()
    for part in regions.answers.values():
        mine.queued += part.queued
        mine.ended += part.ended
        mine.deciding += part.deciding
        mine.stops += part.stops
    for lines in (mine.queued, mine.ended):
        lines.sort(key=lambda line: (line["one"].requested_at, line["one"].pk), reverse=True)
    mine.deciding.sort(key=lambda line: (line["until"], line["reference"]))
    version = version_of(
        [(line["one"].pk, line["one"].state_at) for line in (*mine.queued, *mine.ended)],
        [line["reference"] for line in mine.deciding],
        [line["one"].pk for line in mine.stops],
        regions.down,
    )
    answer = unchanged(request, version)
    if answer:
        return answer
    shown = {
        "mine": mine,
        "regions": regions,
        "version": version,
        "decides": bool(request.relations.decide),
    }
    fragment = wants_fragment(request)
    return render(request, f"remediation/{'_mine' if fragment else 'mine'}.html", shown)


@signed_in(reason=LIST)
@require_safe
def remediation_actions(request: HttpRequest) -> HttpResponse:
    """The closed catalogue: everything that can be asked of a device, with all its facts."""
    lines = [
        {
            "action": action,
            "scope": SCOPES[action.scope],
            "mends": [signal_title(code) for code in action.mends],
            "parameters": [name.replace("_", " ") for name in action.parameters.model_fields],
            "needs": [str(need.label) for need in action.preconditions],
            "platforms": [str(one.label) for one in sorted(action.platforms)],
            "channels": [str(one.label) for one in sorted(action.channels)],
        }
        for action in ACTIONS.values()
    ]
    crumbs = [("Remediation", reverse("diagnostics:remediation_mine")), ("Actions", "")]
    return render(request, "remediation/actions.html", {"lines": lines, "crumbs": crumbs})
