"""A person's own page: who they are here, certificates, appearance, second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_otp import login as otp_login

from access import clock, personnel, policy, session_times
from access import second_factor as factors
from access import sign_in as flow
from access.actions.people import accept_privacy_wording, set_appearance
from access.audit import record_control
from access.forms.me import AppearanceForm
from access.forms.sign_in import StepUpForm
from access.gate import signed_in
from access.models.people import CertificateKind
from access.personnel import Personnel
from access.second_factor import CodeRefused
from access.step_up import StepUpRefused, consume, prove
from access.views.sign_in import set_up_facts

if TYPE_CHECKING:
    from access.http import HttpRequest

PENDING_KEY = "replacing_authenticator"
OWN = "everybody sees and changes their own, and nobody else's"


@signed_in(reason=OWN)
@require_GET
def me(request: HttpRequest) -> HttpResponse:
    """What is known of me here."""
    return me_page(request, AppearanceForm.of(request.user))


@signed_in(reason=OWN)
@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """Keep how pages look to me, and go back to where I was."""
    form = AppearanceForm.sent(request.user, request.POST.dict())
    if not form.is_valid():
        return me_page(request, form, status=422)
    chosen = form.cleaned_data
    set_appearance(
        by=request.user,
        theme=chosen["theme"],
        density=chosen["density"],
        shortcuts=chosen["shortcuts"] == "on",
    )
    return redirect(flow.safe_next(request, request.POST.get("next")) or "access:me")


@signed_in(reason=OWN)
@require_http_methods(["GET", "HEAD", "POST"])
def privacy_accept(request: HttpRequest) -> HttpResponse:
    """Read the privacy wording; accepting it certifies so for a year."""
    version = policy.CURRENT_PRIVACY_WORDING
    if request.method == "POST" and request.POST.get("version") == str(version):
        accept_privacy_wording(by=request.user, version=version, request=request)
        messages.success(request, "You accepted the privacy wording for one year.")
        return redirect("access:me")
    page = {
        "version": version,
        "wording": f"access/privacy_wording_{version}.html",
        "stale": request.method == "POST",
        "accepted": Personnel.of(request.user).latest(CertificateKind.PRIVACY),
    }
    return render(request, "access/privacy.html", page, status=409 if page["stale"] else 200)


@signed_in(reason=OWN)
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """My authenticator; a fresh code begins the set-up of another one."""
    form = StepUpForm(flow.sent(request))
    if request.method == "POST" and form.is_valid() and spend_code(request, form, "replace"):
        device = factors.begin_enrolment(request.user)
        request.session[PENDING_KEY] = device.pk
        return redirect("access:second_factor_confirm")
    page = {"form": form, "authenticator": factors.authenticator_of(request.user)}
    return render(request, "access/second_factor.html", page, status=422 if form.errors else 200)


@signed_in(reason=OWN)
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor_confirm(request: HttpRequest) -> HttpResponse:
    """Confirm the new authenticator with its first code; the old one stops counting."""
    pending = request.session.get(PENDING_KEY)
    device = factors.pending_authenticator(request.user, pending)
    if device is None:
        return redirect("access:second_factor")
    form = StepUpForm(flow.sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            new = factors.confirm_replacement(request.user, device.pk, form.cleaned_data["code"])
        except CodeRefused as refused:
            form.add_error("code", refused.sentence)
        else:
            finish_replacement(request, new)
            return redirect("access:second_factor")
    page = {"form": form, **set_up_facts(device)}
    return render(
        request, "access/second_factor_confirm.html", page, status=422 if form.errors else 200
    )


@signed_in(reason=OWN)
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """How many recovery codes are left; a fresh code makes ten new ones, shown once."""
    form = StepUpForm(flow.sent(request))
    codes: list[str] = []
    if request.method == "POST" and form.is_valid() and spend_code(request, form, "recovery"):
        codes = factors.renew_recovery_codes(request.user)
        record_control("recovery_codes.renewed", by=request.user, request=request)
    page = {
        "form": form,
        "codes": codes,
        "left": factors.recovery_codes_left(request.user),
    }
    return render(request, "access/recovery_codes.html", page, status=422 if form.errors else 200)


def spend_code(request: HttpRequest, form: StepUpForm, act: str) -> bool:
    """Give and use a fresh code for an act on the person's own account."""
    staff = request.user
    try:
        step_up = prove(
            staff=staff,
            act=act,
            subject=staff.pk,
            code=form.cleaned_data["code"],
            session=request.session,
        )
        consume(step_up.pk, staff, act, staff.pk, policy.current().step_up_max_age)
    except StepUpRefused as refused:
        form.add_error("code", refused.sentence)
        return False
    return True


def finish_replacement(request: HttpRequest, device: Any) -> None:
    """Go on with this session under the new authenticator; others of the person end."""
    request.session.pop(PENDING_KEY, None)
    otp_login(request, device)
    record_control("second_factor.replaced", by=request.user, request=request)
    messages.success(request, "The new authenticator counts now. The old one no longer does.")


def me_page(request: HttpRequest, form: AppearanceForm, status: int = 200) -> HttpResponse:
    """The page, with the personnel gates as the rules see them."""
    person, moment = Personnel.of(request.user), clock.now()
    absolute_end = session_times.absolute_end(request.session)
    page = {
        "form": form,
        "staff": request.user,
        "findings": personnel.findings(person, policy.current(), moment),
        "training": person.latest(CertificateKind.TRAINING),
        "privacy": person.latest(CertificateKind.PRIVACY),
        "idle_end": min(session_times.idle_end(request.session), absolute_end),
        "absolute_end": absolute_end,
        "codes_left": factors.recovery_codes_left(request.user),
        "authenticator": factors.authenticator_of(request.user),
    }
    return render(request, "access/me.html", page, status=status)
