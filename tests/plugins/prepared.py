"""The test server's data folder with migrated templates, kept while nothing behind it changes.

Migrating four databases takes longer than most single tests. What is kept stands in var/test/,
under a stamp of all that went into it; a fresh clone, a changed migration and a new week make it
anew. For the migrations make tables by the day, and only for some days ahead.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from portal.demo import postgres, secrets

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "var" / "test"
KEEP = 3
# what migrating and provisioning read; views and actions change often and matter to neither
SOURCES = (
    "*/migrations/*.py",
    "*/lock/**/*.py",
    "*/lock/**/*.sql",
    "*/sql/*.sql",
    "access/backend/*.py",
    "access/management/commands/migrate_all.py",
    "access/models/*.py",
    "portal/demo/cluster.py",
    "portal/demo/postgres.py",
    "tests/plugins/*.py",
)
FILES = (
    "access/residency.py",
    "access/scopes.py",
    "access/states.py",
    "portal/settings.py",
    "requirements-dev.lock",
)

Migrate = Callable[[postgres.Server, secrets.Secrets], None]


def stamp(programs: Path) -> str:
    """A name for what the data folder would be made from now."""
    digest = hashlib.sha256(f"{programs} {datetime.now(UTC):%G week %V}".encode())
    found = {path for pattern in SOURCES for path in ROOT.glob(pattern)}
    for path in sorted(found | {ROOT / name for name in FILES}):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def server(
    programs: Path, folder: Path, migrate: Migrate
) -> tuple[postgres.Server, secrets.Secrets]:
    """A running server on a data folder in `folder` that holds the templates; and its secrets."""
    kept = KEPT / stamp(programs)
    log = folder / "postgres.log"
    if kept.exists():
        known = secrets.Secrets(**json.loads((kept / "secrets.json").read_text()))
        copy(kept / "data", folder / "data")
    else:
        known = secrets.new()
        postgres.make_data(programs, folder / "data", known.superuser, careless=True)
        running = postgres.start(programs, folder / "data", known.superuser, log, postgres.CARELESS)
        try:
            migrate(running, known)
        finally:
            running.stop()
        keep(folder / "data", known, kept)
    return postgres.start(programs, folder / "data", known.superuser, log, postgres.CARELESS), known


def keep(data: Path, known: secrets.Secrets, kept: Path) -> None:
    """Keep a copy of a stopped server's data: made aside, then renamed, so whole or absent."""
    KEPT.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix="making-", dir=KEPT))
    copy(data, aside / "data")
    (aside / "secrets.json").touch(mode=0o600)
    (aside / "secrets.json").write_text(json.dumps(asdict(known)))
    try:
        aside.rename(kept)
    except OSError:  # another run was faster
        shutil.rmtree(aside)
    older = sorted(KEPT.glob("[0-9a-f]*"), key=os.path.getmtime, reverse=True)
    for old in older[KEEP:]:
        shutil.rmtree(old, ignore_errors=True)


def copy(source: Path, target: Path) -> None:
    """Copy a data folder with its owner, as PostgreSQL insists on it."""
    command = [shutil.which("cp") or "cp", "-a", "--reflink=auto", source, target]
    subprocess.run(command, check=True)
