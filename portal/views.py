"""The portal's own pages: My work, status, search, the probe, and what failures look like."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from access import audit, clock
from access import policy as policies
from access.entrance import planes_of
from access.gate import public, signed_in
from access.pages.across import each_region
from access.pages.answers import SeeOther, tell_time, unchanged, version_of, wants_fragment
from access.residency import CONTROL
from access.scopes import Relation
from portal import health, work
from portal import search as finder
from portal.room_search import Rooms, rooms_matching

if TYPE_CHECKING:
    from access.http import HttpRequest

logger = logging.getLogger(__name__)
REPORT_MOST = 4096


@signed_in(reason="everybody sees what waits for them and what they hold")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """My work: what needs me now, what I have in use, what I opened lately."""
    page = _work_page(request)
    version = version_of(page["facts"])
    if wants_fragment(request) and (same := unchanged(request, version)):
        return same
    template = "portal/_work.html" if wants_fragment(request) else "portal/home.html"
    return render(request, template, {**page, "version": version})


def _work_page(request: HttpRequest) -> dict[str, Any]:
    """What My work shows, merged over the regions."""
    claimed = (Relation.MAY_ASK, Relation.MAY_DECIDE)
    planes = planes_of(request.relations)
    regions = each_region(request, work.reader(request), *claimed, planes=planes)
    found = list(regions.answers.values())
    at = max((part.at for part in found), default=None) or clock.now()
    request.clock = at
    tasks = [task for part in found for task in part.tasks]
    tasks.sort(key=lambda task: (task.deadline is None, task.deadline or at))
    waiting = sorted((t for part in found for t in part.waiting), key=lambda t: t.deadline or at)
    opened = sorted((o for part in found for o in part.opened), key=lambda o: o.at, reverse=True)
    page: dict[str, Any] = {
        "tasks": work.own_gates(request, at) + tasks,
        "waiting": waiting,
        "opened": opened[: work.LATELY_MOST],
        "held": list(request.held_grants),
        "approvers": work.approvers(request),
        "regions": regions,
        "at": at,
    }
    page["facts"] = [repr(page[key]) for key in ("tasks", "waiting", "opened", "approvers")]
    page["facts"] += [[grant.reference for grant in page["held"]], regions.down]
    return page


@signed_in(reason="whether the parts of the portal answer; no tenant data")
@require_GET
def status(request: HttpRequest) -> HttpResponse:
    """The databases, the queue, the record and the policy, in plain words."""
    request.clock = clock.now()
    page = {
        "databases": health.databases(),
        "records": [
            *health.records(),
            health.monitor(request.clock),
            health.proofs(request.clock),
        ],
        "reports": health.reports(),
        "deliveries": health.deliveries(),
        "workers": health.workers(),
        "policy": policies.current(),
    }
    return render(request, "portal/status.html", page)


@signed_in(reason="finds pages by reference, and rooms by name where a grant in use opens them")
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Go to the page of a reference; else list the rooms that match, tenant by tenant."""
    text = request.GET.get("q", "").replace("\0", "").strip()[: finder.LONGEST]
    hits = finder.find(request, text)
    regions = Rooms() if len(hits) == 1 else rooms_matching(request, text)
    number = len(hits) + sum(len(part.rooms) for part in regions.found)
    if text:
        # What was typed may be a name, so it is not kept here.
        audit.record_control(
            "search.made", by=request.user, detail={"hits": number}, request=request
        )
    if len(hits) == 1:
        return SeeOther(hits[0].url)
    tell_time(request, [request.held_grants.clock])
    page = {"text": text, "hits": hits, "regions": regions, "number": number}
    return render(request, "portal/search.html", page)


@public(reason="load balancer probe")
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the control plane answers: a region that is down leaves the others served."""
    answered = {alias: health.answers(alias) for alias in (CONTROL, *settings.PORTAL_REGIONS)}
    return JsonResponse(answered, status=200 if answered[CONTROL] else 503)


@public(reason="browsers report a breach of the content policy without a person or a token")
@csrf_exempt
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Note which directive was breached, and where. Nothing of the page's content."""
    try:
        report = json.loads(request.body[:REPORT_MOST])["csp-report"]
        facts = [str(report.get(key, ""))[:200] for key in ("effective-directive", "blocked-uri")]
    except (ValueError, KeyError, TypeError, AttributeError):
        return HttpResponse(status=400)
    logger.warning("Content policy breached: %s", " ".join(repr(fact) for fact in facts))
    return HttpResponse(status=204)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: an old page, or a forged one."""
    logger.warning("A form was sent without its token: %s", reason)
    return render(request, "403_csrf.html", status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, the same for what does not exist and for what is not yours to know of."""
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500, from a template that needs no database."""
    return HttpResponse(get_template("500.html").render(), status=500)
