"""Replace a region's key or a tenant's; data stays readable, for keys are only wrapped anew."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.models import Tenant
from diagnostics.vault import rotation
from diagnostics.vault.providers import provider
from diagnostics.vault.providers.base import NoRegionKey, ProviderFault
from diagnostics.vault.sealing import CannotOpen


class Command(BaseCommand):
    """Needs the role rooms_owner, which alone may read the directory and every region's keys."""

    help = "Make a new version of a region's key, or new keys for one tenant, and re-wrap."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which region, and whether one tenant's keys are meant."""
        parser.add_argument("--region", required=True, choices=settings.PORTAL_REGIONS)
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--tenant", help="reference; new keys of this tenant alone")
        which.add_argument(
            "--rewrap-only",
            action="store_true",
            help="the vault has made the new version itself",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate; what was done before a failure stays done, and running it again goes on."""
        region = options["region"]
        try:
            if options["tenant"]:
                self._rotate_tenant(region, options["tenant"])
            else:
                self._rotate_region(region, rewrap_only=options["rewrap_only"])
        except (CannotOpen, ProviderFault, NoRegionKey, rotation.NothingToRotate) as error:
            raise CommandError(f"{error} Nothing of this tenant was changed.") from error

    def _rotate_tenant(self, region: str, reference: str) -> None:
        tenant = Tenant.objects.filter(reference=reference, region=region).first()
        if tenant is None:
            raise CommandError(f"No tenant {reference} in {region}.")
        done = rotation.rotate_tenant(region, (tenant.pk, tenant.reference))
        self.stdout.write(f"{reference}: new key; {done} data keys wrapped under it")

    def _rotate_region(self, region: str, *, rewrap_only: bool) -> None:
        if not rewrap_only:
            self.stdout.write(f"{region}: new version {provider().rotate(region)}")
        ids = rotation.tenants_with_keys(region)
        references = dict(Tenant.objects.filter(pk__in=ids).values_list("pk", "reference"))
        done = sum(
            rotation.rewrap_tenant_keys(region, (tenant_id, references.get(tenant_id, "")))
            for tenant_id in sorted(ids)
        )
        self.stdout.write(f"{region}: {done} tenant keys of {len(ids)} tenants wrapped anew")
