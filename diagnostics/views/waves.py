"""Waves of a tenant: the list, one wave with its plan, voting on it, and acting on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access import policy, step_up
from access.entrance import tenant_or_404
from access.gate import requires, signed_in
from access.listing import ListState
from access.pages.answers import SeeOther, version_of
from access.scopes import Scope
from access.step_up import StepUpRefused
from access.verdict import Refused, WrongState
from diagnostics.actions.waves import act_on_wave, vote_on_wave
from diagnostics.entrance import STEP_UP, entered_to_decide
from diagnostics.forms.waves import WaveActForm, WaveVoteForm
from diagnostics.models import Wave
from diagnostics.pages.stops import as_stops, bar_of, in_force
from diagnostics.pages.wave import EFFECTS, SLUGS, WavePage, find_wave, read_wave
from diagnostics.pages.wave_plan import (
    excluded_spec,
    plan_row,
    plan_spec,
    read_excluded,
    read_plan,
)
from diagnostics.pages.waves import HEALTH, Reader, crumbs_of, read_waves, row_of, spec
from diagnostics.remediation.states import Act
from diagnostics.rules.waves import may_do
from rooms.pages.live import openness, polled_answer

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest
    from access.models import Tenant

DONE = {
    Act.START: "is started. Its first devices get the action in their windows.",
    Act.PAUSE: "is paused.",
    Act.RESUME: "goes on.",
    Act.STOP: "is stopped. What was not sent is cancelled.",
    Act.CANCEL: "is cancelled.",
    Act.ROLL_BACK: "is being rolled back.",
}
PART = "approvers of the tenant decide without a grant; a vote takes a fresh code"


@requires(Scope.HEALTH_VIEW, standing=True)
@require_safe
def waves(request: HttpRequest, access: Access) -> HttpResponse:
    """The waves that are open to the reader, newest first."""
    reader, tenant = Reader.of(request, access.tenant), access.tenant.reference
    state = ListState.read(spec(), request.GET)
    listing = read_waves(access.tenant, state)
    rows = [row_of(one) for one in listing.rows]
    facts = version_of(*((row["one"].reference, row["one"].state) for row in rows))
    version = f"{openness(access, HEALTH)}.{facts}"
    if answer := polled_answer(request, state.seen, version):
        return answer
    if request.htmx and request.htmx.target == "list-news":
        return render(request, "rooms/_list_news.html", {"url": state.url, "news": True})
    shown = {
        "tenant": tenant,
        "listing": listing,
        "rows": rows,
        "reader": reader,
        "stops": bar_of(in_force(), tenant),
        "card": None if reader.sees_all else access.closed(HEALTH, what="The waves of others"),
        "poll_url": f"{state.url}&seen={version}",
        "search_label": "Find a wave by its reference",
        "search_text": "".join(state.filters.get("q", ())),
        "crumbs": crumbs_of(tenant),
    }
    return render(request, "remediation/waves.html", shown)


@requires(Scope.HEALTH_VIEW, standing=True)
@require_safe
def wave(request: HttpRequest, access: Access, wave: str) -> HttpResponse:
    """One wave: its plan, who agreed, and how far it is."""
    reader = Reader.of(request, access.tenant)
    page = read_wave(reader, find_wave(reader, wave))
    version = f"{openness(access, HEALTH)}.{page.version}"
    if answer := polled_answer(request, request.GET.get("seen", ""), version):
        return answer
    return show(request, page, version=version)


def show(
    request: HttpRequest,
    page: WavePage,
    ballot: WaveVoteForm | None = None,
    *,
    version: str = "",
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page, with a vote that was refused as it was sent."""
    tenant = page.wave.tenant_reference
    if ballot is None and page.may_vote:
        ballot = WaveVoteForm(initial={"digest": page.wave.digest})
    shown = {
        "page": page,
        "wave": page.wave,
        "tenant": tenant,
        "health": page.reader.health,
        "ballot": ballot if page.may_vote else None,
        "trouble": trouble,
        "version": version,
        "stops": page.stops,
        "crumbs": crumbs_of(tenant, (page.wave.reference, "")),
    }
    fragment = request.htmx and request.htmx.target == "wave-live"
    template = "remediation/_wave_live.html" if fragment else "remediation/wave.html"
    return render(request, template, shown, status=status)


@requires(Scope.HEALTH_VIEW, standing=True)
@require_safe
def wave_plan(request: HttpRequest, access: Access, wave: str) -> HttpResponse:
    """The plan device by device; `?part=excluded` is who is left out, and why."""
    reader = Reader.of(request, access.tenant)
    found, tenant = find_wave(reader, wave), access.tenant.reference
    out = request.GET.get("part") == "excluded"
    query = request.GET.copy()
    query.pop("part", None)
    state = ListState.read(excluded_spec(found) if out else plan_spec(found), query)
    listing = read_excluded(found, state) if out else read_plan(found, state)
    shown = {
        "wave": found,
        "tenant": tenant,
        "part": "excluded" if out else "",
        "reader": reader,
        "sees_items": reader.sees_items(found),
        "listing": listing,
        "rows": listing.rows if out else [plan_row(one) for one in listing.rows],
        "search_label": "" if out else "Find a device, room or item by its reference",
        "search_text": "".join(state.filters.get("q", ())),
        "crumbs": crumbs_of(tenant, (wave, _url(found)), ("Plan", "")),
    }
    return render(request, "remediation/wave_plan.html", shown)


@signed_in(reason=PART)
@sensitive_post_parameters("code")
@require_POST
def wave_decide(request: HttpRequest, tenant: str, wave: str) -> HttpResponse:
    """Agree to the plan or refuse it, with a code given for this vote."""
    found = tenant_or_404(request, tenant)
    page = _page(request, found, wave, "wave_decide")
    page.may_vote.enforce()
    form, trouble = WaveVoteForm(request.POST), ""
    if form.is_valid():
        try:
            _vote(request, found, page.wave, form)
        except StepUpRefused as refused:
            form.add_error("code", refused.sentence)
        except WrongState as stale:
            trouble, form = str(stale), WaveVoteForm(initial={"digest": page.wave.digest})
            return show(request, page, form, trouble=trouble, status=409)
        except Refused as refused:
            form.refuse(refused.denied)
        else:
            messages.success(request, "Your vote is kept.")
            return SeeOther(_url(page.wave))
    return show(request, page, form, status=422)


def _page(request: HttpRequest, tenant: Tenant, reference: str, view: str) -> WavePage:
    """The page, read in a transaction of its own before a code is spent."""
    reader = Reader.of(request, tenant)
    with entered_to_decide(request, tenant, view, ("wave", reference)):
        return read_wave(reader, find_wave(reader, reference))


def _prove(request: HttpRequest, wave: Wave, code: str) -> str:
    """Spend a code for this wave; how it was proven. Raises StepUpRefused."""
    return step_up.spend(
        staff=request.user,
        act=STEP_UP,
        subject=wave.pk,
        code=code,
        session=request.session,
        max_age=policy.current().step_up_max_age,
    )


def _vote(request: HttpRequest, tenant: Tenant, wave: Wave, form: WaveVoteForm) -> None:
    typed = form.cleaned_data
    method = _prove(request, wave, typed["code"])
    subject = ("wave", wave.reference)
    with entered_to_decide(request, tenant, "wave_decide", subject, proven=wave.pk):
        vote_on_wave(
            by=request.user,
            decides=Reader.of(request, tenant).decides,
            tenant=tenant,
            wave_id=wave.pk,
            digest=typed["digest"],
            approves=typed["answer"] == "approve",
            reason=typed["reason"],
            step_up_method=method,
        )


@signed_in(reason="whoever ordered a wave and approvers of its tenant hold it without a grant")
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def wave_act(request: HttpRequest, tenant: str, wave: str, act: str) -> HttpResponse:
    """Start, pause, resume, stop, cancel or roll back: what it does, why, and then doing it."""
    found = tenant_or_404(request, tenant)
    wanted = next((one for one, slug in SLUGS.items() if slug == act), None)
    if wanted is None:
        raise Http404("No such act.")
    page = _page(request, found, wave, "wave_act")
    if request.method != "POST":
        return show_act(request, page, wanted, WaveActForm(act=wanted))
    may_do(wanted, page.wave, request.user.person_id, page.reader.decides).enforce()
    form = WaveActForm(request.POST, act=wanted)
    if form.is_valid():
        try:
            _act(request, found, page.wave, wanted, form.cleaned_data)
        except StepUpRefused as refused:
            form.add_error("code", refused.sentence)
        except Refused as refused:
            form.refuse(refused.denied)
        else:
            messages.success(request, f"{page.wave.reference} {DONE[wanted]}")
            return SeeOther(_url(page.wave))
    return show_act(request, page, wanted, form, status=422)


def _act(request: HttpRequest, tenant: Tenant, wave: Wave, act: Act, typed: dict[str, Any]) -> None:
    method = _prove(request, wave, typed["code"]) if "code" in typed else ""
    proven = wave.pk if method else None
    with entered_to_decide(request, tenant, "wave_act", ("wave", wave.reference), proven=proven):
        act_on_wave(
            by=request.user,
            decides=Reader.of(request, tenant).decides,
            tenant=tenant,
            wave_id=wave.pk,
            act=act,
            reason=typed["reason"],
            stops=as_stops(in_force()),
            step_up_method=method,
        )


def show_act(
    request: HttpRequest, page: WavePage, act: Act, form: WaveActForm, status: int = 200
) -> HttpResponse:
    """What the act does, and its form where this reader may do it."""
    verdict = may_do(act, page.wave, page.reader.person.person_id, page.reader.decides)
    label, effect = EFFECTS[act]
    shown = {
        "wave": page.wave,
        "tenant": page.wave.tenant_reference,
        "page": page,
        "act": act,
        "label": label,
        "effect": effect,
        "danger": act in (Act.STOP, Act.CANCEL, Act.ROLL_BACK),
        "verdict": verdict,
        "form": form,
        "stops": page.stops,
        "crumbs": crumbs_of(
            page.wave.tenant_reference, (page.wave.reference, _url(page.wave)), (label, "")
        ),
    }
    return render(request, "remediation/wave_act.html", shown, status=status)


def _url(wave: Wave) -> str:
    return reverse("diagnostics:wave", args=[wave.tenant_reference, wave.reference])
