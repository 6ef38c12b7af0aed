"""What millions of log lines cost a reader: pages of the explorer before and after they came."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
import psycopg
import pytest
from django.test import Client
from django.utils import timezone

from access.models import Staff, Tenant
from access.scopes import Scope
from diagnostics.intake.job import Keys
from diagnostics.vault.providers.local import LocalProvider
from tests import people
from tests.acts import granted
from tests.bench import report
from tests.bench.fleet import SCALE
from tests.bench.log_lines import load
from tests.bench.timing import Times, took

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

ROUNDS = 40
BUDGET = 2.0
SMALL = 100_000
# As many as a machine of two CPUs makes in some minutes; the issue names ten and a hundred million.
LARGE = max(SMALL + 1, int(1_000_000 * SCALE))
OTHERS = int(500_000 * SCALE)
HEAD = """# What millions of log lines cost their reader

Written by `make bench`. Pages of the explorer for a tenant with {small:,} lines, and again with
{large:,}, beside {others:,} lines of another tenant. Milliseconds from the request to the
rendered answer, median of {rounds} rounds; the budget is a ratio of {budget}. Ten million lines in
a region of a hundred million were wanted; this is what was loaded here in reasonable time.

"""


@pytest.fixture
def keys(settings: Any, tmp_path: Path, as_worker: Callable[[], None]) -> Callable[[Tenant], Keys]:
    """The keys of a tenant, made as its first bundle would make them."""
    settings.VAULT_PROVIDER, settings.VAULT_KEYS_DIR = "local", tmp_path / "vault"
    for region in settings.PORTAL_REGIONS:
        LocalProvider(settings.VAULT_KEYS_DIR).make(region)

    def make(tenant: Tenant) -> Keys:
        as_worker()
        made = Keys("eu", tenant.pk, datetime.now(UTC))
        made.ready()
        return made

    return make


def addresses(tenant: Tenant) -> dict[str, str]:
    """The pages that are measured."""
    base = f"/t/{tenant.reference}/logs/"
    return {
        "newest lines": base,
        "errors": f"{base}?level=2",
        "one device": f"{base}?device=DV-00000007",
        "one event": f"{base}?event=1007",
        "a rare word": f"{base}?q=turn12",
        "two common words": f"{base}?q=camera+failed",
        "a day in the middle": f"{base}?from=2026-11-05&to=2026-11-06",
    }


def measured(client: Client, pages: dict[str, str]) -> dict[str, Times]:
    """Each page in turn, round by round, after a few that do not count."""
    times = {name: Times() for name in pages}
    for at in range(ROUNDS + 5):
        for name, address in pages.items():
            spent = took(lambda address=address: visit(client, address))
            if at >= 5:
                times[name].rounds.append(spent)
    return times


def visit(client: Client, address: str) -> None:
    """Ask for a page, and be sure that lines were shown."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    assert answer.content.count(b"data-row-link") > 1, address


def test_explorer_does_not_slow_with_its_lines(
    superuser: dict[str, psycopg.Connection],
    tenant: Tenant,
    other_tenant: Tenant,
    asha: Staff,
    bo: Staff,
    keys: Callable[[Tenant], Keys],
    as_web: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The figures go to docs/bench.md; a page that is twice its budget fails at once."""
    behind = superuser["eu"]
    mine = keys(tenant)
    load(behind, mine, tenant, SMALL)
    as_web()
    granted(asha, tenant, [bo], Scope.DIAGNOSTICS_VIEW)
    client = people.signed_in_client(asha)
    pages = addresses(tenant)
    before = measured(client, pages)
    behind.execute(
        "truncate diagnostics_logentry, diagnostics_logword, diagnostics_loghour,"
        " diagnostics_logtotal, diagnostics_collectionfile cascade"
    )
    begun = time.monotonic()
    load(behind, mine, tenant, LARGE)
    if OTHERS:
        load(behind, keys(other_tenant), other_tenant, OTHERS, seed=8)
    as_web()
    seconds = time.monotonic() - begun
    client = people.signed_in_client(asha)
    after = measured(client, pages)
    ratios = {name: after[name].median / before[name].median for name in pages}
    text = section(before, after, ratios, seconds)
    with capsys.disabled():
        print(f"\n{text}")
    if SCALE >= 1:
        report.write(text)
    assert all(ratio < 2 * BUDGET for ratio in ratios.values())


def section(
    before: dict[str, Times], after: dict[str, Times], ratios: dict[str, float], seconds: float
) -> str:
    """The part of docs/bench.md."""
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    lines = [
        HEAD.format(small=SMALL, large=LARGE, others=OTHERS, rounds=ROUNDS, budget=BUDGET),
        f"Measured {timezone.now():%Y-%m-%d %H:%M} UTC; loaded in {seconds:.0f} s. Python"
        f" {platform.python_version()}, Django {django.get_version()}, {os.cpu_count()} CPUs, load"
        f" averages {loads}.\n\n",
        "| Page | Few lines | p95 | Many lines | p95 | Ratio | Budget |\n"
        "|---|--:|--:|--:|--:|--:|--:|\n",
    ]
    for name, ratio in ratios.items():
        kept = "kept" if ratio <= BUDGET else "**missed**"
        few, many = before[name], after[name]
        lines.append(
            f"| {name} | {few.median:.1f} | {few.p95:.1f} | {many.median:.1f} | {many.p95:.1f}"
            f" | {ratio:.2f} | {BUDGET} {kept} |\n"
        )
    return "".join(lines)
