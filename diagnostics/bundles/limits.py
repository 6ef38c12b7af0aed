"""How much a bundle may be. More than any honest device sends, and little enough to check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MEBI: Final = 1024 * 1024
# What is read and inflated at a time.
PIECE_BYTES: Final = 256 * 1024


@dataclass(frozen=True)
class Limits:
    """Bytes, except `entries` and the ratios (bytes that come out for each byte in the zip).

    Deflate reaches about 1000 at most, and event logs about 20; blank chunks of a log a few
    hundred. So a ratio counts only above `ratio_from`, which any machine can bear.
    """

    bundle_bytes: int = 300 * MEBI
    entries: int = 128
    directory_bytes: int = 64 * 1024
    manifest_bytes: int = 64 * 1024
    query_bytes: int = 4 * MEBI
    file_bytes: int = 512 * MEBI
    total_bytes: int = 1024 * MEBI
    ratio: int = 150
    ratio_from: int = 16 * MEBI


LIMITS: Final = Limits()
