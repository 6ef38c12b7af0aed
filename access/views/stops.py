"""The emergency stop: press it for a person or a tenant, and release it with a second person."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.contrib import messages
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from access import entrance, rules
from access.actions.stops import press_stop, release_stop
from access.forms.stops import StopForm, Target
from access.gate import signed_in
from access.models import Lockout
from access.pages.answers import SeeOther, unchanged, version_of, wants_fragment
from access.pages.stop_page import (
    StandingStop,
    everywhere,
    people_to_stop,
    release_verdict,
    standing_stops,
)
from access.residency import place_name
from access.verdict import WrongState

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from access.http import HttpRequest

logger = logging.getLogger(__name__)


@dataclass
class Outcome:
    """In which regions an act was done, and in which it could not be."""

    done: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def text(self, regions: list[str]) -> str:
        """Regions by their names."""
        return ", ".join(place_name(region) for region in regions)


@signed_in(reason="any approver presses it; everybody sees the stops that concern them")
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest) -> HttpResponse:
    """The stops in force, and the form to press one."""
    may_press = rules.may_press_stop(request.relations)
    if request.method != "POST":
        return _answer(request, _form(request) if may_press else None)
    may_press.enforce()
    form = _form(request)
    if not form.is_valid():
        return _answer(request, form, status=422)
    target: Target = form.cleaned_data["stop"]
    outcome = _press(request, target, form.cleaned_data["reason"])
    if outcome.failed:
        return _answer(request, form, outcome=outcome, target=target, status=503)
    messages.success(request, f"Stopped: {target.label}. In force in {outcome.text(outcome.done)}.")
    return SeeOther(reverse("access:stop"))


@signed_in(reason="one approver asks for the release, a second one agrees")
@require_POST
def stop_release(request: HttpRequest, stop: uuid.UUID) -> HttpResponse:
    """Ask for a release, or agree to it, wherever this stop stands."""
    standing = _standing(request, stop)
    if request.POST.get("seen") != standing.version:
        raise WrongState("The stop has changed since you opened the page.")
    release_verdict(request, [row for _, row in standing.rows]).enforce()
    released: list[bool] = []
    outcome = _in_regions(
        request, standing.regions, lambda region: released.extend(_release(request, standing))
    )
    if outcome.failed:
        words = f"Not done in {outcome.text(outcome.failed)}: the database does not answer."
        messages.error(request, f"{words} The stop stands there. Try again.")
    if released and all(released):
        messages.success(request, f"Released: {standing.label}. No grant comes back; ask again.")
    elif released:
        messages.success(request, "You asked for the release. A second approver agrees to it.")
    return SeeOther(reverse("access:stop"))


def _in_regions(request: HttpRequest, regions: list[str], act: Callable[[str], object]) -> Outcome:
    """Do an act in each region, each in its own transaction; one that fails stops no other."""
    outcome = Outcome()
    for region in regions:
        try:
            with entrance.entered_region(request, region, stop=True):
                act(region)
            outcome.done.append(region)
        except (OperationalError, InterfaceError):
            logger.exception("An emergency stop was not written in %s.", region)
            outcome.failed.append(region)
    return outcome


def _press(request: HttpRequest, target: Target, reason: str) -> Outcome:
    """Stop a person in every region, a tenant in its own."""
    return _in_regions(
        request,
        [target.region] if target.region else list(everywhere()),
        lambda region: press_stop(
            by=request.user,
            standing=request.relations,
            kind=target.kind,
            target=(target.id, target.label),
            reason=reason,
        ),
    )


def _release(request: HttpRequest, standing: StandingStop) -> list[bool]:
    """Take each row of the open region a step; whether each is released now."""
    rows = Lockout.objects.filter(
        pk__in=[row.pk for _, row in standing.rows], released_at__isnull=True
    )
    return [
        release_stop(by=request.user, standing=request.relations, stop_id=row.pk).released_at
        is not None
        for row in rows
        if rules.may_release(request.user, request.relations, row)
    ]


def _standing(request: HttpRequest, stop_id: uuid.UUID) -> StandingStop:
    stops, _ = standing_stops(request)
    for standing in stops:
        if any(row.pk == stop_id for _, row in standing.rows):
            return standing
    raise Http404("No such stop.")


def _form(request: HttpRequest) -> StopForm:
    return StopForm(
        request.POST if request.method == "POST" else None,
        people=people_to_stop(request),
        tenants=request.relations.decide,
    )


def _answer(
    request: HttpRequest,
    form: StopForm | None,
    *,
    outcome: Outcome | None = None,
    target: Target | None = None,
    status: int = 200,
) -> HttpResponse:
    stops, regions = standing_stops(request)
    version = version_of(regions.down, [stop.version for stop in stops])
    if wants_fragment(request) and (same := unchanged(request, version)):
        return same
    context = {
        "form": form,
        "stops": stops,
        "regions": regions,
        "version": version,
        "target": target,
        "done": outcome.text(outcome.done) if outcome else "",
        "failed": outcome.text(outcome.failed) if outcome else "",
    }
    template = "access/_stops.html" if wants_fragment(request) else "access/stop.html"
    return render(request, template, context, status=status)
