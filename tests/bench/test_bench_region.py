"""What a region of a million rooms costs a tenant in it: its pages before and after it grew."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass

import django
import psycopg
import pytest
from django.test import Client
from django.utils import timezone

from tests import people
from tests.bench import report
from tests.bench.fleet import SCALE, Fleet, grow, load
from tests.bench.timing import Times, took

pytestmark = pytest.mark.bench

ROUNDS = 150
BUDGET = 1.5
SMALL = 10_000
LARGE = int(1_000_000 * SCALE)
MINE = 1_000
HEAD = """# What a large region costs its tenants

Written by `make bench`. The pages of one tenant with {mine:,} rooms, in a region of {small:,}
rooms, and again when the region had grown to {large:,} by more tenants. Milliseconds from the
request to the rendered answer, median of {rounds} rounds; the budget is a ratio of {budget}.

"""


@dataclass
class Page:
    """One page before and after."""

    name: str
    small: Times
    large: Times

    @property
    def ratio(self) -> float:
        """How many times as long the median takes in the large region."""
        return self.large.median / self.small.median


def addresses(fleet: Fleet) -> dict[str, str]:
    """The pages that the budget names."""
    base = f"/t/{fleet.tenant.reference}/"
    return {
        "rooms list": f"{base}rooms/",
        "rooms list, searched": f"{base}rooms/?q=harbor",
        "room": f"{base}rooms/{fleet.references[MINE // 2]}/",
        "tenant health": f"{base}health/",
        "incidents": f"{base}incidents/",
        "triage list": "/triage/",
        "fleet health": "/health/",
    }


def measured(client: Client, pages: dict[str, str]) -> dict[str, Times]:
    """Each page in turn, round by round, after a few that do not count."""
    times = {name: Times() for name in pages}
    for at in range(ROUNDS + 10):
        for name, address in pages.items():
            spent = took(lambda address=address: visit(client, address))
            if at >= 10:
                times[name].rounds.append(spent)
    return times


def visit(client: Client, address: str) -> None:
    """Ask for a page, and be sure that it was shown."""
    answer = client.get(address)
    assert answer.status_code == 200, address


def test_pages_do_not_slow_with_the_region(
    db: None, superuser: dict[str, psycopg.Connection], capsys: pytest.CaptureFixture[str]
) -> None:
    """The figures go to docs/bench.md; a page that is three times as slow fails at once."""
    behind = superuser["eu"]
    fleet = load(behind, rooms=SMALL, tenants=10, mine=MINE, grants=1_000)
    client = people.signed_in_client(fleet.asha)
    pages = addresses(fleet)
    before = measured(client, pages)
    begun = time.monotonic()
    grow(behind, rooms=LARGE - SMALL, tenants=490, grants=int(99_000 * SCALE))
    seconds = time.monotonic() - begun
    client = people.signed_in_client(fleet.asha)
    after = measured(client, pages)
    results = [Page(name, before[name], after[name]) for name in pages]
    text = section(results, seconds)
    with capsys.disabled():
        print(f"\n{text}")
    if SCALE >= 1:
        report.write(text)
    assert all(page.ratio < 2 * BUDGET for page in results)


def section(results: list[Page], seconds: float) -> str:
    """The part of docs/bench.md."""
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    lines = [
        HEAD.format(mine=MINE, small=SMALL, large=LARGE, rounds=ROUNDS, budget=BUDGET),
        f"Measured {timezone.now():%Y-%m-%d %H:%M} UTC; grown in {seconds:.0f} s. Python"
        f" {platform.python_version()}, Django {django.get_version()}, {os.cpu_count()} CPUs, load"
        f" averages {loads}.\n\n",
        "| Page | Small region | p95 | Large region | p95 | Ratio | Budget |\n"
        "|---|--:|--:|--:|--:|--:|--:|\n",
    ]
    for page in results:
        kept = "kept" if page.ratio <= BUDGET else "**missed**"
        lines.append(
            f"| {page.name} | {page.small.median:.1f} | {page.small.p95:.1f}"
            f" | {page.large.median:.1f} | {page.large.p95:.1f} | {page.ratio:.2f}"
            f" | {BUDGET} {kept} |\n"
        )
    return "".join(lines)
