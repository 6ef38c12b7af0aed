"""docs/bench.md: what was measured, on what, and whether it keeps to its budget."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable
from pathlib import Path

import django
import psycopg
from django.utils import timezone

from tests.bench.fleet import Fleet
from tests.bench.timing import Pair

PAGE = Path(__file__).resolve().parents[2] / "docs" / "bench.md"

HEAD = """# What the lock costs

Written by `make bench`. Both ways ran in the same process on the same rows, in turn, round by
round. Figures are milliseconds: the median and the 95th percentile of the rounds. What counts is
the ratio of the medians; the quiet ratio is that of the 10th percentiles, which other work on the
machine disturbs least.

**With the lock**: as `rooms_web`, under a signed context and a live grant, with statements that
name no tenant. **By hand**: as the owner of the tables, whose policy is `true`, with
`tenant_id = …` written into the statement for each table. For whole pages the owner's policy is the
constant filter itself, so that the same view shows the same page without asking for context,
record or grant; it still reads the grants and writes the record, as any honest page would.

"""

TABLE = (
    "| What | | With the lock | p95 | By hand | p95 | Adds | Ratio | Quiet ratio | Budget |\n"
    "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n"
)


def page(
    fleet: Fleet,
    results: Iterable[Pair],
    pages: Iterable[Pair],
    counts: dict[str, int],
    line: psycopg.Connection,
) -> str:
    """The whole page."""
    results, pages = list(results), list(pages)
    parts = [HEAD, surroundings(fleet, line), "\n", verdict(results, pages)]
    parts += ["\n## Statements and transactions\n\n", TABLE]
    parts += [row(pair) for pair in results]
    parts += ["\n## Whole pages\n\n", TABLE, *(row(pair) for pair in pages)]
    parts += ["\nStatements sent to the region for one page: "]
    parts += [", ".join(f"{name.removeprefix('page: ')} {n}" for name, n in counts.items()), ".\n"]
    return "".join(parts)


def verdict(results: list[Pair], pages: list[Pair]) -> str:
    """Whether the budget is kept, and where it is not, why."""
    single = [pair for pair in results if pair.budget]
    adds = sorted(pair.adds for pair in single)
    kept = [pair for pair in single if pair.kept]
    pages_kept = [pair for pair in pages if pair.kept]
    return (
        f"The budget is a ratio of {single[0].budget}. Whole pages: {len(pages_kept)} of"
        f" {len(pages)} keep it. Single statements: {len(kept)} of {len(single)} keep it, for the"
        " lock asks two functions for each locked table of a statement, whatever the statement"
        f" does: half of the statements took up to {adds[len(adds) // 2]:.2f} ms longer. A"
        " statement that itself takes a tenth of a millisecond cannot keep a ratio; a page can.\n"
    )


def surroundings(fleet: Fleet, line: psycopg.Connection) -> str:
    """The machine, the versions and the amount of data."""
    rooms, tenants = line.execute(
        "select count(*), count(distinct tenant_id) from rooms_room"
    ).fetchone()
    grants = line.execute("select count(*) from access_grant").fetchone()[0]
    version = line.execute("select split_part(version(), ' on ', 1)").fetchone()[0]
    settings = ", ".join(
        f"{name} {line.execute(f'show {name}').fetchone()[0]}"
        for name in ("shared_buffers", "fsync", "jit")
    )
    busy = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return (
        f"Measured {timezone.now():%Y-%m-%d %H:%M} UTC: {rooms:,} rooms of {tenants} tenants, the"
        f" measured one with {fleet.mine:,}; {grants:,} grants; made in {fleet.seconds:.0f} s."
        f" {version} ({settings}), Python {platform.python_version()}, Django"
        f" {django.get_version()}, {os.cpu_count()} CPUs, load averages {busy}.\n"
    )


def row(pair: Pair) -> str:
    """One line of the table."""
    kept = f"{pair.budget} {'kept' if pair.kept else '**missed**'}" if pair.budget else ""
    return (
        f"| {pair.name} | {pair.about} | {pair.locked.median:.2f} | {pair.locked.p95:.2f}"
        f" | {pair.plain.median:.2f} | {pair.plain.p95:.2f} | {pair.adds:.2f} | {pair.ratio:.2f}"
        f" | {pair.quiet_ratio:.2f} | {kept} |\n"
    )


def write(text: str) -> None:
    """Keep it in the tree, in place of the section with the same heading."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    old = PAGE.read_text() if PAGE.exists() else ""
    sections = {part.partition("\n")[0]: part for part in re.split(r"(?m)^(?=# )", old) if part}
    sections[text.partition("\n")[0]] = text
    PAGE.write_text("\n".join(part.strip("\n") + "\n" for part in sections.values()))
