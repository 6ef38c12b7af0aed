"""What the check of a bundle has stored so far, and what becomes of it when it breaks off."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from diagnostics import storage
from diagnostics.intake.files import Stored

logger = logging.getLogger(__name__)


@dataclass
class Totals:
    """Counts of a bundle, and the names of what is stored of it."""

    entries: int = 0
    cuts: int = 0
    masks: int = 0
    kept_out: int = 0
    files: list[str] = field(default_factory=list)
    # From here on only the database knows whether all of it stands.
    committing: bool = False

    def add(self, stored: Stored) -> None:
        """What came of one more file."""
        self.entries += stored.entries
        self.cuts += stored.cuts
        self.masks += stored.masks
        self.kept_out += bool(stored.kept_out)


@contextmanager
def no_orphans(region: str, totals: Totals) -> Iterator[None]:
    """Whatever undoes the transaction leaves no file behind that no row names.

    When the connection breaks at the commit, nobody can say here whether it was undone: the rows
    may stand, or come to stand yet. The files stay then; what no row names, retention removes.
    """
    done = False
    try:
        yield
        done = True
    finally:
        if totals.committing and not done:
            logger.error("A check broke off at its commit; its files stay until they are swept.")
        elif not done:
            for name in totals.files:
                storage.remove(region, name)
