"""Hostile bundles by name, each with the code by which it is refused."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from tests.diagnostics.bundles.zips import (
    ACTIVITY,
    APP,
    LINE,
    TIME,
    Member,
    bundle,
    deflate,
    listed,
    manifest,
    zipped,
)


def good(**changed: object) -> Member:
    return Member(ACTIVITY.encode(), TIME, **changed)  # type: ignore[arg-type]  # lies by name


def overlapping() -> io.BytesIO:
    """Two entries that share the same bytes, as the densest bombs do."""
    return bundle(good(), Member(APP.encode(), TIME, at=0), files=[])


def nested(body: bytes) -> io.BytesIO:
    return bundle(Member(APP.encode(), body))


def inner_zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("x", "y")
    return made.getvalue()


def huge(count: int = 250_000) -> io.BytesIO:
    return bundle(Member(APP.encode(), bytes(count), packed=deflate(bytes(count), 9)))


def lying_bomb() -> io.BytesIO:
    """Says that it is small, and is not."""
    body = bytes(250_000)
    one = Member(APP.encode(), body, packed=deflate(body, 9), size=100, crc=zlib.crc32(bytes(100)))
    return bundle(one, files=[listed(APP, "app_log", bytes(100))])


def descriptor_lie() -> io.BytesIO:
    return bundle(good(flags=8, local_sizes=(0, 0, 0), descriptor=bytes(12)))


def hidden_before_list(hidden: bytes = b"hidden") -> io.BytesIO:
    """Between the last file and the list, which says itself where it begins."""
    members = (good(), Member(b"manifest.json", manifest([])))
    end = zipped(*members).getvalue()[-6:-2]
    return zipped(*members, between=hidden, place=int.from_bytes(end, "little") + len(hidden))


HOSTILE: dict[str, tuple[str, Callable[[], io.BytesIO]]] = {
    "empty": ("not_a_zip", lambda: io.BytesIO(b"")),
    "short": ("not_a_zip", lambda: io.BytesIO(b"PK\x05\x06")),
    "text": ("not_a_zip", lambda: io.BytesIO(b"hello " * 100)),
    "random": ("not_a_zip", lambda: io.BytesIO(bytes(range(256)) * 9)),
    "trailing": ("trailing_data", lambda: bundle(good(), after=b"more")),
    "comment": ("trailing_data", lambda: bundle(good(), comment=b"hello")),
    "zip between": ("overlap", lambda: hidden_before_list(inner_zip())),
    "prepended": ("prepended_data", lambda: bundle(good(), before=b"MZ" + bytes(100))),
    "prepended shifted": (
        "prepended_data",
        lambda: io.BytesIO(b"#!/bin/sh\n" + bundle(good()).getvalue()),
    ),
    "only a directory": ("prepended_data", lambda: zipped(before=b"x" * 40)),
    "too many": (
        "too_many_entries",
        lambda: bundle(*(Member(b"Agent/ServicePortalAgent%d.log" % n, b"") for n in range(200))),
    ),
    "count lies": ("directory", lambda: bundle(good(), count=3)),
    "count lies down": ("directory", lambda: bundle(good(), count=1)),
    "size lies": ("prepended_data", lambda: bundle(good(), size=20)),
    "place lies": ("directory", lambda: bundle(good(), place=0xFFFFFFF0)),
    "split over disks": ("directory", lambda: bundle(good(), disk=1)),
    "entry of another disk": ("directory", lambda: bundle(good(disk=1))),
    "entry comment": ("directory", lambda: bundle(good(comment=b"hi"))),
    "zip64 extra": ("zip64", lambda: bundle(good(extra=struct.pack("<HH8x", 1, 8)))),
    "zip64 size": ("zip64", lambda: bundle(good(size=0xFFFFFFFF, crc=0))),
    "zip64 count": ("zip64", lambda: bundle(good(), count=0xFFFF)),
    "gap": ("overlap", lambda: bundle(good(descriptor=b"hidden"))),
    "gap before the list": ("overlap", hidden_before_list),
    "overlap": ("overlap", overlapping),
    "descriptor that lies": ("overlap", descriptor_lie),
    "descriptor nobody told of": ("overlap", lambda: bundle(good(descriptor=bytes(16)))),
    "two names": ("directory", lambda: bundle(good(local_name=b"Activity/evil.jsonl1234"))),
    "two methods": ("directory", lambda: bundle(good(local_method=0))),
    "two sizes": ("directory", lambda: bundle(good(local_sizes=(1, 2, 3)))),
    "other name in unicode": ("path", lambda: bundle(good(extra=b"\x75\x70\x01\x00\x01"))),
    "broken extra": ("directory", lambda: bundle(good(extra=b"\x99\x00\xff\x00"))),
    "unknown flag": ("directory", lambda: bundle(good(flags=0x10))),
    "encrypted": ("encrypted", lambda: bundle(good(flags=1))),
    "strongly encrypted": ("encrypted", lambda: bundle(good(flags=0x41))),
    "encrypted in one place": ("encrypted", lambda: bundle(good(local_flags=1))),
    "hidden headers": ("encrypted", lambda: bundle(good(flags=0x2000))),
    "aes": ("encrypted", lambda: bundle(good(method=99))),
    "aes extra": ("encrypted", lambda: bundle(good(extra=struct.pack("<HH7x", 0x9901, 7)))),
    "deflate64": ("method", lambda: bundle(good(method=9))),
    "bzip2": ("method", lambda: bundle(good(method=12))),
    "zstandard": ("method", lambda: bundle(good(method=93))),
    "symlink": ("not_a_file", lambda: bundle(good(made_by=3 << 8, attributes=0o120777 << 16))),
    "device node": ("not_a_file", lambda: bundle(good(made_by=3 << 8, attributes=0o60600 << 16))),
    "folder by bits": ("not_a_file", lambda: bundle(good(attributes=0x10))),
    "reparse point": ("not_a_file", lambda: bundle(good(attributes=0x400))),
    "folder by name": ("not_a_file", lambda: bundle(Member(b"Activity/", b"", method=0))),
    "same name": ("duplicate", lambda: bundle(good(), good())),
    "same name folded": (
        "duplicate",
        lambda: bundle(good(), Member(b"ACTIVITY/Activity.JSONL", TIME)),
    ),
    "stored lie": ("size", lambda: bundle(good(method=0, size=5, local_sizes=(1, 2, 5)))),
    "says less": ("size", lambda: bundle(good(size=10, crc=zlib.crc32(TIME[:10])),
                                         files=[listed(ACTIVITY, "activity", TIME[:10])])),
    "says more": ("size", lambda: bundle(good(size=len(TIME) + 1),
                                         files=[listed(ACTIVITY, "activity", TIME + b"\n")])),
    "stream cut off": ("size", lambda: bundle(good(packed=deflate(TIME)[:-4]))),
    "two streams": ("size", lambda: bundle(good(packed=deflate(TIME) + deflate(b"hidden")))),
    "no stream": ("checksum", lambda: bundle(good(packed=b"\xff\xff\xff"))),
    "wrong sum": ("checksum", lambda: bundle(good(crc=1))),
    "no manifest": ("manifest_missing", lambda: zipped(good())),
    "empty zip": ("manifest_missing", lambda: zipped()),
    "not named": ("not_in_manifest", lambda: bundle(good(), files=[])),
    "named and missing": (
        "missing_file",
        lambda: bundle(files=[listed(ACTIVITY, "activity", TIME)]),
    ),
    "other length": (
        "manifest_mismatch",
        lambda: bundle(good(), files=[listed(ACTIVITY, "activity", TIME * 2)]),
    ),
    "other bytes": (
        "sha256",
        lambda: bundle(good(), files=[listed(ACTIVITY, "activity", TIME[::-1])]),
    ),
    "zip inside": ("nested_archive", lambda: nested(inner_zip())),
    "zip behind text": ("nested_archive", lambda: nested(LINE * 9000 + inner_zip())),
    "gzip inside": ("nested_archive", lambda: nested(b"\x1f\x8b\x08" + bytes(40))),
    "7z inside": ("nested_archive", lambda: nested(b"7z\xbc\xaf\x27\x1c" + bytes(40))),
    "rar inside": ("nested_archive", lambda: nested(b"Rar!\x1a\x07\x00" + bytes(40))),
    "tar inside": ("nested_archive", lambda: nested(b"x" * 257 + b"ustar" + bytes(300))),
    "cabinet inside": ("nested_archive", lambda: nested(b"MSCF" + bytes(40))),
    "zip after spaces": ("nested_archive", lambda: nested(b"\r\n  PK\x03\x04" + bytes(40))),
}  # fmt: skip
