"""Django's entry to the access app."""

from importlib import import_module
from typing import Any, cast

from django.apps import AppConfig
from django.urls import register_converter

from access import references


class AccessConfig(AppConfig):
    """The ground floor: who may see what, for how long, why, and the record of it."""

    name = "access"

    def ready(self) -> None:
        """Register the checks and the URL parts."""
        import_module("access.checks")
        import_module("access.checks_demo")
        for converter in references.ReferenceConverter.__subclasses__():
            # A name in a route holds no blank: "emergency stop" is written <stop:stop>.
            name = references.PREFIXES[converter.prefix].rpartition(" ")[2]
            register_converter(cast(Any, converter), name)
        register_converter(cast(Any, references.DayConverter), "day")
