"""Django's entry to the portal app."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The portal app."""

    name = "portal"
