"""Django's entry to the diagnostics app."""

from importlib import import_module

from django.apps import AppConfig

from rooms.device_api.endpoints import add_endpoints


class DiagnosticsConfig(AppConfig):
    """The diagnostics app."""

    name = "diagnostics"

    def ready(self) -> None:
        """Add the addresses of orders and uploads to those of the device surface."""
        add_endpoints(*import_module("diagnostics.uploads.endpoints").ENDPOINTS)
