"""What every response carries, what happens to a refusal, and the door for undeclared views."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from psycopg.errors import InsufficientPrivilege, InvalidAuthorizationSpecification

from access import audit, entrance
from access.gate import declared
from access.middleware_sessions import SessionLimits
from access.policy import PolicyFault
from access.residency import RegionNotServed
from access.verdict import Refused, Unavailable, WrongState

if TYPE_CHECKING:
    from access.http import HttpRequest

logger = logging.getLogger(__name__)

__all__ = ["HonestFailures", "RefuseUndeclaredViews", "SecurityHeaders", "SessionLimits"]

Handler = Callable[["HttpRequest"], HttpResponse]


class SecurityHeaders:
    """A strict Content-Security-Policy, and nothing of ours kept in a cache."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.policy = "; ".join(
            f"{name} {' '.join(values)}" for name, values in settings.SECURE_CSP.items()
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers["Content-Security-Policy"] = self.policy
        response.headers["Permissions-Policy"] = (
            "camera=(), microphone=(), geolocation=(), display-capture=()"
        )
        if not request.path.startswith(settings.STATIC_URL):
            response.headers["Cache-Control"] = "no-store"
            patch_vary_headers(response, ["HX-Request", "HX-Target", "Cookie"])
        return response


class RefuseUndeclaredViews:
    """A view that declares nothing answers 403, whatever it would have done."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], *args: Any
    ) -> HttpResponse | None:
        """Turn an undeclared view away before it runs."""
        if declared(view) is not None:
            return None
        logger.error("A view without a declaration was called: %s", view)
        return render(
            request,
            "403.html",
            {"reason": "This page declares no access.", "remedy": ""},
            status=403,
        )


class HonestFailures:
    """Refusals, conflicts and outages become pages that say what happened and what is safe."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page for an error that has one; None leaves it to be a 500."""
        match error:
            case Refused():
                record_refusal(request, error.denied.code)
                return _page(request, "403.html", 403, error.denied.reason, error.denied.remedy)
            case WrongState():
                record_refusal(request, "stale")
                return _page(request, "409.html", 409, str(error), "Open it again and look.")
            case PolicyFault():
                logger.error("The policy cannot be read: %s", error)
                return _page(request, "503.html", 503, str(error), "A policy owner mends it.")
            case Unavailable():
                logger.error("Something outside does not answer: %s", error)
                again = "Try again in a minute. What you typed is still in your browser: go back."
                return _page(request, "503.html", 503, str(error), again)
            case RegionNotServed():
                return _page(request, "503.html", 503, str(error), "Use the portal of that region.")
            case ProgrammingError() if isinstance(error.__cause__, InsufficientPrivilege):
                # A rule of ours let something through that the database then refused.
                logger.critical("Policy reached the database layer: %s", error)
                record_refusal(request, "database")
                return _page(request, "403.html", 403, _first_line(error), "")
            case OperationalError() | InterfaceError():
                if isinstance(error.__cause__, InvalidAuthorizationSpecification):
                    return None
                logger.error("A database does not answer: %s", type(error).__name__)
                return _page(
                    request,
                    "503.html",
                    503,
                    "A database does not answer, so nothing was changed.",
                    "Try again in a minute. What you typed is still in your browser: go back.",
                )
        return None


def record_refusal(request: HttpRequest, code: str) -> None:
    """Keep a refused attempt, apart from the transaction that was rolled back.

    A refusal that cannot be recorded (the database is down) is still a refusal.
    """
    if not request.user.is_authenticated:
        return
    detail = {"code": code, "view": getattr(request.resolver_match, "view_name", "")}
    tenant = getattr(request, "tenant_in_hand", None)
    try:
        if tenant is None:
            audit.record_control(
                "act.refused", by=request.user, outcome="refused", detail=detail, request=request
            )
            return
        with entrance.entered(request, tenant):
            audit.record("act.refused", outcome="refused", subject=_subject(request), detail=detail)
    except (OperationalError, InterfaceError):
        logger.exception("A refusal could not be recorded.")


def _subject(request: HttpRequest) -> tuple[str, str]:
    kwargs = request.resolver_match.kwargs if request.resolver_match else {}
    for kind in ("device", "incident", "room", "reference"):
        if kind in kwargs:
            return kind, str(kwargs[kind])
    return "tenant", str(kwargs.get("tenant", ""))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _page(
    request: HttpRequest, template: str, status: int, reason: str, remedy: str
) -> HttpResponse:
    return render(request, template, {"reason": reason, "remedy": remedy}, status=status)
