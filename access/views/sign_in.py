"""Pages of signing in and out. The flow itself is access/sign_in.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from access import demo_sign_in, second_factor
from access import sign_in as flow
from access.forms.sign_in import CodeForm, PasswordForm
from access.gate import public, signed_in
from access.second_factor import CodeRefused

if TYPE_CHECKING:
    from access.http import HttpRequest, OpenRequest
    from access.sign_in import HalfSignedIn

ENDED = {
    "idle": settings.SESSION_IDLE_SECONDS,
    "limit": settings.SESSION_ABSOLUTE_SECONDS,
    "late": flow.NOTE_SECONDS,
}


@public(reason="the way in")
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: OpenRequest) -> HttpResponse:
    """First step: e-mail and password."""
    next_page = flow.safe_next(request, request.POST.get("next") or request.GET.get("next"))
    if request.user.is_authenticated and request.user.is_verified():
        return redirect(next_page or settings.LOGIN_REDIRECT_URL)
    if request.method != "POST":
        return sign_in_page(request, PasswordForm(initial={"next": next_page}))
    form = PasswordForm(request.POST)
    if not form.is_valid():
        return sign_in_page(request, form, status=422)
    staff = flow.check_password(request, form.cleaned_data["email"], form.cleaned_data["password"])
    if staff is None:
        return sign_in_page(request, form, wrong=True, status=422)
    return redirect(flow.go_half_way(request, staff, next_page))


@public(reason="the second step of the way in; needs the password given just before")
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_code(request: OpenRequest) -> HttpResponse:
    """Second step: a code of the authenticator, or a recovery code."""
    half = flow.half_signed_in(request)
    if half is None or half.device_id:
        return start_over(request)
    form = CodeForm(flow.sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            flow.enter_code(request, half, form.cleaned_data["code"])
        except CodeRefused as refused:
            form.add_error("code", refused.sentence)
        else:
            return redirect(half.next_page or settings.LOGIN_REDIRECT_URL)
    return code_page(request, "access/sign_in_code.html", half, form)


@public(reason="the first set-up of a second factor; needs the password given just before")
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_set_up(request: OpenRequest) -> HttpResponse:
    """Second step for a person without an authenticator: set one up, then recovery codes."""
    half = flow.half_signed_in(request)
    device = second_factor.pending_authenticator(half.staff, half.device_id) if half else None
    if half is None or device is None:
        return start_over(request)
    form = CodeForm(flow.sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            codes = flow.enter_first_code(request, half, form.cleaned_data["code"])
        except CodeRefused as refused:
            form.add_error("code", refused.sentence)
        else:
            go_on = half.next_page or resolve_url(settings.LOGIN_REDIRECT_URL)
            return render(
                request, "access/recovery_codes_first.html", {"codes": codes, "go_on": go_on}
            )
    template = "access/second_factor_first.html"
    return code_page(request, template, half, form, **set_up_facts(device))


@signed_in(reason="everybody may leave")
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, and have the browser forget what it kept of us."""
    flow.sign_out(request)
    response = render(request, "access/signed_out.html")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@public(reason="the demo's own way to its sign-in form; there is no such address elsewhere")
@require_POST
def sign_in_demo(request: OpenRequest) -> HttpResponse:
    """The sign-in form, filled in for one of the demo's people."""
    person = demo_sign_in.person(request.POST.get("person", ""))
    if person is None:
        raise Http404("No such person in the demo.")
    form = PasswordForm(
        initial={
            "email": person.email,
            "password": demo_sign_in.DEMO_PASSWORD,
            "next": flow.safe_next(request, request.POST.get("next")),
        }
    )
    form.fields["password"].widget.render_value = True
    return sign_in_page(request, form, chosen=person)


def locked_out(
    request: OpenRequest, original: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """What django-axes answers with: when to try again."""
    email = (credentials or {}).get("email", "")
    address = getattr(request, "axes_ip_address", None)
    tries = AccessAttempt.objects.filter(username=email, ip_address=address)
    latest = tries.order_by("-attempt_time").first()
    until = latest.attempt_time + get_cool_off(request) if latest else None
    return render(
        request, "access/locked_out.html", {"until": until}, status=settings.AXES_HTTP_RESPONSE_CODE
    )


def sign_in_page(
    request: OpenRequest, form: PasswordForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The first page, saying why if a session just ended."""
    ended = request.GET.get("ended", "")
    page = {
        "form": form,
        "ended": ended if ended in ENDED else "",
        "ended_after": ENDED.get(ended),
        "next": form["next"].value() or "",
        "demo_people": demo_sign_in.people() if settings.DEMO else (),
        **more,
    }
    return render(request, "access/sign_in.html", page, status=status)


def code_page(
    request: OpenRequest, template: str, half: HalfSignedIn, form: CodeForm, **more: Any
) -> HttpResponse:
    """A page that asks for a code."""
    page = {"form": form, "staff": half.staff, **more}
    return render(request, template, page, status=422 if form.errors else 200)


def set_up_facts(device: Any) -> dict[str, Any]:
    """What a page shows of a set-up under way."""
    return {
        "device": device,
        "secret": second_factor.secret_text(device),
        "qr": second_factor.qr_picture(device),
    }


def start_over(request: OpenRequest) -> HttpResponse:
    """The password was given too long ago, or not at all."""
    late = "late" if flow.NOTE_KEY in request.session else ""
    request.session.pop(flow.NOTE_KEY, None)
    target = resolve_url("access:sign_in") + (f"?ended={late}" if late else "")
    return HttpResponse(status=302, headers={"Location": target})
