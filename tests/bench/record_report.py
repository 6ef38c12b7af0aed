"""The section of docs/bench.md about the record."""

from __future__ import annotations

import os
import platform
import statistics
from dataclasses import dataclass, field

import django
import psycopg
from django.utils import timezone

from tests.bench import report

HEAD = """# What the record costs

Written by `make bench`. Rates are a second, of all clients together; each round measures one way
right after the other, and the ratio is the median of the rounds' ratios; beside it stand the
lowest of them, the middle half, and the highest, of {rounds} rounds. Computing is what Python
and the database backends spent on one act, whoever else was busy; its ratio is turned round, so
that both ratios say how much of the pace is left. The budget is held against the clock.

**Acts of the portal**: a request is asked for and withdrawn, through the real actions with all
their rules, by {clients} client processes as `rooms_web`; without the record, `record()` writes
nothing. **With 20 ms of work**: statements alone, the event first and then 20 ms in the same
transaction; this is where a chained log would make writers wait for one another (there would be
room for 50 acts a second and no more); it has no budget, for without the event there is next to
nothing left to do. **Sequencer**: {events:,} staged events with their disclosures get leaves,
positions and tiles; what counts is how long Python and its database backend computed, both
together, so that the figure is that of one core. **Proof**: the inclusion proof of a random
event, made from the stored tiles of a log of {leaves:,} events and checked against its root; the
leaf hashes are made up, all hashes above them are true, and there are no leaves behind them.

"""


@dataclass
class Pace:
    """How many a second by the clock, and how much computing each takes, in milliseconds."""

    rate: float
    cost: float


@dataclass
class Figures:
    """What was measured; rates are a second, times in milliseconds."""

    clients: int
    events: int
    leaves: int = 0
    acts_with: list[Pace] = field(default_factory=list)
    acts_without: list[Pace] = field(default_factory=list)
    waits_with: list[Pace] = field(default_factory=list)
    waits_without: list[Pace] = field(default_factory=list)
    sequenced: float = 0.0
    sequencer_python: float = 0.0
    sequenced_by_the_clock: float = 0.0
    proof_times: list[float] = field(default_factory=list)
    tile_seconds: float = 0.0


def page(figures: Figures, line: psycopg.Connection) -> str:
    """The whole section."""
    times = sorted(figures.proof_times)
    median, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    rows = [
        _acts("acts of the portal", figures.acts_with, figures.acts_without, budget=0.9),
        _acts("with 20 ms of work", figures.waits_with, figures.waits_without),
    ]
    share = (
        f"{figures.sequencer_python:.0%} of it in Python; by the clock"
        f" {figures.sequenced_by_the_clock:,.0f} a second beside whatever else ran"
    )
    return "".join(
        [
            HEAD.format(
                clients=figures.clients,
                events=figures.events,
                leaves=figures.leaves,
                rounds=len(figures.acts_with),
            ),
            _surroundings(figures, line),
            "\n| What | With the record | Without | Ratio | Rounds | Computing, with | Without"
            " | Ratio | Rounds | Budget |\n"
            "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
            *rows,
            "\n| What | Measured | | Budget |\n|---|--:|---|--:|\n",
            f"| sequencer, events in a second of one core | {figures.sequenced:,.0f} | {share}"
            f" | 10,000 {_kept(figures.sequenced >= 10_000)} |\n",
            f"| proof, median | {median:.2f} ms | p95 {p95:.2f} ms, slowest {times[-1]:.2f} ms"
            f" | 20 ms {_kept(times[-1] < 20)} |\n",
        ]
    )


def _acts(name: str, with_it: list[Pace], without: list[Pace], budget: float | None = None) -> str:
    pairs = list(zip(with_it, without, strict=True))
    ratios = sorted(one.rate / other.rate for one, other in pairs)
    kept = sorted(other.cost / one.cost for one, other in pairs)
    ratio, cost = statistics.median(ratios), statistics.median(kept)
    rates = [statistics.median(one.rate for one in ways) for ways in (with_it, without)]
    costs = [statistics.median(one.cost for one in ways) for ways in (with_it, without)]
    return (
        f"| {name} | {rates[0]:,.0f} | {rates[1]:,.0f} | {ratio:.2f}"
        f" | {_spread(ratios)} | {costs[0]:.2f} ms | {costs[1]:.2f} ms | {cost:.2f}"
        f" | {_spread(kept)}"
        f" | {f'{budget} {_kept(ratio >= budget)}' if budget else ''} |\n"
    )


def _spread(ratios: list[float]) -> str:
    """From the lowest round to the highest, and between them the middle half."""
    low, _, high = statistics.quantiles(ratios, n=4)
    return f"{ratios[0]:.2f} ({low:.2f} to {high:.2f}) {ratios[-1]:.2f}"


def _kept(kept: bool) -> str:
    return "kept" if kept else "**missed**"


def _surroundings(figures: Figures, line: psycopg.Connection) -> str:
    """The machine and the versions."""
    version = line.execute("select split_part(version(), ' on ', 1)").fetchone()[0]
    settings = ", ".join(
        f"{name} {line.execute(f'show {name}').fetchone()[0]}"
        for name in ("shared_buffers", "fsync", "synchronous_commit")
    )
    busy = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return (
        f"Measured {timezone.now():%Y-%m-%d %H:%M} UTC: {version} ({settings}), Python"
        f" {platform.python_version()}, Django {django.get_version()}, {os.cpu_count()} CPUs, load"
        f" averages {busy}; the tiles were made in {figures.tile_seconds:.0f} s.\n"
    )


def write(text: str) -> None:
    """Keep it in the tree, beside the other sections."""
    report.write(text)
