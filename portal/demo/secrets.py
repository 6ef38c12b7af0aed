"""Passwords and keys of one demo, made at its first start and kept in var/secrets.json."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from portal.demo.cluster import REGIONS, ROLES
from portal.demo.trouble import Trouble


@dataclass(frozen=True)
class Secrets:
    """What only the demo's own processes may know."""

    superuser: str
    broker: str
    django: str
    roles: dict[str, str]
    lock_keys: dict[str, str]

    def __repr__(self) -> str:
        return "Secrets(...)"


def new() -> Secrets:
    """Fresh secrets."""
    return Secrets(
        superuser=secrets.token_urlsafe(24),
        broker=secrets.token_urlsafe(24),
        django=secrets.token_urlsafe(48),
        roles={role: secrets.token_urlsafe(24) for role in ROLES},
        lock_keys={place: f"k1:{secrets.token_hex(32)}" for place in ("control", *REGIONS)},
    )


def kept(var: Path) -> Secrets:
    """The secrets of this data folder, made when it has none yet."""
    path, made = var / "secrets.json", new()
    if path.exists():
        try:
            found = Secrets(**json.loads(path.read_text()))
        except (ValueError, TypeError) as error:
            raise Trouble(
                f"{path} cannot be read ({error}).",
                "Put it back as it was, or start over with `make demo-reset`.",
            ) from error
        keys = {**made.lock_keys, **found.lock_keys}
        if keys == found.lock_keys:
            return found
        made = replace(found, lock_keys=keys)  # from before a place had a key
    # written aside and renamed: an interrupted start leaves no half file
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(made), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    aside.rename(path)
    return made
