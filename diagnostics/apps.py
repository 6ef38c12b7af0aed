"""Django's entry to the diagnostics app."""

from django.apps import AppConfig


class DiagnosticsConfig(AppConfig):
    """The diagnostics app."""

    name = "diagnostics"
