"""Make a bundle: the ordered files into a zip on disk, streamed, the same bytes each time."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path
from typing import IO, Any, Final

from rooms.simulator.bundle.binxml import Shape
from rooms.simulator.bundle.evtx_file import (
    Event,
    Written,
    chunks_of,
    file_header,
)
from rooms.simulator.bundle.happenings import Happening, happenings
from rooms.simulator.bundle.noise import LINES, noise
from rooms.simulator.bundle.order import EVERY, DeviceState, Flaw, Order
from rooms.simulator.bundle.order import Part as OrderPart
from rooms.simulator.bundle.queries import QUERIES, answer
from rooms.simulator.bundle.words import LOGS, Look, activity

# What an event takes in its file, about: by it the fill is shared out.
EVENT_BYTES: Final = 300
LINE_BYTES: Final = 95
# Events that Windows writes in five minutes when nothing happens.
QUIET: Final = 2
ON_WINDOWS_ONLY: Final = "not_on_this_platform"
MADE_AT: Final = (2022, 9, 1, 0, 0, 0)
PIECE: Final = 1024 * 1024


@dataclass
class Zip:
    """The zip while it is written, and what its manifest will say."""

    file: zipfile.ZipFile
    method: int
    listed: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[dict[str, str]] = field(default_factory=list)

    def add(self, path: str, kind: str, pieces: Iterator[bytes]) -> None:
        """One more file, as its bytes come."""
        digest, count = hashlib.sha256(), 0
        with self.open(path) as inlet:
            for piece in pieces:
                inlet.write(piece)
                digest.update(piece)
                count += len(piece)
        self.listed.append(
            {"path": path, "kind": kind, "sha256": digest.hexdigest(), "bytes": count}
        )

    def open(self, path: str) -> IO[bytes]:
        """A file of the zip for writing; its time is always the same."""
        entry = zipfile.ZipInfo(path, MADE_AT)
        entry.compress_type = self.method
        entry.external_attr = 0o600 << 16
        return self.file.open(entry, "w")


def make_bundle(
    state: DeviceState, order: Order, folder: Path, *, fill_bytes: int = 0, packed: bool = True
) -> Path:
    """The bundle of an order, in a file of the folder that nobody else may read.

    `fill_bytes` makes the logs longer, to about so many bytes unpacked in all; `packed` deflates.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{order.collection}.part"
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    looks = state.looks(order)
    method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", method, allowZip64=False) as file:
        made = Zip(file, method)
        logs = sum(part.kind in LOGS or part.kind == "event_log" for part in order.parts)
        share = fill_bytes // max(1, logs)
        for part in order.parts:
            _part(made, state, order, looks, part, share)
        manifest = {
            "format": 1,
            "collection": order.collection,
            "device": state.reference,
            "made_at": state.moment.astimezone(UTC).isoformat(),
            "files": made.listed,
            "left_out": made.left_out,
        }
        with made.open("manifest.json") as inlet:
            inlet.write(json.dumps(manifest).encode())
    if Flaw.ENCRYPTED in state.flaws:
        _pretend_encrypted(path)
    return path.rename(path.with_suffix(".zip"))


def _part(
    made: Zip, state: DeviceState, order: Order, looks: list[Look], part: OrderPart, share: int
) -> None:
    """The file of one part, or why there is none."""
    kind = part.kind
    if not state.machine.windows:
        made.left_out.append({"kind": kind, "why": ON_WINDOWS_ONLY})
    elif kind == "event_log" and part.channel in LINES:
        name = f"Windows/EventLog/{part.channel.replace('/', '%4')}.evtx"
        made.add(name, kind, _event_log(state, looks, part.channel, share))
    elif kind in QUERIES:
        made.add(QUERIES[kind][0], kind, iter([json.dumps(answer(kind, state)).encode()]))
    elif kind in LOGS:
        path, write = LOGS[kind]
        each = share // LINE_BYTES // max(1, len(looks))
        lines = write(state, looks, each)
        made.add(path, kind, (f"{line}\r\n".encode() for line in lines))
    elif kind == "activity":
        acts = activity(state, order, looks)
        lines_of = (f"{json.dumps(act, ensure_ascii=False)}\n".encode() for act in acts)
        made.add("Activity/activity.jsonl", kind, lines_of)
    else:
        made.left_out.append({"kind": kind, "why": "not_known"})


def _event_log(state: DeviceState, looks: list[Look], channel: str, share: int) -> Iterator[bytes]:
    """An event log file. The header tells how much follows, so the rest is written first, aside."""
    written = Written()
    with tempfile.TemporaryFile() as aside:
        for number, chunk in enumerate(chunks_of(_events(state, looks, channel, share), written)):
            if Flaw.CORRUPT in state.flaws and channel == "System" and number == 0:
                chunk = chunk[:600] + bytes(100) + chunk[700:]
            aside.write(chunk)
        aside.seek(0)
        yield file_header(written.chunks, written.records + 1)
        while piece := aside.read(PIECE):
            yield piece


def _events(state: DeviceState, looks: list[Look], channel: str, share: int) -> Iterator[Event]:
    """All events of a channel in the order of time."""
    machine, shapes = state.machine, dict[tuple[str, tuple[str, ...]], Shape]()
    computer = f"MTR-{machine.serial[:8]}"
    chance = machine.chance(f"noise/{channel}/{looks[0][0] if looks else ''}")
    quiet = QUIET + share // EVENT_BYTES // max(1, len(looks))
    before = None
    for at, condition in looks:
        found = [
            one for one in happenings(machine, before, condition, at) if one.channel == channel
        ]
        found += noise(channel, condition.app, at - EVERY, EVERY, quiet, chance)
        found.sort(key=lambda one: one.at)
        for one in found:
            yield _event(one, computer, shapes, condition.clock_ahead)
        before = condition


def _event(
    one: Happening,
    computer: str,
    shapes: dict[tuple[str, tuple[str, ...]], Shape],
    ahead: timedelta,
) -> Event:
    """The event as the device's own clock dates it."""
    names = tuple("" if name[:1].isdigit() else name for name, _ in one.values)
    key = (one.provider, names)
    shape = shapes.get(key)
    if shape is None:
        shape = shapes[key] = Shape(one.provider, one.channel, computer, names)
    values = tuple(value for _, value in one.values)
    return Event(shape, one.at + ahead, one.event_id, one.level, values)


def _pretend_encrypted(path: Path) -> None:
    """Set the mark of encryption on the first file of the list, in both places where it stands."""
    raw = bytearray(path.read_bytes())
    listed = int.from_bytes(raw[-6:-2], "little")
    local = int.from_bytes(raw[listed + 42 : listed + 46], "little")
    raw[local + 6] |= 1
    raw[listed + 8] |= 1
    path.write_bytes(raw)
