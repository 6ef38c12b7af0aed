"""Files of the storage that no row names: left by a worker that died before it could tell."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Final

from django.db import transaction

from access import audit, residency
from diagnostics import storage
from rooms.drain.line import Line

logger = logging.getLogger(__name__)

# Longer than the longest check of a bundle, whose rows are seen only when it ends.
YOUNGEST: Final = timedelta(days=1)
AT_ONCE: Final = 500
NAMED: Final = """
    select stored_as from diagnostics_collectionfile where stored_as = any(%s::text[])
    union all
    select stored_as from diagnostics_uploadpart where stored_as = any(%s::text[])
"""


def remove_orphans(region: str) -> tuple[int, int]:
    """Remove what nothing names and is older than a day; how many files, and bytes together."""
    files = size = 0
    with residency.region(region):
        for found in _batches(region):
            with transaction.atomic(using=region):
                line = Line(region)
                now = line.now()
                names = [one.name for one in found if one.at <= now - YOUNGEST]
                named = {row[0] for row in line.rows(NAMED, names, names)} if names else set()
            for one in found:
                if one.name in names and one.name not in named and _removed(region, one.name):
                    files, size = files + 1, size + one.bytes
        if files:
            _tell(region, files, size)
    return files, size


def _batches(region: str) -> Iterator[list[storage.Found]]:
    everything = storage.everything(region)
    while batch := list(islice(everything, AT_ONCE)):
        yield batch


def _removed(region: str, name: str) -> bool:
    try:
        storage.remove(region, name)
    except (storage.StorageFault, storage.StillThere) as fault:
        logger.warning("A file that nothing names stays in %s: %s", region, fault)
        return False
    return True


def _tell(region: str, files: int, size: int) -> None:
    with transaction.atomic(using=region):
        audit.record_system(
            "data.orphans_removed",
            region=region,
            tenant=(None, ""),
            subject=("region", region),
            detail={"files": files, "bytes": size},
        )
