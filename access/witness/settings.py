"""Settings of a witness's process: where its key stands, and nothing of the portal's."""

from __future__ import annotations

import os
from pathlib import Path

PORTAL_ENV = os.environ.get("PORTAL_ENV", "development")
DEMO = os.environ.get("PORTAL_DEMO", "0") == "1"
USE_TZ = True
DATABASES: dict[str, dict[str, str]] = {}

AUDIT_KEYS_DIR = Path(os.environ.get("AUDIT_KEYS_DIR", "var/audit"))
AUDIT_KEYS = {
    name.removeprefix("AUDIT_KEY_").lower().replace("_", "-"): value
    for name, value in os.environ.items()
    if name.startswith("AUDIT_KEY_") and value
}
AUDIT_VKEYS = [key for key in os.environ.get("AUDIT_VKEYS", "").split(",") if key]
