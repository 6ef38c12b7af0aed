"""The flow of signing in, apart from its pages: password, then second factor, then a new session.

Nobody is signed in between the two steps. Meanwhile the session holds one signed note that says
whose password was right, and that is worth nothing after five minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.signals import user_login_failed
from django.core import signing
from django.shortcuts import resolve_url
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django_htmx.middleware import HtmxDetails
from django_otp import login as otp_login

from access import clock, second_factor, session_times
from access.audit import record_control
from access.models import Staff
from access.second_factor import CodeRefused

if TYPE_CHECKING:
    from django.http import QueryDict

    from access.http import OpenRequest

NOTE_KEY: Final = "half_signed_in"
NOTE_SECONDS: Final = 300
_SALT: Final = "access.sign_in"
_BACKEND: Final = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True)
class HalfSignedIn:
    """Whose password was right, where they were going, and the set-up under way, if any."""

    staff: Staff
    next_page: str
    device_id: int | None


def check_password(request: OpenRequest, email: str, password: str) -> Staff | None:
    """The person, or None: unknown address, wrong password and closed account look the same."""
    found = authenticate(request, email=email, password=password)
    if isinstance(found, Staff):
        return found
    # Both cases look the person up, so that they take the same time.
    account = Staff.objects.filter(email=email).first()
    _record_refusal(request, account, "password")
    return None


def go_half_way(request: OpenRequest, staff: Staff, next_page: str) -> str:
    """Note that the password was right, in a session of its own. Returns the page that follows."""
    device = None
    if second_factor.authenticator_of(staff) is None:
        device = second_factor.begin_enrolment(staff)
    request.session.flush()
    note = {
        "staff": str(staff.pk),
        "proof": staff.get_session_auth_hash(),
        "next": next_page,
        "device": device.pk if device else None,
    }
    request.session[NOTE_KEY] = signing.dumps(note, salt=_SALT)
    return "access:sign_in_set_up" if device else "access:sign_in_code"


def half_signed_in(request: OpenRequest) -> HalfSignedIn | None:
    """Who is between the two steps; None when nobody is, or it took too long."""
    try:
        note = signing.loads(request.session.get(NOTE_KEY, ""), salt=_SALT, max_age=NOTE_SECONDS)
    except signing.BadSignature:
        return None
    staff = Staff.objects.filter(pk=note["staff"], is_active=True).first()
    if staff is None or not constant_time_compare(note["proof"], staff.get_session_auth_hash()):
        return None
    return HalfSignedIn(staff, note["next"], note["device"])


def enter_code(request: OpenRequest, half: HalfSignedIn, code: str) -> None:
    """Take the second factor and sign in. Raises CodeRefused."""
    refuse_locked_out(request, half)
    try:
        device = second_factor.verify(half.staff, code)
    except CodeRefused as refused:
        _count_wrong_code(request, half, refused)
        raise
    _complete(request, half.staff, device)


def enter_first_code(request: OpenRequest, half: HalfSignedIn, code: str) -> list[str]:
    """Confirm the first authenticator and sign in; the recovery codes, to be shown once."""
    refuse_locked_out(request, half)
    try:
        device = second_factor.confirm_first(half.staff, half.device_id or 0, code)
    except CodeRefused as refused:
        _count_wrong_code(request, half, refused)
        raise
    codes = second_factor.renew_recovery_codes(half.staff)
    record_control("second_factor.set_up", by=half.staff, request=request)
    _complete(request, half.staff, device)
    return codes


def refuse_locked_out(request: OpenRequest, half: HalfSignedIn) -> None:
    """Wrong codes count like wrong passwords: too many from one address, and it has to wait."""
    credentials = {"email": half.staff.email}
    if not AxesProxyHandler.is_allowed(request, credentials):
        request.axes_locked_out = True
        request.axes_credentials = credentials
        request.session.flush()
        raise CodeRefused("Too many failed tries.", reason="locked out", guessed=False)


def is_locked_out(request: OpenRequest) -> bool:
    """Whether this try was answered by the lock-out."""
    return bool(getattr(request, "axes_locked_out", False))


def sign_out(request: OpenRequest) -> None:
    """End the session, at the person's wish."""
    record_control("sign_out", by=request.user, request=request)
    logout(request)


def sent(request: OpenRequest) -> QueryDict | None:
    """What a form is bound to: nothing until something was sent."""
    return request.POST if request.method == "POST" else None


def safe_next(request: OpenRequest, target: str | None) -> str:
    """The page to go on to: only one of ours, and none of signing in and out."""
    own_site = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    flow = (resolve_url("access:sign_in"), resolve_url("access:sign_out"))
    if target and own_site and target.startswith("/") and not target.startswith(flow):
        return target
    return ""


def page_asked_for(request: OpenRequest) -> str:
    """The page to come back to after signing in: for a fragment, the page it stands on."""
    if request.headers.get("HX-Request") == "true":
        return safe_next(request, HtmxDetails(request).current_url_abs_path)
    return safe_next(request, request.get_full_path()) if request.method == "GET" else ""


def sign_in_address(request: OpenRequest, **more: str) -> str:
    """Where to sign in, with the way back."""
    query = {"next": page_asked_for(request), **more}
    query = {name: value for name, value in query.items() if value}
    return resolve_url("access:sign_in") + (f"?{urlencode(query)}" if query else "")


def _complete(request: OpenRequest, staff: Staff, device: Any) -> None:
    """Sign in with both factors at once, in a session whose key nobody has seen before."""
    request.session.flush()
    login(request, staff, backend=_BACKEND)
    otp_login(request, device)
    session_times.start(request.session, clock.now())
    method = second_factor.method_of(device)
    record_control("sign_in.ok", by=staff, detail={"method": method}, request=request)


def _count_wrong_code(request: OpenRequest, half: HalfSignedIn, refused: CodeRefused) -> None:
    """Count a guess towards the lock-out, and let a locked-out person start over."""
    if refused.guessed:
        credentials = {"email": half.staff.email}
        user_login_failed.send(sender=__name__, credentials=credentials, request=request)
    _record_refusal(request, half.staff, f"code: {refused.reason}")
    if is_locked_out(request):
        request.session.flush()


def _record_refusal(request: OpenRequest, account: Staff | None, reason: str) -> None:
    """Nobody has shown yet who they are: the record names the account aimed at, not an actor."""
    detail = {"reason": reason, "account": str(account.pk) if account else ""}
    if is_locked_out(request):
        detail["locked_out"] = "yes"
    record_control("sign_in.refused", by=None, outcome="refused", detail=detail, request=request)
