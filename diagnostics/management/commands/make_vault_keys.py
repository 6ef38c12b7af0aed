"""Make the keys that the vault needs in files, for the demo and small installations."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from access.audit.durable import write_whole
from diagnostics.vault import intake
from diagnostics.vault.providers.local import LocalProvider


class Command(BaseCommand):
    """Keeps what is there already. The intake keys are for the environment of processes."""

    requires_system_checks = ()  # it runs before there is anything to check
    help = "Make a key for each region (VAULT_PROVIDER=local), and its intake key in intake.json."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing, in files that only their owner can read."""
        local = LocalProvider(settings.VAULT_KEYS_DIR)
        local.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = local.folder / "intake.json"
        pairs: dict[str, dict[str, str]] = json.loads(path.read_text()) if path.exists() else {}
        for region in settings.PORTAL_REGIONS:
            if settings.VAULT_PROVIDER == "local":
                made = local.make(region)
                self.stdout.write(f"{region}: {'made' if made else 'kept'} {local.path(region)}")
            if region not in pairs:
                private, public = intake.make_pair()
                pairs[region] = {"private": private, "public": public}
        write_whole(path, json.dumps(pairs, indent=2))
        self.stdout.write(
            f"{path}: give each `public` to the device surface as VAULT_INTAKE_PUBLIC_<REGION>,"
            " each `private` to workers alone as VAULT_INTAKE_PRIVATE_<REGION>"
        )
