"""Django's entry to the rooms app."""

from importlib import import_module

from django.apps import AppConfig


class RoomsConfig(AppConfig):
    """The rooms app."""

    name = "rooms"

    def ready(self) -> None:
        """Register the checks."""
        import_module("rooms.checks")
