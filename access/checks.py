"""System checks: every view declares itself, every regional table is locked, keys are there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db.migrations.loader import MigrationLoader
from django.urls import URLPattern, URLResolver, get_resolver

from access.gate import declared
from access.lock.operations import LockTable, OwnPolicies
from access.residency import CONTROL, RegionalModel


def patterns(
    resolver: URLResolver | None = None, prefix: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    """Every URL pattern with its whole route."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        else:
            yield route, entry


@register()
def every_view_is_declared(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """access.E001: a view without a declaration, or with something put around it.

    The addresses of both surfaces are asked, whichever of them this process answers.
    """
    return [
        Error(
            f"The view of /{route} declares no access.",
            hint="Put @requires, @signed_in, @by_device or @public on it, outermost.",
            id="access.E001",
        )
        for urlconf in {settings.ROOT_URLCONF, *settings.URLCONFS.values()}
        for route, pattern in patterns(get_resolver(urlconf))
        if declared(pattern.callback) is None
    ]


def locked_tables() -> set[str]:
    """The labels of the models that some migration locks, or says to have their own policies."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return {
        f"{app}.{operation.model}".lower()
        for (app, _), migration in loader.disk_migrations.items()
        for operation in migration.operations
        if isinstance(operation, LockTable | OwnPolicies)
    }


@register()
def every_regional_table_is_locked(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """access.E002: a table of tenant data without LockTable in a migration.

    The ground floor's own tables carry policies of their own (lock/sql/policies.sql); the test
    over the catalogue holds those.
    """
    locked = locked_tables()
    return [
        Error(
            f"{model._meta.label} is a regional table that no migration locks.",
            hint=f"Add LockTable({model.__name__!r}, read=…) to a migration.",
            id="access.E002",
        )
        for model in apps.get_models()
        if issubclass(model, RegionalModel)
        and model._meta.app_label != "access"
        and model._meta.label_lower not in locked
    ]


@register(deploy=True)
def every_region_has_a_key(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """access.E003: a region that could never be opened, because its key is missing."""
    return [
        Error(
            f"{alias} has no lock key.",
            hint=f"Set LOCK_KEY_{'CONTROL' if alias == CONTROL else alias.upper()} to kid:hex.",
            id="access.E003",
        )
        for alias in (CONTROL, *settings.PORTAL_REGIONS)
        if not settings.LOCK_KEYS[alias].keys
    ]
