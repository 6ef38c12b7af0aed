"""The vault's keys of a demo: made once, and each process is given the half that it needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from portal.demo.cluster import OWNER, REGIONS
from portal.demo.trouble import Trouble

if TYPE_CHECKING:
    from pathlib import Path

    from portal.demo.stage import Stage

WORKER, DEVICE, WEB = "rooms_worker", "rooms_device", "rooms_web"
# Which half of the intake keys a role gets; any other gets neither.
HALVES = {WORKER: "private", DEVICE: "public"}


def make(stage: Stage) -> None:
    """Have keys for every region: `manage.py make_vault_keys`, unless all are there."""
    folder = stage.var / "vault"
    files = [folder / "intake.json", *(folder / f"{region}.key" for region in REGIONS)]
    if not all(file.exists() for file in files):
        with stage.step("Making the vault's keys"):
            stage.manage("make_vault_keys")


def environment(var: Path, role: str) -> dict[str, str]:
    """What a process of that role is told: the regions' keys for those who open, and its half."""
    folder = var / "vault"
    opens = role in (WEB, WORKER, OWNER)
    told = {"VAULT_KEYS_DIR": str(folder if opens else var / "no-vault")}
    if half := HALVES.get(role):
        path = folder / "intake.json"
        try:
            pairs = json.loads(path.read_text())
            halves = {region: pairs[region][half] for region in REGIONS}
        except (OSError, ValueError, KeyError) as error:
            raise Trouble(
                f"{path} cannot be read ({error}).",
                "Put it back as it was, or start over with `make demo-reset`.",
            ) from error
        told |= {f"VAULT_INTAKE_{half}_{name}".upper(): key for name, key in halves.items()}
    return told
