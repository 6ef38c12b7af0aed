"""Open a bundle: check all of it once, then read its files one after the other.

Both go forward through the file, piece by piece; only the zip's list and its manifest are sought.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO
from zoneinfo import ZoneInfo

from diagnostics.bundles import activity, event_logs, queries, text_logs
from diagnostics.bundles.content import Archives
from diagnostics.bundles.entries import ActivityLine, Entry, KeptOut
from diagnostics.bundles.limits import LIMITS, Limits
from diagnostics.bundles.manifest import ListedFile, Manifest, read_manifest
from diagnostics.bundles.paths import MANIFEST, channel_of, kept_path
from diagnostics.bundles.queries import Query, TimeService
from diagnostics.bundles.refusal import RefusedBundle
from diagnostics.bundles.unpack import unpacked
from diagnostics.bundles.zip_directory import Member, read_directory
from diagnostics.kinds import LOGS, QUERIES, PartKind


@dataclass(frozen=True)
class BundleFile:
    """One checked file. `head` is its first bytes, at most content.HEAD_BYTES; `path` is where it
    stands in the bundle, under a name that may be kept."""

    listed: ListedFile
    member: Member
    head: bytes
    path: str

    @property
    def kind(self) -> PartKind:
        """What it is."""
        return self.listed.kind

    @property
    def source(self) -> str:
        """The channel of an event log; else the name of the log."""
        return channel_of(self.path) if self.kind == PartKind.EVENT_LOG else self.path


@dataclass(frozen=True)
class Bundle:
    """A bundle whose every byte was checked. `files` stand in the order in which they lie."""

    manifest: Manifest
    files: tuple[BundleFile, ...]
    _file: BinaryIO
    _limits: Limits

    def pieces(self, file: BundleFile) -> Iterator[bytes]:
        """The unpacked bytes of a file, in pieces."""
        return unpacked(self._file, file.member, self._limits)

    def entries(self, file: BundleFile) -> Iterator[Entry | KeptOut]:
        """The entries of a log, and last a KeptOut when some of it could not be read.

        ValueError when the file is no log.
        """
        if file.kind == PartKind.EVENT_LOG:
            return event_logs.read(self.pieces(file), file.path, file.source)
        if file.kind not in LOGS:
            raise ValueError(f"{file.kind} has no entries")
        return text_logs.read(self.pieces(file), file.path, file.kind, self.zone)

    def query(self, file: BundleFile) -> Query | KeptOut:
        """What a query answered. ValueError when the file is none."""
        if file.kind not in QUERIES:
            raise ValueError(f"{file.kind} is no query")
        if file.listed.bytes > self._limits.query_bytes:
            return KeptOut(file.path, "The answer is longer than any such answer is.")
        return queries.read(b"".join(self.pieces(file)), file.path, file.kind)

    def activity(self, file: BundleFile) -> Iterator[ActivityLine | KeptOut]:
        """The lines of the room's activity. ValueError when the file is not that."""
        if file.kind != PartKind.ACTIVITY:
            raise ValueError(f"{file.kind} is no activity")
        return activity.read(self.pieces(file), file.path)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The device's time zone, in which logs without one are written; UTC when it is untold."""
        for file in self.files:
            if file.kind == PartKind.QUERY_TIME:
                told = self.query(file)
                if isinstance(told, TimeService):
                    return ZoneInfo(told.time_zone)
        return ZoneInfo("UTC")


def open_bundle(file: BinaryIO, limits: Limits = LIMITS) -> Bundle:
    """Check a bundle and make it readable. RefusedBundle with the reason.

    `file` is any seekable binary file; it is read forward twice: once here, once by the reader.
    """
    members = read_directory(file, limits)
    manifest = _manifest(file, members, limits)
    listed = {one.path: one for one in manifest.files}
    found = {member.name for member in members} - {MANIFEST}
    if found - listed.keys():
        raise RefusedBundle("not_in_manifest")
    if listed.keys() - found:
        raise RefusedBundle("missing_file")
    numbers: Counter[str] = Counter()
    files = []
    for member in members:
        if member.name != MANIFEST:
            one = listed[member.name]
            numbers[one.kind] += 1
            path = kept_path(one.kind, one.path, numbers[one.kind])
            files.append(_checked(file, member, one, path, limits))
    return Bundle(manifest, tuple(files), file, limits)


def _manifest(file: BinaryIO, members: list[Member], limits: Limits) -> Manifest:
    member = next((one for one in members if one.name == MANIFEST), None)
    if member is None:
        raise RefusedBundle("manifest_missing")
    if member.bytes > limits.manifest_bytes:
        raise RefusedBundle("manifest_invalid")
    return read_manifest(b"".join(unpacked(file, member, limits)))


def _checked(
    file: BinaryIO, member: Member, listed: ListedFile, path: str, limits: Limits
) -> BundleFile:
    """One file, unpacked once from end to end."""
    if member.bytes != listed.bytes:
        raise RefusedBundle("manifest_mismatch")
    digest, archives = hashlib.sha256(), Archives()
    for piece in unpacked(file, member, limits):
        digest.update(piece)
        archives.feed(piece)
    archives.end()
    if digest.hexdigest() != listed.sha256:
        raise RefusedBundle("sha256")
    return BundleFile(listed, member, archives.head, path)
