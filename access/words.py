"""Times and lists in words, the same in rules, pages and tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from access.scopes import Scope


def duration_text(duration: timedelta) -> str:
    """A length of time such as "45 min", "1 hour" or "1 hour 30 min"."""
    minutes = round(duration.total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    parts = []
    if hours:
        parts.append("1 hour" if hours == 1 else f"{hours} hours")
    if rest or not hours:
        parts.append(f"{rest} min")
    return " ".join(parts)


def scopes_text(scopes: Iterable[str]) -> str:
    """The labels of scopes, such as "Inventory, Health"."""
    return ", ".join(Scope(scope).label for scope in scopes)


def reach_text(*, whole_tenant: bool, room_references: Iterable[str]) -> str:
    """What a request or grant reaches: "whole tenant" or its rooms."""
    return "whole tenant" if whole_tenant else "room " + ", ".join(room_references)
