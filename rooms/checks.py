"""System checks of the rooms."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

REAL_MINUTE: Final = 60


@register()
def minutes_are_real(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """rooms.E001: a catalogue minute that is no minute, where no demo and no test runs.

    Poll, watch and the seven days to close are published; elsewhere they are to be kept.
    """
    real = settings.CATALOGUE_MINUTE_SECONDS == REAL_MINUTE
    if real or settings.DEMO or settings.PORTAL_ENV == "test":
        return []
    return [
        Error(
            "CATALOGUE_MINUTE_SECONDS is not 60.",
            hint="Leave it out; only the demo may run the catalogue of signals faster.",
            id="rooms.E001",
        )
    ]


@register()
def shards_are_some(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """rooms.E002: nobody would drain."""
    if settings.DRAIN_SHARDS >= 1 and settings.REPORT_RETENTION_DAYS >= 1:
        return []
    return [Error("DRAIN_SHARDS and REPORT_RETENTION_DAYS are 1 or more.", id="rooms.E002")]
