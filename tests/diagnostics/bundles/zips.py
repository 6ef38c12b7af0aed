"""Honest and hostile bundles, byte by byte: what a zip library would never write."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zlib
from dataclasses import dataclass
from typing import Any

TIME = b'{"at": "2022-09-14T08:31:07+00:00", "kind": "joined", "who": "x", "what": "y"}\n'
ACTIVITY = "Activity/activity.jsonl"
APP = "App/SkypeRoomSystem/SkypeRoomSystem.log"
LINE = b"2022-09-14T08:31:07.123Z [Error] [Devices] Camera gone\r\n"


@dataclass
class Member:
    """One file of a zip, and each lie that its two headers may tell."""

    name: bytes
    body: bytes
    packed: bytes | None = None
    method: int = 8
    flags: int = 0
    local_flags: int | None = None
    local_name: bytes | None = None
    local_method: int | None = None
    crc: int | None = None
    size: int | None = None
    packed_size: int | None = None
    local_sizes: tuple[int, int, int] | None = None
    extra: bytes = b""
    local_extra: bytes = b""
    comment: bytes = b""
    attributes: int = 0
    made_by: int = 0
    at: int | None = None
    disk: int = 0
    descriptor: bytes = b""

    def bytes_packed(self) -> bytes:
        if self.packed is not None:
            return self.packed
        return deflate(self.body) if self.method == 8 else self.body


def deflate(body: bytes, level: int = 6) -> bytes:
    made = zlib.compressobj(level, zlib.DEFLATED, -15)
    return made.compress(body) + made.flush()


def listed(path: str, kind: str, body: bytes) -> dict[str, Any]:
    return {
        "path": path,
        "kind": kind,
        "sha256": hashlib.sha256(body).hexdigest(),
        "bytes": len(body),
    }


def manifest(files: list[dict[str, Any]], **changed: Any) -> bytes:
    content = {
        "format": 1,
        "collection": "COL-ABCD1234",
        "device": "DV-ABCD1234",
        "made_at": "2022-09-14T08:31:07+00:00",
        "files": files,
        "left_out": [],
    }
    return json.dumps(content | changed).encode()


def zipped(*members: Member, **end: Any) -> io.BytesIO:
    """A zip of these, with the lies that each tells. `end` are lies of the end record."""
    out, central = bytearray(end.get("before", b"")), bytearray()
    for one in members:
        packed = one.bytes_packed()
        crc = zlib.crc32(one.body) if one.crc is None else one.crc
        size = len(one.body) if one.size is None else one.size
        packed_size = len(packed) if one.packed_size is None else one.packed_size
        at = len(out) if one.at is None else one.at
        local_name = one.name if one.local_name is None else one.local_name
        sizes = (crc, packed_size, size) if one.local_sizes is None else one.local_sizes
        out += struct.pack(
            "<4s5H3I2H",
            b"PK\x03\x04",
            20,
            one.flags if one.local_flags is None else one.local_flags,
            one.method if one.local_method is None else one.local_method,
            0,
            0,
            *sizes,
            len(local_name),
            len(one.local_extra),
        )
        out += local_name + one.local_extra + packed + one.descriptor
        central += struct.pack(
            "<4s6H3I5H2I",
            b"PK\x01\x02",
            one.made_by,
            20,
            one.flags,
            one.method,
            0,
            0,
            crc,
            packed_size,
            size,
            len(one.name),
            len(one.extra),
            len(one.comment),
            one.disk,
            0,
            one.attributes,
            at,
        )
        central += one.name + one.extra + one.comment
    place = end.get("place", len(out))
    out += end.get("between", b"")
    out += central
    count = end.get("count", len(members))
    comment = end.get("comment", b"")
    size = end.get("size", len(central))
    record = (b"PK\x05\x06", end.get("disk", 0), 0, count, count, size, place, len(comment))
    out += struct.pack("<4s4H2IH", *record) + comment + end.get("after", b"")
    return io.BytesIO(bytes(out))


def bundle(*members: Member, files: list[dict[str, Any]] | None = None, **end: Any) -> io.BytesIO:
    """These files with a manifest that names them by what they hold."""
    if files is None:
        files = [
            listed(one.name.decode("ascii", "replace"), kind(one), one.body) for one in members
        ]
    return zipped(*members, Member(b"manifest.json", manifest(files)), **end)


def kind(one: Member) -> str:
    """What kind of file a path is, roughly."""
    name = one.name.decode("ascii", "replace")
    if name.startswith("Windows/"):
        return "event_log"
    if name.startswith("Queries/"):
        return f"query_{name[8:-5]}"
    places = {"App/S": "app_log", "App/T": "teams_log", "Agent": "agent_log"}
    return places.get(name[:5], "activity")
