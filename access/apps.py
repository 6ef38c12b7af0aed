"""Django's entry to the access app."""

from django.apps import AppConfig
from django.urls import register_converter

from access import references


class AccessConfig(AppConfig):
    """The ground floor: who may see what, for how long, why, and the record of it."""

    name = "access"

    def ready(self) -> None:
        """Register the checks and the URL parts."""
        from access import checks  # noqa: PLC0415 - needs the models to be loaded

        assert checks
        for converter, name in (
            (references.TenantReference, "tenant"),
            (references.RoomReference, "room"),
            (references.DeviceReference, "device"),
            (references.RequestReference, "request"),
            (references.GrantReference, "grant"),
        ):
            register_converter(converter, name)
