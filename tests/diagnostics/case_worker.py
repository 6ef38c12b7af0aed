"""A worker process that goes on with cases and kills itself after the work of one step."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")


def main(folder: Path, number: int) -> None:
    """Work in `folder`, and die by SIGKILL when step `number` (from 0) has done all but say so."""
    django.setup()
    settings.VAULT_PROVIDER, settings.VAULT_KEYS_DIR = "local", folder / "vault"
    settings.AUDIT_KEYS_DIR = folder / "keys"
    settings.STORAGES = {
        name: value | {"OPTIONS": {"location": str(folder / name)}}
        if name.startswith("bundles_")
        else value
        for name, value in settings.STORAGES.items()
    }
    from diagnostics.cases import run, steps  # noqa: PLC0415 - Django must be set up

    real = steps.steps_of

    def deadly(case: Any) -> list[tuple[str, steps.Step]]:
        listed = real(case)
        name, does = listed[number]

        def dies(*given: Any) -> dict[str, Any]:
            does(*given)
            os.kill(os.getpid(), signal.SIGKILL)
            return {}

        listed[number] = (name, dies)
        return listed

    steps.steps_of = deadly
    run.run_cases("eu")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
