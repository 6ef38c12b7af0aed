"""What a file really is, by its bytes: an archive inside the bundle is refused, whatever its name.

Media is judged by diagnostics/redaction/media.py.
"""

from __future__ import annotations

from typing import Final

from diagnostics.bundles.refusal import RefusedBundle

# How much of each file's beginning is kept, for this and for the guard.
HEAD_BYTES: Final = 4096

# Where a format's mark stands, and the mark.
ARCHIVES: Final[tuple[tuple[int, bytes], ...]] = (
    (0, b"PK\x03\x04"),
    (0, b"PK\x05\x06"),
    (0, b"PK\x07\x08"),
    (0, b"PK00PK"),
    (0, b"\x1f\x8b"),  # gzip
    (0, b"\x1f\x9d"),  # compress
    (0, b"\x1f\xa0"),
    (0, b"BZh"),
    (0, b"\xfd7zXZ\x00"),
    (0, b"\x5d\x00\x00"),  # lzma
    (0, b"LZIP"),
    (0, b"7z\xbc\xaf\x27\x1c"),
    (0, b"Rar!\x1a\x07"),
    (0, b"\x28\xb5\x2f\xfd"),  # zstandard
    (0, b"\x04\x22\x4d\x18"),  # lz4
    (0, b"MSCF"),  # cabinet
    (0, b"ISc("),
    (0, b"MSWIM\x00\x00\x00"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),  # compound file: .msi, .doc
    (0, b"xar!"),
    (0, b"!<arch>\n"),
    (0, b"070701"),  # cpio
    (0, b"070702"),
    (0, b"070707"),
    (0, b"\x60\xea"),  # arj
    (0, b"**ACE**"),
    (0, b"ZOO "),
    (0, b"hsqs"),  # squashfs
    (0, b"conectix"),  # virtual disks
    (0, b"vhdxfile"),
    (0, b"KDMV"),
    (0, b"QFI\xfb"),
    (2, b"-lh"),
    (2, b"-lz"),
    (7, b"**ACE**"),
    (257, b"ustar"),
)
# The end of a zip, as it stands in one part: found anywhere, a zip hangs behind something else.
_ZIP_END: Final = b"PK\x05\x06\0\0\0\0"
_ZIP_ENTRY: Final = b"PK\x01\x02"


class Archives:
    """Looks out for archives while a file passes by. Feed it all pieces in order."""

    def __init__(self) -> None:
        self.head = b""
        self._carried = b""
        self._entries = False

    def feed(self, piece: bytes) -> None:
        """Look at the next piece. RefusedBundle: nested_archive."""
        if len(self.head) < HEAD_BYTES:
            self.head += piece[: HEAD_BYTES - len(self.head)]
        near = self._carried + piece
        self._entries = self._entries or _ZIP_ENTRY in near
        if self._entries and _ZIP_END in near:
            raise RefusedBundle("nested_archive")
        self._carried = near[-len(_ZIP_END) + 1 :]

    def end(self) -> None:
        """Look at the beginning, now that it is whole. RefusedBundle: nested_archive."""
        if is_archive(self.head):
            raise RefusedBundle("nested_archive")


def is_archive(head: bytes) -> bool:
    """Whether the first bytes of a file are those of an archive."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n") if head[:1] in b"\xef \t\r\n" else head
    return any(one.startswith(mark, place) for one in {head, text} for place, mark in ARCHIVES)
