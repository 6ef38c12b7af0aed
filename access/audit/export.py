"""Bundles that an auditor verifies without us: a whole log, a day of it, the evidence of a grant.

The layout is C2SP tlog-tiles; what was published decides every byte, so that a bundle of the same
checkpoint can be made again and is the same. Runs under rooms_auditor.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import connections

from access.audit import pack, proofs, tiles
from access.audit.bundles import Bundle, Part
from access.audit.checkpoints import log_name
from access.audit.growth import add_growth
from access.audit.leaves import moment
from access.audit.merkle import HASH_SIZE
from access.audit.notes import encoded
from access.audit.store import Log, log_of, read_tiles
from access.audit.tiles import WIDTH, Place

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper


_SETTLED = """(cardinality(cosignatures) >= jsonb_array_length(keys -> 'witnesses')
    or (cardinality(cosignatures) >= (keys ->> 'quorum')::int
        and (size < (select max(size) from {checkpoint})
             or published_at < lock.now() - interval '30 seconds')))"""


# Each event of an excerpt is a file of its own; more are handed out by the exporter, in tiles.
MOST: Final = 10_000


class NothingToExport(LookupError):
    """There is no checkpoint, or nothing before it, that the bundle could hold."""


class TooMuchToExport(NothingToExport):
    """More events than one bundle holds; the sentence says what to do instead."""


@dataclass(frozen=True)
class Source:
    """A log up to one published checkpoint."""

    alias: str
    size: int
    root: bytes
    note: str
    cosignatures: Sequence[str]
    keys: dict[str, Any]
    published_at: datetime

    @property
    def log(self) -> Log:
        """The log's tables."""
        return log_of(self.alias)

    @property
    def cursor(self) -> CursorWrapper:
        """A cursor of the log's database."""
        return connections[self.alias].cursor()


def source(alias: str, size: int | None = None) -> Source:
    """The log up to the checkpoint of that size, or to the newest that is settled.

    Settled is one that all witnesses cosigned, or a quorum, and no more will: it is not the newest
    any more, or half a minute old. Only a log without one gives its newest as it is.
    Raises NothingToExport without a checkpoint.
    """
    log = log_of(alias)
    settled = _SETTLED.format(checkpoint=log.checkpoint)
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "select size, root, note, cosignatures, keys, published_at"  # noqa: S608 - ours
            f" from {log.checkpoint} where size = coalesce(%s, size) order by {settled} desc,"
            " size desc limit 1",
            [size],
        )
        row = cursor.fetchone()
    if row is None:
        raise NothingToExport(f"{log_name(alias)} has no such checkpoint yet.")
    size, root, note, lines, keys, published_at = row
    keys = json.loads(keys) if isinstance(keys, str) else keys
    return Source(alias, size, bytes(root), note, lines, keys, published_at)


def whole_log(alias: str, size: int | None = None) -> Bundle:
    """All events up to a checkpoint, with the tiles over them."""
    of = source(alias, size)
    bundle = _begun(of, "log", {})
    bundle.parts |= _hash_tiles(of, tiles.widths(of.size))
    bundle.parts |= _entry_tiles(of, 0, of.size - 1)
    bundle.parts["disclosures.jsonl"] = lambda: _disclosures(of, 0, of.size - 1)
    return bundle


def day(alias: str, on: date, size: int | None = None, previous: Iterable[int] = ()) -> Bundle:
    """The events recorded on a day (UTC), in whole entry bundles, with the tiles that prove them.

    Of the hash tiles it has those of level 0 over the range and at the end of the log, and all of
    the higher levels: from these the root can be computed.
    """
    of = source(alias, size)
    first, last = _positions_of(of, on)
    bundle = _begun(of, "day", {"day": on.isoformat()})
    bundle.add_json("range.json", {"first": first, "last": last})
    end = (of.size - 1) // WIDTH
    wanted = {*range(first // WIDTH, last // WIDTH + 1), *([end] if of.size % WIDTH else [])}
    kept = (
        (place, width)
        for place, width in tiles.widths(of.size)
        if place.level or place.number in wanted
    )
    bundle.parts |= _hash_tiles(of, kept)
    bundle.parts |= _entry_tiles(of, first, last)
    bundle.parts["disclosures.jsonl"] = lambda: _disclosures(of, first, last)
    add_growth(bundle, of, None, previous)
    return bundle


def evidence(
    alias: str, grant: str, size: int | None = None, previous: Iterable[int] = ()
) -> Bundle:
    """All that a log says of one grant: each event with its own proof, and a readable pack.

    Holds no event of anybody else, and no tiles. Raises NothingToExport for a grant that the log
    does not know, TooMuchToExport for one with too many events.
    """
    of = source(alias, size)
    found = pack.events_of(of.cursor, of.log, grant, of.size, MOST + 1)
    if not found:
        raise NothingToExport(f"{log_name(alias)} says nothing of {grant} up to {of.size}.")
    if len(found) > MOST:
        days = sorted(
            {json.loads(found[at])["recorded_at"][:10] for at in (min(found), max(found))}
        )
        raise TooMuchToExport(
            f"The record of {grant} has more than {MOST:,} events, the most in one bundle with a"
            " proof for each. Take the record day by day instead, from"
            f" {' to '.join(days)}, or the whole log: `manage.py export_audit`."
        )
    told = pack.told(grant, found)
    about = {"grant": grant, "tenant": told["tenant"]["reference"]}
    bundle = excerpt(of, found, about, previous=previous)
    bundle.add_json("pack.json", told)
    return bundle


def excerpt(
    of: Source,
    found: Mapping[int, bytes],
    about: dict[str, Any],
    *,
    kind: str = "evidence",
    names: bool = True,
    previous: Iterable[int] = (),
) -> Bundle:
    """Single events by position, each leaf with its own proof; no other event, and no tiles.

    Without `names` it has no disclosures: whom the record names stays unsaid. `previous` are sizes
    of earlier checkpoints that it is to be compared with, besides those it knows of.
    """
    bundle = _begun(of, kind, about)
    proven = proofs.inclusions(of.cursor, of.log, found, of.size)
    for position, leaf in found.items():
        steps = [encoded(one) for one in proven[position]]
        bundle.add_json(
            f"proofs/{position}.json",
            {"position": position, "size": of.size, "hashes": steps, "leaf": encoded(leaf)},
        )
    positions = sorted(found)
    if names:
        bundle.parts["disclosures.jsonl"] = lambda: _disclosures(of, *_ends(positions), positions)
    add_growth(bundle, of, json.loads(found[positions[0]])["tenant_id"], previous)
    return bundle


# -- Parts ----------------------------------------------------------------------------------------


def _begun(of: Source, kind: str, about: dict[str, Any]) -> Bundle:
    """What every bundle has."""
    bundle = Bundle({"checkpoint": (of.note + "".join(of.cosignatures)).encode()})
    bundle.add_json("keys.json", of.keys)
    bundle.add_json(
        "manifest.json",
        {
            "log": log_name(of.alias),
            "made_at": moment(of.published_at),
            "size": of.size,
            "root": encoded(of.root),
            "kind": kind,
            "about": about,
        },
    )
    return bundle


def _hash_tiles(of: Source, wanted: Iterable[tuple[Place, int]]) -> dict[str, Part]:
    def tile(place: Place, width: int) -> bytes:
        with of.cursor as cursor:
            hashes = read_tiles(cursor, of.log, [place]).get(place, b"")[: width * HASH_SIZE]
        if len(hashes) != width * HASH_SIZE:
            raise tiles.BadTile(f"The tile {tiles.path(*place)} is missing or too short.")
        return hashes

    return {
        tiles.path(place.level, place.number, width): lambda p=place, w=width: tile(p, w)  # type: ignore[misc] # bound now
        for place, width in wanted
    }


def _entry_tiles(of: Source, first: int, last: int) -> dict[str, Part]:
    """The entry bundles that hold a range; each is whole, as far as the checkpoint goes."""

    def entries(number: int, width: int) -> bytes:
        begin = number * WIDTH
        with of.cursor as cursor:
            cursor.execute(
                f"select content from {of.log.leaf}"  # noqa: S608 - ours
                " where position >= %s and position < %s order by position",
                [begin, begin + width],
            )
            found = [bytes(row[0]) for row in cursor.fetchall()]
        if len(found) != width:
            raise tiles.BadTile(f"Events from {begin} on are missing.")
        return tiles.bundle(found)

    numbers = range(first // WIDTH, last // WIDTH + 1)
    widths = {n: tiles.width_of(Place(0, n), of.size) for n in numbers}
    return {
        tiles.path(None, n, width): lambda n=n, w=width: entries(n, w)  # type: ignore[misc] # bound now
        for n, width in widths.items()
    }


def _disclosures(of: Source, first: int, last: int, only: list[int] | None = None) -> bytes:
    """The disclosures that are still there, in the order of their events."""
    with of.cursor as cursor:
        cursor.execute(
            "select d.event_id, d.name, d.disclosure"  # noqa: S608 - ours
            f" from {of.log.leaf} l join {of.log.disclosure} d on d.event_id = l.event_id"
            " where l.position between %s and %s and (%s::bigint[] is null"
            " or l.position = any(%s)) order by l.position, d.name",
            [first, last, only, only],
        )
        lines = Bundle()
        lines.add_lines("", _lines(cursor.fetchall()))
    return lines.read("")


def _lines(rows: Iterable[tuple[Any, str, str]]) -> Iterator[dict[str, str]]:
    for event_id, name, disclosure in rows:
        yield {"event": str(event_id), "name": name, "disclosure": disclosure}


def _positions_of(of: Source, on: date) -> tuple[int, int]:
    """The first and the last position of a day's events before the checkpoint."""
    begin = datetime.combine(on, time.min, UTC)
    with of.cursor as cursor:
        cursor.execute(
            "select min(l.position), max(l.position)"  # noqa: S608 - ours
            f" from {of.log.event} e join {of.log.leaf} l on l.event_id = e.id"
            " where e.recorded_at >= %s and e.recorded_at < %s and l.position < %s",
            [begin, begin + timedelta(days=1), of.size],
        )
        first, last = cursor.fetchone()
    if first is None:
        raise NothingToExport(f"Nothing was recorded on {on.isoformat()} up to {of.size}.")
    return first, last


def _ends(positions: Sequence[int]) -> tuple[int, int]:
    return positions[0], positions[-1]
