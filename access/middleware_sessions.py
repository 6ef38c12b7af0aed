"""Sessions end: without use, and in any case. Whose session ended is shown the way back in."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.models import AnonymousUser
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.shortcuts import render

from access import clock, session_times
from access.audit import record_control
from access.gate import declared
from access.sign_in import sign_in_address

if TYPE_CHECKING:
    from access.http import OpenRequest

DATABASE_DOWN: Final = {
    "reason": "A database does not answer, so nothing was changed.",
    "remedy": "Try again in a minute.",
}

logger = logging.getLogger(__name__)


class SessionLimits:
    """End sessions that are over, and answer with the way to sign in again."""

    def __init__(self, get_response: Callable[[OpenRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: OpenRequest) -> HttpResponse:
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
        self, request: OpenRequest, view: Any, args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Send a person whose session just ended to sign in, unless the page is for everybody."""
        declaration = declared(view)
        if not request.session_ended or (declaration and declaration.kind == "public"):
            return None
        target = sign_in_address(request, ended=request.session_ended)
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=401, headers={"HX-Redirect": target})
        return HttpResponse(status=302, headers={"Location": target})


def judge(request: OpenRequest) -> None:
    """End the session if it is over; otherwise note that it is in use."""
    if not request.user.is_authenticated:
        return
    moment = clock.now()
    if not session_times.is_started(request.session):
        session_times.start(request.session, moment)
    request.session_ended = session_times.why_over(request.session, moment)
    if request.session_ended:
        end_session(request)
    elif not is_tick(request):
        session_times.note_use(request.session, moment)


def end_session(request: OpenRequest) -> None:
    """Leave nothing of the session, in the database or in this request."""
    detail = {"reason": request.session_ended}
    record_control("session.ended", by=request.user, detail=detail, request=request)
    request.session.flush()
    become_nobody(request)


def become_nobody(request: OpenRequest) -> None:
    """For the rest of this request nobody is signed in."""
    request.user = AnonymousUser()
    request.user.otp_device = None
    request.user.is_verified = lambda: False


def is_tick(request: OpenRequest) -> bool:
    """Whether the page refreshes by itself: that is no use, or an open page would live for ever."""
    return request.headers.get("X-Tick") == "1"
