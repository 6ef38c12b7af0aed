"""The names behind the marks of one line, as far as a live reveal of it opens them."""

from __future__ import annotations

from typing import Any

from access import clock
from access.lock import context
from diagnostics.models import LogEntry, LogMask, Reveal
from diagnostics.vault.keys import Destroyed, opening
from diagnostics.vault.sealing import CannotOpen


def names_of(entry: LogEntry) -> dict[str, Any] | None:
    """The names by their marks, and until when; None where the reader has laid nothing open.

    The rows themselves are shown by the database under a live reveal only.
    """
    if not entry.masks:
        return None
    rows = list(LogMask.objects.filter(entry_id=entry.pk).order_by("kind", "number"))
    if not rows:
        return None
    mine = Reveal.objects.filter(
        entry_id=entry.pk, by_id=context.current().actor_id, ends_at__gt=clock.now()
    )
    ends_at = mine.order_by("-ends_at").values_list("ends_at", flat=True).first()
    with opening() as ring:
        named = [(f"{row.kind} {row.number}", _opened(ring, row)) for row in rows]
    return {"named": named, "ends_at": ends_at}


def _opened(ring: Any, row: LogMask) -> str:
    try:
        return str(ring.open(row, "content").decode())
    except (Destroyed, CannotOpen) as closed:
        return str(closed)
