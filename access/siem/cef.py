"""ArcSight's Common Event Format, version 0: one line, with its two ways of escaping."""

from __future__ import annotations

import json
from typing import Final

from access.siem.events import LogEvent

VENDOR: Final = "Rooms Ops"
PRODUCT: Final = "Rooms Ops"
PRODUCT_VERSION: Final = "1"


def header(text: str) -> str:
    """A part of the header: backslash and bar escaped, and no line break."""
    return one_line(text).replace("\\", "\\\\").replace("|", "\\|")


def extension(text: str) -> str:
    """A value of the extension: backslash and equals sign escaped; line breaks as \\n."""
    escaped = text.replace("\\", "\\\\").replace("=", "\\=")
    escaped = escaped.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\r")
    return "".join(letter if letter.isprintable() else " " for letter in escaped)


def one_line(text: str) -> str:
    """Without anything that moves a cursor, starts a line or hides text."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def render(event: LogEvent) -> str:
    """The event as one line."""
    severity = "3" if event.succeeded else "6"
    parts = ["CEF:0", VENDOR, PRODUCT, PRODUCT_VERSION, event.type, event.type, severity]
    head = "|".join([parts[0], *(header(part) for part in parts[1:])])
    fields = {
        "rt": str(event.epoch_ms),
        "externalId": event.id,
        "suid": event.text("actor_id"),
        "outcome": event.outcome,
        "act": event.type,
        "cn1Label": "position",
        "cn1": str(event.position),
        "cs1Label": "log",
        "cs1": event.log,
        "cs2Label": "tenant",
        "cs2": event.text("tenant_reference"),
        "cs3Label": "grants",
        "cs3": " ".join(event.texts("grant_references")),
        "cs4Label": "scopes",
        "cs4": " ".join(event.texts("scopes")),
        "cs5Label": "subject",
        "cs5": f"{event.text('subject_type')} {event.text('subject_reference')}".strip(),
        "cs6Label": "leafHash",
        "cs6": event.leaf_hash,
        "reason": event.text("purpose"),
        "msg": json.dumps(event.leaf.get("detail") or {}, sort_keys=True, ensure_ascii=False),
    }
    # A label without its value, or the other way round, tells a receiver nothing.
    kept = {
        key: value
        for key, value in fields.items()
        if value and fields.get(key.removesuffix("Label"), value)
    }
    return f"{head}|" + " ".join(f"{key}={extension(value)}" for key, value in kept.items())
