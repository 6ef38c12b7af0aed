"""Log lines as a list with facets and a histogram, and one line with what stands around it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.http import Http404
from django.urls import reverse

from access import audit
from access.listing import ListState
from access.listing.pages import Page
from diagnostics.explorer import words
from diagnostics.explorer.content import LineContent
from diagnostics.explorer.counts import Counts, newest_line, read_counts
from diagnostics.explorer.filters import Span, span_of, spec_for
from diagnostics.explorer.lines import read_lines
from diagnostics.explorer.marks import Piece, pieces_of
from diagnostics.kinds import LEVELS
from diagnostics.models import CollectionFile, LogEntry
from diagnostics.pages.collections import VIEW
from diagnostics.vault.keys import Destroyed, Ring, opening
from diagnostics.vault.sealing import CannotOpen
from rooms.pages.rooms_list import reach_of

if TYPE_CHECKING:
    from django.http import QueryDict

    from access.gate import Access

SHOWN_TEXT: Final = 220
NEIGHBOURS: Final = 25  # on each side
WORD_OF_LEVEL: Final = {one.number: one.word for one in LEVELS}
TONE_OF_LEVEL: Final = {1: "bad", 2: "bad", 3: "warn"}
GONE: Final = "Destroyed"


@dataclass(frozen=True)
class Line:
    """One line as the list shows it."""

    entry: LogEntry
    url: str
    level: str
    tone: str
    pieces: list[Piece]


@dataclass(frozen=True)
class Explorer:
    """Everything that one page of the explorer shows."""

    state: ListState
    span: Span
    page: Page
    counts: Counts
    lines: list[Line]
    notices: list[str]
    searched: list[str]


def read_explorer(access: Access, query: QueryDict) -> Explorer | None:
    """The page that the address asks for; None where nothing was ever collected."""
    newest = newest_line()
    if newest is None:
        return None
    narrow = reach_of(access, VIEW) is not None
    state = ListState.read(spec_for(()), query)
    span = span_of(state, newest)
    # The sources that there are become the choices of their filter.
    plain = read_counts(state, span, narrow=narrow)
    state = ListState.read(spec_for([name for name, _ in plain.sources]), query)
    counts = read_counts(state, span, narrow=narrow) if "source" in state.filters else plain
    text = "".join(state.filters.get("q", ()))
    searched = words.wanted_words(text)
    notices = list(state.notices)
    with opening() as ring:
        hasher = ring.hasher() if searched else None
        hashes = None if not text else [hasher(word) for word in searched] if hasher else []
        if hashes == []:
            notices.append("No word of the search can be looked for: use two letters or more.")
            hashes = None
        found = read_lines(state, span, access.tenant.reference, hashes)
        lines = lines_of(access, ring, found.page.rows)
    if words.left_out(text):
        notices.append(f"Looked for {words.joined(searched)} only; five words are the most.")
    if found.gave_up:
        notices.append("Stopped looking: narrow the search by a device, a source or a time.")
    if found.page.notice:
        notices.append(found.page.notice)
    if text:
        record_search(access, searched, hashes or [])
    return Explorer(state, span, found.page, counts, lines, notices, searched)


def record_search(access: Access, searched: list[str], hashes: list[bytes]) -> None:
    """Put the search on record: its words as the tenant's own hashes, which erasure makes mute."""
    grant = access.under(VIEW)
    audit.record(
        "logs.searched",
        subject=("tenant", access.tenant.reference),
        scopes=[VIEW.value],
        grants=[grant.reference] if grant else [],
        purpose=grant.purpose if grant else "",
        detail={"words": len(searched), "hashes": [one.hex() for one in hashes]},
    )


def lines_of(access: Access, ring: Ring, entries: list[LogEntry]) -> list[Line]:
    """The lines of a page, opened with one look for their keys."""
    ring.load(bytes(entry.content) for entry in entries)
    tenant = access.tenant.reference
    return [
        Line(
            entry,
            reverse("diagnostics:log", args=[tenant, entry.pk]),
            WORD_OF_LEVEL.get(entry.level, str(entry.level)),
            TONE_OF_LEVEL.get(entry.level, "off"),
            pieces_of(_shortened(content_of(ring, entry).text)),
        )
        for entry in entries
    ]


def content_of(ring: Ring, entry: LogEntry) -> LineContent:
    """What the line says, or that it was destroyed, or that it cannot be opened."""
    try:
        return LineContent.from_bytes(ring.open(entry, "content"))
    except Destroyed as gone:
        return LineContent(f"{GONE} on {gone.at:%Y-%m-%d}")
    except CannotOpen as closed:
        return LineContent(str(closed))


def _shortened(text: str) -> str:
    first = " ".join(text.split())
    return first if len(first) <= SHOWN_TEXT else f"{first[: SHOWN_TEXT - 1]}…"


def find_entry(line: uuid.UUID) -> LogEntry:
    """The line, if it is open to the reader; 404 otherwise."""
    entry = LogEntry.objects.filter(pk=line).first()
    if entry is None:
        raise Http404("No such line.")
    return entry


def line_facts(access: Access, entry: LogEntry) -> dict[str, Any]:
    """One line: parsed, as it came, and its neighbours in its file."""
    file = CollectionFile.objects.get(pk=entry.file_id)
    around = LogEntry.objects.filter(
        file_id=entry.file_id,
        number__gte=entry.number - NEIGHBOURS,
        number__lte=entry.number + NEIGHBOURS,
    ).order_by("number")
    with opening() as ring:
        content = content_of(ring, entry)
        neighbours = lines_of(access, ring, list(around))
    return {
        "entry": entry,
        "file": file,
        "level": WORD_OF_LEVEL.get(entry.level, str(entry.level)),
        "tone": TONE_OF_LEVEL.get(entry.level, "off"),
        "text": pieces_of(content.text),
        "fields": [(name, pieces_of(value)) for name, value in content.fields.items()],
        "raw": pieces_of(content.raw),
        "neighbours": neighbours,
    }


def histogram(explorer: Explorer) -> dict[str, Any]:
    """The bars as a stacked area: errors and worse, warnings, the rest."""
    bars = explorer.counts.bars
    parts = [("Errors", "bad", (1, 2)), ("Warnings", "warn", (3,)), ("Others", "off", (4, 5))]
    return {
        "times": [bar.begins_at for bar in bars],
        "series": [
            {
                "label": label,
                "tone": tone,
                "values": [sum(bar.lines.get(one, 0) for one in levels) for bar in bars],
            }
            for label, tone, levels in parts
        ],
        "label": f"{explorer.counts.total:,} lines by time",
        "step": bars[0].ends_at - bars[0].begins_at if bars else timedelta(),
    }


def facets(explorer: Explorer) -> list[dict[str, Any]]:
    """Sources and levels with their counts, each a link that narrows the list to it."""
    state = explorer.state
    sources = [
        {"label": name, "count": number, "url": state.only("source", name).url}
        for name, number in explorer.counts.sources[:12]
    ]
    levels = [
        {"label": word, "count": number, "url": state.only("level", str(level)).url}
        for level, word, number in explorer.counts.levels
        if number
    ]
    return [{"label": "Level", "items": levels}, {"label": "Source", "items": sources}]


def newest_devices(tenant: str) -> list[dict[str, str]]:
    """Devices of which something came lately, each with the address of its lines."""
    files = CollectionFile.objects.filter(destroyed_at=None).order_by("-made_at", "-id")
    named = files.values_list("device_reference", "room_reference")[:120]
    here = reverse("diagnostics:logs", args=[tenant])
    return [
        {"label": device, "room": room, "url": f"{here}?device={device}"}
        for device, room in dict.fromkeys(named)
    ][:8]
