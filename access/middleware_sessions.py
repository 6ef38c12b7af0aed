"""How long a session lives: an end without use, an end in any case, both by the database's clock."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.shortcuts import render

from access import clock
from access.audit import record_control
from access.gate import declared
from access.sign_in import sign_in_address

if TYPE_CHECKING:
    from django.http import HttpRequest

STARTED_KEY: Final = "signed_in_at"
SEEN_KEY: Final = "seen_at"
# The last use is written at most so often; a session may end that much early, never late.
SEEN_EVERY: Final = timedelta(seconds=60)
IDLE: Final = "idle"
ABSOLUTE: Final = "limit"
DATABASE_DOWN: Final = {
    "reason": "A database does not answer, so nothing was changed.",
    "remedy": "Try again in a minute.",
}

logger = logging.getLogger(__name__)


class SessionLimits:
    """End sessions that are over, and answer with the way to sign in again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Judge the session before anything else looks at who asks."""
        request.session_ended = ""
        try:
            judge(request)
        except (OperationalError, InterfaceError):
            # Nobody is known without the control plane, and nothing must look as if they were.
            logger.exception("The control plane does not answer.")
            become_nobody(request)
            return render(request, "503.html", DATABASE_DOWN, status=503)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Send a person whose session just ended to sign in, unless the page is for everybody."""
        declaration = declared(view)
        if not request.session_ended or (declaration and declaration.kind == "public"):
            return None
        target = sign_in_address(request, ended=request.session_ended)
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=401, headers={"HX-Redirect": target})
        return HttpResponse(status=302, headers={"Location": target})


def judge(request: HttpRequest) -> None:
    """End the session if it is over; otherwise note that it is in use."""
    if not request.user.is_authenticated:
        return
    moment = clock.now()
    request.session_ended = why_over(request.session, moment)
    if request.session_ended:
        end_session(request)
    elif not is_tick(request):
        note_use(request.session, moment)


def start_limits(sender: Any, request: HttpRequest, user: Any, **rest: Any) -> None:
    """Every sign-in starts the clock of its session."""
    moment = clock.now().isoformat()
    request.session[STARTED_KEY] = request.session[SEEN_KEY] = moment


user_logged_in.connect(start_limits, dispatch_uid="access.session_limits")


def ends(session: Any) -> tuple[datetime, datetime]:
    """When the session ends without use, and when it ends in any case."""
    seen, started = _time(session, SEEN_KEY), _time(session, STARTED_KEY)
    return (
        seen + timedelta(seconds=settings.SESSION_IDLE_SECONDS),
        started + timedelta(seconds=settings.SESSION_ABSOLUTE_SECONDS),
    )


def why_over(session: Any, moment: datetime) -> str:
    """Why the session is over at this moment; empty while it is not."""
    idle_end, absolute_end = ends(session)
    if moment >= absolute_end:
        return ABSOLUTE
    return IDLE if moment >= idle_end else ""


def note_use(session: Any, moment: datetime) -> None:
    """Remember that the session is in use."""
    if moment - _time(session, SEEN_KEY) >= SEEN_EVERY:
        session[SEEN_KEY] = moment.isoformat()


def end_session(request: HttpRequest) -> None:
    """Leave nothing of the session, in the database or in this request."""
    detail = {"reason": request.session_ended}
    record_control("session.ended", by=request.user, detail=detail, request=request)
    request.session.flush()
    become_nobody(request)


def become_nobody(request: HttpRequest) -> None:
    """For the rest of this request nobody is signed in."""
    request.user = AnonymousUser()
    request.user.otp_device = None
    request.user.is_verified = lambda: False


def is_tick(request: HttpRequest) -> bool:
    """Whether the page refreshes by itself: that is no use, or an open page would live for ever."""
    return request.headers.get("X-Tick") == "1"


def _time(session: Any, key: str) -> datetime:
    """A time kept in the session; one that is missing is long past, so that the session is over."""
    kept = session.get(key)
    return datetime.fromisoformat(kept) if kept else datetime.min.replace(tzinfo=UTC)
