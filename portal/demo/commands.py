"""The command keys of a demo: made once; workers sign with one half, devices are told the other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from portal.demo.cluster import REGIONS
from portal.demo.trouble import Trouble
from portal.demo.vault import DEVICE, WORKER

if TYPE_CHECKING:
    from pathlib import Path

    from portal.demo.stage import Stage


def make(stage: Stage) -> None:
    """Have keys for every region: `manage.py make_command_keys`, unless they are there."""
    if not (stage.var / "commands" / "keys.json").exists():
        with stage.step("Making the keys that sign commands to devices"):
            stage.manage("make_command_keys")


def environment(var: Path, role: str) -> dict[str, str]:
    """The half that a process of that role needs; most need none."""
    if role not in (WORKER, DEVICE):
        return {}
    path = var / "commands" / "keys.json"
    try:
        known = json.loads(path.read_text())
        if role == WORKER:
            return {
                f"COMMAND_KEYS_{name}".upper(): " ".join(known[name]["keys"]) for name in REGIONS
            }
        return {
            f"COMMAND_KEY_LIST_{name}".upper(): json.dumps(known[name]["list"]) for name in REGIONS
        }
    except (OSError, ValueError, KeyError) as error:
        raise Trouble(
            f"{path} cannot be read ({error}).",
            "Put it back as it was, or start over with `make demo-reset`.",
        ) from error
