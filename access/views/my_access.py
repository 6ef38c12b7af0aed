"""My access: what is open, what waits for me to start it, what waits for others, what is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.shortcuts import render
from django.views.decorators.http import require_GET

from access import clock
from access.entrance import planes_of
from access.gate import signed_in
from access.models import AccessRequest, Grant
from access.pages.across import Regions, each_region
from access.pages.answers import tell_time, unchanged, version_of, wants_fragment
from access.pages.lines import GrantLine, RequestLine, approvers_of, grant_state, request_state
from access.states import PENDING, GrantState, RequestState

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpResponse

    from access.http import HttpRequest
    from access.models import Staff

TABS: Final = {
    "active": "Active",
    "ready": "Ready to start",
    "waiting": "Waiting",
    "past": "Past",
}
PAST_MOST: Final = 50
OPEN: Final = (GrantState.READY, GrantState.ACTIVE)
OVER: Final = tuple(state for state in GrantState if state not in OPEN)
# An approved request lives on as its grant.
DECIDED: Final = tuple(
    state for state in RequestState if state not in PENDING and state != RequestState.APPROVED
)


@dataclass
class Mine:
    """A person's grants and requests of one region."""

    at: datetime
    grants: list[GrantLine] = field(default_factory=list)
    requests: list[RequestLine] = field(default_factory=list)


@signed_in(reason="everybody sees their own access, and nobody else's")
@require_GET
def my_access(request: HttpRequest) -> HttpResponse:
    """My grants and requests, in four tabs."""
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "active"
    before = _moment(request.GET.get("before", ""))
    planes = planes_of(request.relations)
    regions = each_region(request, _reader(request.user, tab, before), planes=planes)
    page = _page(regions, tab, before)
    counts = [entry["count"] for entry in page["tabs"]]
    facts = [line.facts for line in page["lines"]]
    version = version_of(tab, before, regions.down, counts, facts)
    if wants_fragment(request) and (nothing_new := unchanged(request, version)):
        return nothing_new
    tell_time(request, [mine.at for mine in regions.answers.values()])
    template = "access/_my_access.html" if wants_fragment(request) else "access/my_access.html"
    return render(request, template, {**page, "version": version})


def _reader(person: Staff, tab: str, before: datetime | None) -> Callable[[str], Mine]:
    """What to read in each region: what is open always (it is counted), the past when asked."""

    def read(region: str) -> Mine:
        mine = Mine(clock.now(region))
        grants = list(Grant.objects.held_by(person).filter(state__in=OPEN))
        requests = list(AccessRequest.objects.visible_to(person).pending())
        if tab == "past":
            older = {"created_at__lt": before} if before else {}
            grants += _newest(Grant.objects.held_by(person).filter(state__in=OVER, **older))
            requests += _newest(
                AccessRequest.objects.visible_to(person).filter(state__in=DECIDED, **older)
            )
        names = approvers_of(grant.request_id for grant in grants)
        mine.grants = [
            GrantLine(g, grant_state(g, mine.at), region, tuple(names.get(g.request_id, ())))
            for g in grants
        ]
        mine.requests = [RequestLine(r, request_state(r, mine.at), region) for r in requests]
        return mine

    return read


def _newest(rows: QuerySet[Any]) -> list[Any]:
    return list(rows.order_by("-created_at")[: PAST_MOST + 1])


def _page(regions: Regions[Mine], tab: str, before: datetime | None) -> dict[str, Any]:
    """The lines of one tab, and how many each of the first three holds."""
    grants = [line for mine in regions.answers.values() for line in mine.grants]
    requests = [line for mine in regions.answers.values() for line in mine.requests]
    active = [line for line in grants if line.state == GrantState.ACTIVE]
    ready = [line for line in grants if line.state == GrantState.READY]
    waiting = [line for line in requests if line.state in PENDING]
    past: list[GrantLine | RequestLine] = [line for line in grants if line.state in OVER]
    past += [line for line in requests if line.state not in PENDING]
    past = [line for line in past if before is None or _made_at(line) < before]
    past.sort(key=_made_at, reverse=True)
    lines = {
        "active": sorted(active, key=_ends_at),
        "ready": sorted(ready, key=lambda line: line.grant.claim_by),
        "waiting": sorted(waiting, key=lambda line: line.request.lapses_at),
        "past": past[:PAST_MOST],
    }
    counts = {"active": len(active), "ready": len(ready), "waiting": len(waiting), "past": ""}
    return {
        "tab": tab,
        "tabs": [
            {"label": label, "url": f"?tab={key}", "current": key == tab, "count": counts[key]}
            for key, label in TABS.items()
        ],
        "lines": lines[tab],
        "older": _made_at(past[PAST_MOST - 1]) if len(past) > PAST_MOST else None,
        "regions": regions,
    }


def _ends_at(line: GrantLine) -> datetime:
    # An active grant has an end: the database holds to that.
    return line.grant.ends_at or line.grant.claim_by


def _made_at(line: GrantLine | RequestLine) -> datetime:
    return line.grant.created_at if isinstance(line, GrantLine) else line.request.created_at


def _moment(text: str) -> datetime | None:
    """A moment from the URL; anything else is no moment."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
