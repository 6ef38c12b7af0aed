"""The list of files of a zip, read strictly: one file, one place, nothing between, nothing around.

Own code instead of the standard library's, because that searches for a zip wherever one may be
and forgives what differs between its two lists; here each byte of the file must have one meaning.
"""

from __future__ import annotations

import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import BinaryIO, Final

from diagnostics.bundles.limits import Limits
from diagnostics.bundles.paths import check_names
from diagnostics.bundles.refusal import RefusedBundle

END: Final = struct.Struct("<4s4H2IH")
CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
LOCAL: Final = struct.Struct("<4s5H3I2H")
STORED, DEFLATED = 0, 8
AES_METHOD: Final = 99
ENCRYPTED: Final = 0x1 | 0x40 | 0x2000
HAS_DESCRIPTOR: Final = 0x8
UTF8: Final = 0x800
# Bits 1 and 2 say how hard deflate tried.
KNOWN_FLAGS: Final = HAS_DESCRIPTOR | UTF8 | 0x6
UNIX: Final = 3
# Extra fields that change what an entry is: 64-bit sizes, another name, AES.
ZIP64_EXTRA, OTHER_NAME_EXTRA, OTHER_COMMENT_EXTRA, AES_EXTRA = 0x1, 0x7075, 0x6375, 0x9901
NO_SIZE: Final = 0xFFFFFFFF


@dataclass(frozen=True)
class Member:
    """One file of the zip. `starts` is where its packed bytes begin, `packed` how many there are.

    `bytes` and `crc` are what the zip says of the file; whether it is so shows in unpacking.
    """

    name: str
    method: int
    flags: int
    crc: int
    packed: int
    bytes: int
    at: int
    starts: int = 0


def read_directory(file: BinaryIO, limits: Limits) -> list[Member]:
    """All files in the order in which they lie. RefusedBundle for anything but a plain zip."""
    count, size, start = _end(file, limits)
    members = sorted(_central(_read(file, start, size), count), key=lambda member: member.at)
    check_names(member.name for member in members)
    _check_sizes(members, limits)
    return list(_placed(file, members, start))


def _end(file: BinaryIO, limits: Limits) -> tuple[int, int, int]:
    """How many entries there are, and size and place of their list."""
    length = file.seek(0, 2)
    if length > limits.bundle_bytes:
        raise RefusedBundle("too_large")
    if length < END.size:
        raise RefusedBundle("not_a_zip")
    reach = min(length, END.size + 0xFFFF)
    tail = _read(file, length - reach, reach)
    mark, disk, first_disk, here, count, size, start, comment = END.unpack(tail[-END.size :])
    if mark != b"PK\x05\x06":
        raise RefusedBundle("trailing_data" if b"PK\x05\x06" in tail else "not_a_zip")
    if comment:
        raise RefusedBundle("trailing_data")
    if disk or first_disk or here != count:
        raise RefusedBundle("directory")
    if 0xFFFF in (here, count) or NO_SIZE in (size, start):
        raise RefusedBundle("zip64")
    if count > limits.entries:
        raise RefusedBundle("too_many_entries")
    if size > limits.directory_bytes:
        raise RefusedBundle("directory")
    if start + size + END.size != length:
        early = start + size + END.size < length
        raise RefusedBundle("prepended_data" if early else "directory")
    return count, size, start


def _central(listed: bytes, count: int) -> Iterator[Member]:
    """The entries of the central list."""
    place = 0
    for _ in range(count):
        if place + CENTRAL.size > len(listed):
            raise RefusedBundle("directory")
        head = CENTRAL.unpack_from(listed, place)
        mark, made_by, _, flags, method, _, _, crc, packed, size = head[:10]
        name_length, extra_length, comment_length, disk, _, attributes, at = head[10:]
        place += CENTRAL.size
        name, extra = _texts(listed, place, name_length, extra_length)
        place += name_length + extra_length + comment_length
        if mark != b"PK\x01\x02" or disk or comment_length or place > len(listed):
            raise RefusedBundle("directory")
        _check_kind(flags, method, extra)
        _check_file(name, made_by >> 8, attributes)
        if NO_SIZE in (packed, size, at):
            raise RefusedBundle("zip64")
        if method == STORED and packed != size:
            raise RefusedBundle("size")
        yield Member(_name(name), method, flags, crc, packed, size, at)
    if place != len(listed):
        raise RefusedBundle("directory")


def _texts(raw: bytes, place: int, name: int, extra: int) -> tuple[bytes, bytes]:
    middle = place + name
    return raw[place:middle], raw[middle : middle + extra]


def _name(raw: bytes) -> str:
    """Plain ASCII is all that a bundle's names need, and is read the same by everybody."""
    try:
        return raw.decode("ascii")
    except UnicodeDecodeError as wrong:
        raise RefusedBundle("path") from wrong


def _check_kind(flags: int, method: int, extra: bytes) -> None:
    """Refuse what is encrypted, packed in another way, or is not what its entry says."""
    kinds = set(_extra_kinds(extra))
    if flags & ENCRYPTED or method == AES_METHOD or AES_EXTRA in kinds:
        raise RefusedBundle("encrypted")
    if method not in (STORED, DEFLATED):
        raise RefusedBundle("method")
    if ZIP64_EXTRA in kinds:
        raise RefusedBundle("zip64")
    if OTHER_NAME_EXTRA in kinds:
        raise RefusedBundle("path")
    if OTHER_COMMENT_EXTRA in kinds or flags & ~KNOWN_FLAGS:
        raise RefusedBundle("directory")


def _extra_kinds(extra: bytes) -> Iterator[int]:
    place = 0
    while place < len(extra):
        if place + 4 > len(extra):
            raise RefusedBundle("directory")
        kind, length = struct.unpack_from("<HH", extra, place)
        place += 4 + length
        if place > len(extra):
            raise RefusedBundle("directory")
        yield kind


def _check_file(name: bytes, system: int, attributes: int) -> None:
    """Refuse folders, links and devices: by name, by the bits of Unix and by those of DOS."""
    mode = attributes >> 16
    linked = system == UNIX and stat.S_IFMT(mode) not in (0, stat.S_IFREG)
    # 0x10 folder, 0x8 volume label, 0x40 device, 0x400 reparse point
    if linked or name.endswith(b"/") or attributes & (0x10 | 0x8 | 0x40 | 0x400):
        raise RefusedBundle("not_a_file")


def _check_sizes(members: list[Member], limits: Limits) -> None:
    """Refuse at once what says itself that it is too much."""
    for member in members:
        too_dense = member.bytes > limits.ratio_from and (
            member.bytes > limits.ratio * max(1, member.packed)
        )
        if member.bytes > limits.file_bytes or too_dense:
            raise RefusedBundle("bomb")
    if sum(member.bytes for member in members) > limits.total_bytes:
        raise RefusedBundle("bomb")


def _placed(file: BinaryIO, members: list[Member], directory: int) -> Iterator[Member]:
    """The same with the place of their bytes; refuse gaps, overlaps and a second opinion."""
    starts = [*(member.at for member in members), directory]
    if starts[0]:
        raise RefusedBundle("prepended_data")
    if any(one >= other for one, other in pairwise(starts)):
        raise RefusedBundle("overlap")
    for member, end in zip(members, starts[1:], strict=True):
        head = _read(file, member.at, LOCAL.size)
        if len(head) < LOCAL.size:
            raise RefusedBundle("directory")
        mark, _, flags, method, _, _, crc, packed, size, names, extras = LOCAL.unpack(head)
        name, extra = _texts(_read(file, member.at + LOCAL.size, names + extras), 0, names, extras)
        if mark != b"PK\x03\x04" or len(name) + len(extra) != names + extras:
            raise RefusedBundle("overlap")
        _check_kind(flags, method, extra)
        sizes = (member.crc, member.packed, member.bytes)
        told = {sizes, (0, 0, 0)} if member.flags & HAS_DESCRIPTOR else {sizes}
        same = (name, flags, method) == (member.name.encode(), member.flags, member.method)
        if not same or (crc, packed, size) not in told:
            raise RefusedBundle("directory")
        place = member.at + LOCAL.size + names + extras
        _check_gap(file, member, place + member.packed, end)
        yield replace(member, starts=place)


def _check_gap(file: BinaryIO, member: Member, ended: int, end: int) -> None:
    """Between two entries there may be the descriptor of the first, and nothing else."""
    gap = end - ended
    if gap == 0 and not member.flags & HAS_DESCRIPTOR:
        return
    if gap not in (12, 16) or not member.flags & HAS_DESCRIPTOR:
        raise RefusedBundle("overlap")
    told = struct.pack("<3I", member.crc, member.packed, member.bytes)
    if _read(file, ended, gap) != (b"PK\x07\x08" + told)[-gap:]:
        raise RefusedBundle("overlap")


def _read(file: BinaryIO, place: int, length: int) -> bytes:
    """So many bytes from a place, or those up to the end; a file may give fewer at once."""
    file.seek(place)
    got = bytearray()
    while len(got) < length:
        piece = file.read(length - len(got))
        if not piece:
            break
        got += piece
    return bytes(got)
