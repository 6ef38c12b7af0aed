"""The emergency stop of the queue: one person places it, two approvers release it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from access import entrance, policy, step_up
from access.gate import signed_in
from access.pages.answers import SeeOther, unchanged, wants_fragment
from access.residency import place_name
from access.step_up import StepUpRefused
from access.verdict import Refused, WrongState
from diagnostics.actions.stops import place_stop, release_stop
from diagnostics.entrance import STEP_UP
from diagnostics.forms.stops import ReleaseForm, StopForm
from diagnostics.models import EmergencyStop
from diagnostics.pages.stops import StandingStop, StopsPage, read_stops
from diagnostics.remediation.guardrails import StopLevel
from diagnostics.rules.stops import may_place, may_release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from access.http import HttpRequest

logger = logging.getLogger(__name__)


@dataclass
class Outcome:
    """In which regions an act was done, and which could not be reached."""

    done: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    ended: list[EmergencyStop] = field(default_factory=list)

    def text(self, regions: list[str]) -> str:
        """Regions by their names."""
        return ", ".join(place_name(region) for region in regions)


@signed_in(reason="a stop is known to everybody; whoever may ask or decide for a tenant places one")
@require_http_methods(["GET", "HEAD", "POST"])
def stops(request: HttpRequest) -> HttpResponse:
    """The stops in force in every region, and the form to place one."""
    allowed = may_place(request.relations)
    if request.method != "POST":
        return _show(request, _form(request) if allowed else None)
    allowed.enforce()
    form = _form(request)
    if not form.is_valid():
        return _show(request, form, status=422)
    outcome = _place(request, form)
    if outcome.failed:
        return _show(request, form, outcome=outcome, status=503)
    messages.success(request, f"Stopped. In force in {outcome.text(outcome.done)}.")
    return SeeOther(reverse("diagnostics:remediation_stops"))


@signed_in(reason="one approver asks for the release, a second one confirms it")
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def stop_release(request: HttpRequest, stop: str) -> HttpResponse:
    """Ask for a release, or confirm it, wherever this stop stands; with a fresh code."""
    standing = _standing(read_stops(request), stop)
    form = ReleaseForm(request.POST or None, initial={"seen": standing.version})
    if request.method != "POST":
        return _show_release(request, standing, form)
    standing.verdict.enforce()
    if form.is_valid():
        try:
            outcome = _release(request, standing, form)
        except StepUpRefused as refused:
            form.add_error("code", refused.sentence)
        except Refused as refused:
            form.refuse(refused.denied)
        else:
            return _released(request, standing, outcome)
    return _show_release(request, standing, form, status=422)


def _in_regions(
    request: HttpRequest,
    regions: Iterable[str],
    act: Callable[[str], Iterable[EmergencyStop]],
    *,
    release: bool = False,
) -> Outcome:
    """Do an act in each region, each in its own transaction; one that fails stops no other."""
    outcome = Outcome()
    for region in regions:
        try:
            with entrance.entered_region(request, region, stop=release, halt=True):
                outcome.ended += act(region)
            outcome.done.append(region)
        except (OperationalError, InterfaceError):
            logger.exception("An emergency stop of the queue was not written in %s.", region)
            outcome.failed.append(region)
    return outcome


def _place(request: HttpRequest, form: StopForm) -> Outcome:
    """A tenant is stopped in its own region, all else in every one."""
    tenant = form.found_tenant
    typed = form.cleaned_data

    def place(region: str) -> list[EmergencyStop]:
        stop = place_stop(
            by=request.user,
            standing=request.relations,
            level=StopLevel(typed["level"]),
            reason=typed["reason"],
            tenant=tenant,
            action=typed["action"],
        )
        return [stop]

    return _in_regions(request, [tenant.region] if tenant else settings.PORTAL_REGIONS, place)


def _release(request: HttpRequest, standing: StandingStop, form: ReleaseForm) -> Outcome:
    """Spend the code, then take each row a step nearer to its release."""
    typed = form.cleaned_data
    if typed["seen"] != standing.version:
        raise WrongState("The stop has changed since you opened the page. Look again.")
    method = step_up.spend(
        staff=request.user,
        act=STEP_UP,
        subject=standing.first.pk,
        code=typed["code"],
        session=request.session,
        max_age=policy.current().step_up_max_age,
    )

    def release(region: str) -> list[EmergencyStop]:
        return [
            release_stop(
                by=request.user,
                standing=request.relations,
                reference=row.reference,
                reason=typed["reason"],
                step_up_method=method,
            )
            for where, row in standing.rows
            if where == region and may_release(request.user, request.relations, row)
        ]

    return _in_regions(request, standing.regions, release, release=True)


def _released(request: HttpRequest, standing: StandingStop, outcome: Outcome) -> HttpResponse:
    """Say where it was done, and what is still missing."""
    if outcome.failed:
        words = f"Not done in {outcome.text(outcome.failed)}: the database does not answer."
        messages.error(request, f"{words} The stop stands there. Try again.")
    if outcome.ended and all(stop.released_at for stop in outcome.ended):
        where = outcome.text(outcome.done)
        messages.success(request, f"Released in {where}: {standing.label}. What it held goes on.")
    elif outcome.ended:
        messages.success(request, "You asked for the release. A second approver confirms it.")
    return SeeOther(reverse("diagnostics:remediation_stops"))


def _standing(page: StopsPage, reference: str) -> StandingStop:
    for standing in page.standing:
        if any(row.reference == reference for _, row in standing.rows):
            return standing
    raise Http404("No such stop is in force.")


def _form(request: HttpRequest) -> StopForm:
    held = {one.pk: one for one in (*request.relations.ask, *request.relations.decide)}
    return StopForm(request.POST if request.method == "POST" else None, tenants=list(held.values()))


def _show(
    request: HttpRequest,
    form: StopForm | None,
    *,
    outcome: Outcome | None = None,
    status: int = 200,
) -> HttpResponse:
    page = read_stops(request)
    if wants_fragment(request) and (same := unchanged(request, page.version)):
        return same
    shown = {
        "page": page,
        "regions": page.regions,
        "form": form,
        "version": page.version,
        "done": outcome.text(outcome.done) if outcome else "",
        "failed": outcome.text(outcome.failed) if outcome else "",
        "crumbs": [("Remediation", _queue_url()), ("Emergency stops", "")],
    }
    template = "remediation/_stops.html" if wants_fragment(request) else "remediation/stops.html"
    return render(request, template, shown, status=status)


def _show_release(
    request: HttpRequest, standing: StandingStop, form: ReleaseForm, status: int = 200
) -> HttpResponse:
    shown = {
        "standing": standing,
        "form": form,
        "crumbs": [
            ("Remediation", _queue_url()),
            ("Emergency stops", reverse("diagnostics:remediation_stops")),
            ("Release", ""),
        ],
    }
    return render(request, "remediation/stops_release.html", shown, status=status)


def _queue_url() -> str:
    return reverse("diagnostics:remediation_mine")
