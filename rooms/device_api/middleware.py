"""The one middleware of the device surface: refusals, faults and outages become problems."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError

from access.gate import declared
from rooms.device_api import refusals
from rooms.device_api.answers import problem
from rooms.device_api.problems import Refused

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)
AWAY_SECONDS = 10


class DeviceSurface:
    """Every failure is answered in the same shape, and a view that declares nothing is refused."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], *args: object
    ) -> HttpResponse | None:
        """Turn an undeclared view away before it runs."""
        if declared(view) is not None:
            return None
        logger.error("A view without a declaration was called: %s", view)
        return problem(Refused("not_found"))

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The problem for an error that has one; None leaves it to be a 500."""
        match error:
            case Refused():
                region = getattr(request, "device_region", None)
                if region is not None:
                    refusals.count(region, error)
                return problem(error)
            case OperationalError() | InterfaceError():
                logger.error("A database does not answer: %s", type(error).__name__)
                return problem(Refused("unavailable", retry_after=AWAY_SECONDS))
        return None
