"""Whether a masked name may be laid open, and whether a file may be downloaded. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from access.rules import says_something
from access.verdict import Allowed, Denied, Verdict

REVEAL_LASTS: Final = timedelta(minutes=10)  # ours: long enough to make one call
DOWNLOAD_LASTS: Final = timedelta(minutes=10)
LARGEST_DOWNLOAD: Final = 32 * 1024 * 1024


def may_reveal(*, masks: int, reason: str) -> Verdict:
    """Lay open the masked names of one line."""
    if masks < 1:
        return Denied("Nothing is masked in this line.", "", "nothing")
    if not says_something(reason):
        return Denied("No reason is given.", "Say why you need the name.", "reason")
    return Allowed()


def may_download(*, offered: bool, stored_bytes: int, destroyed: bool, reason: str) -> Verdict:
    """Take one redacted file away, once."""
    if not offered:
        return Denied(
            "Downloads of diagnostic data are switched off here.",
            "Read it on its page; an administrator of the portal can offer downloads.",
            "off",
        )
    if destroyed or stored_bytes < 1:
        return Denied("Nothing of this file is kept.", "", "gone")
    if stored_bytes > LARGEST_DOWNLOAD:
        return Denied("The file is larger than one download.", "Read it on its page.", "too_large")
    if not says_something(reason):
        return Denied("No reason is given.", "Say why you need the file.", "reason")
    return Allowed()
