"""Where each plane keeps its log: the tables, and reading the head and tiles from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from access.audit.tiles import Place
from access.residency import CONTROL

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper


@dataclass(frozen=True)
class Log:
    """The tables of one plane's log."""

    event: str
    leaf: str
    head: str
    disclosure: str
    tile: str
    checkpoint: str


REGIONAL_LOG: Final = Log(
    "access_auditevent",
    "access_regionalleaf",
    "access_regionalhead",
    "access_auditdisclosure",
    "access_regionaltile",
    "access_regionalcheckpoint",
)
CONTROL_LOG: Final = Log(
    "access_controlevent",
    "access_controlleaf",
    "access_controlhead",
    "access_controldisclosure",
    "access_controltile",
    "access_controlcheckpoint",
)


def log_of(alias: str) -> Log:
    """The tables of a database's log."""
    return CONTROL_LOG if alias.removesuffix("_owner") == CONTROL else REGIONAL_LOG


def read_head(cursor: CursorWrapper, log: Log) -> tuple[int, bytes]:
    """The size and the root of the tree as the sequencer left them."""
    cursor.execute(f"select size, root from {log.head} where id = 1")  # noqa: S608 - ours
    size, root = cursor.fetchone()
    return size, bytes(root)


def read_tiles(cursor: CursorWrapper, log: Log, places: Iterable[Place]) -> dict[Place, bytes]:
    """Those of the tiles that are there, each as wide as it is by now."""
    wanted = list(places)
    cursor.execute(
        f"select level, number, hashes from {log.tile} where (level, number) in"  # noqa: S608 - ours
        " (select * from unnest(%s::smallint[], %s::bigint[]))",
        [[place.level for place in wanted], [place.number for place in wanted]],
    )
    return {Place(level, number): bytes(hashes) for level, number, hashes in cursor.fetchall()}
