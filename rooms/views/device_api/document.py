"""The OpenAPI document, the probe, and what an unknown address is answered."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.http import HttpResponse

from access.gate import public
from rooms.device_api import openapi
from rooms.device_api.answers import answer, problem
from rooms.device_api.problems import Refused
from rooms.device_api.signed import allow

if TYPE_CHECKING:
    from django.http import HttpRequest


@cache
def _document() -> bytes:
    return openapi.text().encode()


@public(reason="how to speak to this surface is no secret")
def document(request: HttpRequest) -> HttpResponse:
    """The document that describes this surface."""
    allow(request, "GET")
    return HttpResponse(_document(), content_type="application/json")


@public(reason="load balancers ask whether this process answers")
def healthz(request: HttpRequest) -> HttpResponse:
    """That the process answers; the database is not asked."""
    allow(request, "GET")
    return answer({"ok": True})


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, in the shape of all problems."""
    return problem(Refused("not_found"))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, for what Django itself refuses."""
    return problem(Refused("bad_request"))


def broken(request: HttpRequest) -> HttpResponse:
    """500: our mistake; the log has it."""
    return problem(Refused("broken", retry_after=60))
