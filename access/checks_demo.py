"""The demo's way in and production exclude each other: at `manage.py check`, and at start-up."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

MESSAGE: Final = "The demo's way in is switched on in production."
HINT: Final = "Unset PORTAL_DEMO, or set PORTAL_ENV to development."


def demo_in_production() -> bool:
    """Whether both are asked for at once."""
    return bool(settings.DEMO) and settings.PORTAL_ENV == "production"


@register()
def demo_is_not_production(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """access.E010: anybody could sign in as a demo person."""
    return [Error(MESSAGE, hint=HINT, id="access.E010")] if demo_in_production() else []


def refuse_demo_in_production() -> None:
    """The same for processes that start without system checks, such as the web server."""
    if demo_in_production():
        raise ImproperlyConfigured(f"{MESSAGE} {HINT}")
