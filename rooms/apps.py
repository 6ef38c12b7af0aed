"""Django's entry to the rooms app."""

from django.apps import AppConfig


class RoomsConfig(AppConfig):
    """The rooms app."""

    name = "rooms"
