"""The witnesses of the demo's log: a process each, which holds its own key and nothing else."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from portal.demo.cluster import REGIONS
from portal.demo.trouble import Trouble, free_port

if TYPE_CHECKING:
    from pathlib import Path

    from portal.demo.stage import Stage


def public_keys(root: Path, env: dict[str, str], *words: str) -> list[str]:
    """What `manage.py audit_keys` prints; keys of a new data folder are made."""
    ran = subprocess.run(
        [sys.executable, "manage.py", "audit_keys", *words],
        cwd=root,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise Trouble("The keys of the record cannot be made.", ran.stderr.strip()[-400:])
    return ran.stdout.split()


def start(stage: Stage, root: Path, host: str) -> dict[str, str]:
    """Start one witness a region on a free port; the environment with which the signer asks them.

    A witness gets no password, no database and no other key. It trusts the logs' public keys.
    """
    bare = {**stage.bare_environment(), "PORTAL_DEMO": "1", "PORTAL_REGIONS": ",".join(REGIONS)}
    homes = {region: stage.var / f"witness-{region}" for region in REGIONS}
    words = [f"--witness={region}={home}" for region, home in homes.items()]
    everything = {**bare, "AUDIT_KEYS_DIR": str(stage.var / "audit")}
    logs, *own = public_keys(root, everything, "--logs", *words)
    asked = []
    for key, (region, home) in zip(own, homes.items(), strict=True):
        env = {**bare, "AUDIT_KEYS_DIR": str(home), "WITNESS": region, "AUDIT_VKEYS": logs}
        env["DJANGO_SETTINGS_MODULE"] = "access.witness.settings"
        port, name = free_port(), f"witness-{region}"
        served = ["granian", "--interface", "wsgi", "--workers", "1", "--no-ws", "--host", host]
        served += ["--port", str(port), "access.witness.wsgi:application"]
        asked.append(f"{key} http://{host}:{port}")
        command, log = [sys.executable, "-m", *served], stage.logs / f"{name}.log"
        stage.supervisor.start(name, command, cwd=root, env=env, log=log)
    return {"AUDIT_WITNESSES": ",".join(asked)}
