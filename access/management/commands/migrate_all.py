"""Migrate the control plane and every region, as their owner, and provision the lock."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from access.lock.provision import provision_control, provision_region
from access.residency import CONTROL


class Command(BaseCommand):
    """Safe to run again: it only does what is missing."""

    help = "Migrate all databases as rooms_owner, then write lock keys, limits and privileges."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """One database after the other; the first failure stops the rest."""
        for alias in (CONTROL, *settings.PORTAL_REGIONS):
            self.stderr.write(f"Migrating {alias}")
            call_command("migrate", database=alias, verbosity=0, interactive=False)
        provision_control()
        for alias in settings.PORTAL_REGIONS:
            provision_region(alias)
