"""`make check`: the checks that need no database; all of them run, and each says how it went."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
MANAGE = [sys.executable, "manage.py"]

CHECKS: dict[str, list[str | Path]] = {
    "lint": [BIN / "ruff", "check", "-q", "."],
    "format": [BIN / "ruff", "format", "-q", "--check", "--diff", "."],
    "types": [BIN / "mypy"],
    "import contracts": [BIN / "lint-imports"],
    "Django": [*MANAGE, "check"],
    "deployment": [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"],
    "migrations": [*MANAGE, "makemigrations", "--check", "--dry-run"],
    "URL map": [*MANAGE, "urlmap", "--check"],
    "device surface": [*MANAGE, "device_openapi", "--check"],
    "drawings of states": [*MANAGE, "draw_states", "--check"],
    "icons": [*MANAGE, "build_icons", "--check"],
    "styles": [*MANAGE, "build_styles", "--check"],
}

DEVELOPMENT = {"PORTAL_ENV": "development", "PORTAL_DEMO": "0", "PORTAL_DEBUG": "0"}
# what a production server would have, so that the check of a deployment says something
PRODUCTION = {
    "PORTAL_ENV": "production",
    "PORTAL_DEMO": "0",
    "PORTAL_DEBUG": "0",
    "PORTAL_SECRET_KEY": "".join(chr(33 + at) for at in range(90)),
    "PORTAL_ALLOWED_HOSTS": "rooms-ops.example",
    **{f"LOCK_KEY_{region}": f"k1:{'5c' * 32}" for region in ("CONTROL", "EU", "APAC", "US")},
    **{
        f"DATABASE_URL_{alias}": f"postgresql://rooms_web:p@db.example/rooms_{alias.lower()}"
        for alias in ("DEFAULT", "EU", "APAC", "US")
    },
    "CELERY_BROKER_URL": "rediss://broker.example/0",
}


def run(name: str) -> subprocess.CompletedProcess[str]:
    """Run one check in an environment that holds nothing of this shell's portal."""
    ours = ("PORTAL_", "DATABASE_URL_", "LOCK_KEY_", "CELERY_", "DJANGO_")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    settings = PRODUCTION if name == "deployment" else DEVELOPMENT
    return subprocess.run(
        CHECKS[name],
        cwd=ROOT,
        env=clean | settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def main() -> int:
    """Run all checks, or those named; 0 when all of them are content."""
    failed = []
    for name in sys.argv[1:] or CHECKS:
        begun = time.monotonic()
        ran = run(name)
        content = ran.returncode == 0
        print(
            f"{'ok' if content else 'NO':3} {name} ({time.monotonic() - begun:.1f} s)", flush=True
        )
        if not content:
            failed.append(name)
            print(ran.stdout.rstrip(), flush=True)
    if failed:
        print(f"{len(failed)} of {len(CHECKS)} checks failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
