"""What a full record costs those who look through it: the same pages in a small and a large log."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import urlencode

import django
import psycopg
import pytest
from django.db import connections
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.listing import ListState, cursor
from access.models import Staff, Tenant
from access.pages.audit_list import SPEC
from access.pages.audit_span import MOST
from access.scopes import Scope
from tests import people
from tests.architecture import canaries
from tests.bench import report
from tests.bench.timing import Times, took
from tests.plugins.cluster import WorkerCluster

pytestmark = pytest.mark.bench

SCALE = float(os.environ.get("ROOMS_BENCH_SCALE", "1"))
MONTHS = 24
SMALL = 100_000
# These take 13 GB of disk and ten minutes on two cores; 100,000,000 would have the same shape.
LARGE = int(float(os.environ.get("ROOMS_BENCH_EVENTS", "20_000_000")) * SCALE)
BYTES_EACH = 700
ROUNDS = 40
BUDGET = 1.5
PEOPLE = 2_000

HEAD = """# What a full record costs its auditors

Written by `make bench`. Pages of the explorer of one tenant's record, under the lock, in a region
with {small:,} events and again with {large:,}, both over {months} months in a table each. One
event in five is of the tenant that is looked at, so its own record grows as much. Milliseconds
from the request to the rendered answer, with the number of rows that match (counted up to
10,000); median of {rounds} rounds, each page in turn. The budget is a ratio of {budget}.
Statements: how many the region is asked for one page; the same number in both.

**No index**: filters that are held against events one by one. They look through the newest
{stretch:,} of the tenant's events, and further back when asked; the small record has fewer than
that and is looked through whole, so they have no budget as a ratio.

"""

# Rows in the order of time, as they would have come: one person in {people}, one room in a
# thousand, one event in 20,000 is a revoked grant, one in a hundred was refused.
FILL = """
    insert into lock.event_{month} (id, recorded_at, type, outcome, actor_id, actor_label, session,
        tenant_id, tenant_reference, scopes, grant_references, purpose, subject_type,
        subject_reference, detail)
    select gen_random_uuid(),
        timestamptz '{begins}' + n * (timestamptz '{ends}' - timestamptz '{begins}') / {number},
        case when n % 20000 = 7 then 'grant.revoked' when n % 50 = 3 then 'vote.cast'
             when n % 50 = 4 then 'request.submitted' when n % 3 = 0 then 'view.rooms'
             else 'view.room' end,
        case when n % 100 = 9 then 'refused' when n % 50 in (3, 4) then 'ok' else 'opened' end,
        md5('person ' || who)::uuid, 'Person ' || who, '0123456789abcdef',
        case when random() < 0.2 then '{tenant}'::uuid
             else md5('tenant ' || (random() * 400)::int)::uuid end, 'TN-BENCH',
        '{{inventory.view}}', array['GR-' || lpad((n / 200)::text, 8, '0')], 'mitigate', 'room',
        'RM-' || lpad((random() * 1000)::int::text, 8, '0'), '{{"query": "", "rooms": 50}}'
    from (select n, (random() * {people})::int who from generate_series(0, {number} - 1) n) given
"""
INDEXES = (
    "select pg_get_indexdef(indexrelid) from pg_index where indrelid = 'lock.event_later'::regclass"
)


@pytest.fixture
def region(db: None, cluster: WorkerCluster) -> Iterator[None]:
    """The region as it was, afterwards."""
    yield
    cluster.restore("eu")


def months_before(now: datetime, number: int) -> list[datetime]:
    """The first moments of that many months, the last of which is the present one."""
    count = now.year * 12 + now.month - 1
    return [
        datetime(one // 12, one % 12 + 1, 1, tzinfo=UTC)
        for one in range(count - number + 1, count + 1)
    ]


def fill(line: psycopg.Connection, tenant: Tenant, events: int) -> float:
    """Have the months' tables filled with so many events, in place of those there. Seconds."""
    started = time.monotonic()
    begins = months_before(timezone.now(), MONTHS)
    now = timezone.now() - timedelta(hours=1)
    with line.transaction():
        line.execute("set local session_replication_role = replica")
        line.execute("set local maintenance_work_mem = '512MB'")
        line.execute("set local synchronous_commit = off")
        indexes = [row[0] for row in line.execute(INDEXES).fetchall()]
        line.execute("drop view lock.event_lately")
        line.execute("drop table if exists lock.event_first")
        for begin, end in zip(begins, [*begins[1:], None], strict=True):
            name = f"{begin:%Y%m}"
            line.execute(f"drop table if exists lock.event_{name}")
            line.execute(
                f"create table lock.event_{name} (like access_auditevent including defaults)"
            )
            number = max(events // MONTHS, 1)
            given = {"tenant": tenant.pk, "people": PEOPLE - 1, "number": number, "month": name}
            line.execute(FILL.format(**given, begins=begin, ends=end or now))
            for made in indexes:
                made = made.replace("_later", f"_{name}").replace(" UNIQUE", "")
                if "_pkey" not in made:
                    line.execute(made)
            line.execute(f"alter table lock.event_{name} add primary key (id, recorded_at)")
            upper = end or begin + timedelta(days=31)
            upper = upper.replace(day=1)
            line.execute(
                f"alter table access_auditevent attach partition lock.event_{name}"
                f" for values from ('{begin}') to ('{upper}')"
            )
        line.execute(
            "create table lock.event_first partition of access_auditevent"
            f" for values from (minvalue) to ('{begins[0]}')"
        )
        line.execute(
            "create view lock.event_lately with (security_invoker = true) as"
            f" select id, recorded_at, actor_id, tenant_id from lock.event_{begins[-1]:%Y%m}"
        )
        for name in ("first", "lately", *(f"{begin:%Y%m}" for begin in begins)):
            line.execute(f"alter table lock.event_{name} owner to rooms_owner")
    line.execute("vacuum (analyze) access_auditevent")
    return time.monotonic() - started


@dataclass
class Page:
    """One page of the explorer, before and after."""

    name: str
    about: str
    address: str
    indexed: bool = True
    small: Times = field(default_factory=Times)
    large: Times = field(default_factory=Times)
    statements: list[int] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """How many times as long the median takes in the large log."""
        return self.large.median / self.small.median


def deep(tenant: Tenant, at: datetime) -> str:
    """The address of a page in the middle of the record, as the way there would have made it."""
    state = ListState.read(SPEC, QueryDict(""))
    mark = state.mark(tenant.reference)
    middle = "ffffffff-ffff-4fff-bfff-ffffffffffff"
    return urlencode(state.at(after=cursor.seal(mark, [at, middle])).pairs())


def pages(tenant: Tenant, one: str) -> list[Page]:
    """The pages that are measured; `one` is an event of the tenant."""
    middle = timezone.now() - timedelta(days=MONTHS * 15)
    day = f"{middle:%Y-%m-%d}"
    after = f"{middle + timedelta(days=1):%Y-%m-%d}"
    person = people_id(7)
    asked = [
        ("first page", "newest first", ""),
        ("deep page", "by its key, from the middle of the record", deep(tenant, middle)),
        ("person", "one of 2,000, by id", f"person={person}"),
        ("verb, rare", "one event in 20,000", "verb=grant.revoked"),
        ("verb, common", "two events in three", "verb=view.room"),
        ("kind", "votes, one event in 50", "type=vote"),
        ("object", "one room in a thousand", "subject=RM-00000007"),
        ("day", "one day in the middle", f"from={day}&to={after}"),
        ("one event", "beside the list, with its record", f"event={one}"),
        ("name, no index", "a part of a person's name", "person=Person+1234"),
        ("result, no index", "one event in a hundred", "result=refused"),
    ]
    return [Page(name, about, query, "no index" not in name) for name, about, query in asked]


def people_id(number: int) -> str:
    """The id that FILL gives a person."""
    return str(
        uuid.UUID(hashlib.md5(f"person {number}".encode(), usedforsecurity=False).hexdigest())
    )


def measure(client: Client, tenant: Tenant, asked: list[Page], large: bool) -> None:
    """Every page in turn, round by round, after a few that do not count."""
    base = f"/t/{tenant.reference}/audit/"
    for at in range(ROUNDS + 5):
        for page in asked:
            address = f"{base}?{page.address}"
            if at == 0:
                with CaptureQueriesContext(connections["eu"]) as caught:
                    answer = client.get(address)
                assert answer.status_code == 200, page.name
                page.rows.append(str(answer.context["listing"].count))
                continue
            if at == 1:
                with CaptureQueriesContext(connections["eu"]) as caught:
                    client.get(address)
                page.statements.append(len(caught.captured_queries))
                continue
            spent = took(partial(client.get, address))
            if at >= 5:
                (page.large if large else page.small).rounds.append(spent)


def event_of(line: psycopg.Connection, tenant: Tenant) -> str:
    """An event of the tenant, from the middle of the time."""
    row = line.execute(
        "select id from access_auditevent where tenant_id = %s and recorded_at < %s"
        " order by recorded_at desc limit 1",
        [tenant.pk, timezone.now() - timedelta(days=300)],
    ).fetchone()
    return str(row[0]) if row else ""


@pytest.mark.timeout(3600)
def test_pages_do_not_slow_with_the_record(
    region: None,
    tenant: Tenant,
    dana: Staff,
    superuser: dict[str, psycopg.Connection],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The figures go to docs/bench.md; an indexed page that is three times as slow fails."""
    needed = LARGE * BYTES_EACH * 2
    if shutil.disk_usage(tempfile.gettempdir()).free < needed:
        pytest.skip(f"{LARGE:,} events need {needed / 1e9:.0f} GB of disk")
    line = superuser["eu"]
    canaries.grant_row(dana, tenant, Scope.AUDIT_VIEW)
    fill(line, tenant, SMALL)
    client = people.signed_in_client(dana)
    asked = pages(tenant, event_of(line, tenant))
    measure(client, tenant, asked, large=False)
    seconds = fill(line, tenant, LARGE)
    event = event_of(line, tenant)
    for page in asked:
        if page.address.startswith("event="):
            page.address = f"event={event}"
    client = people.signed_in_client(dana)  # what the former session saw is gone
    measure(client, tenant, asked, large=True)
    size = line.execute(
        "select sum(pg_total_relation_size(inhrelid))::bigint from pg_inherits"
        " where inhparent = 'access_auditevent'::regclass"
    ).fetchone()
    text = section(asked, seconds, size[0] if size else 0)
    with capsys.disabled():
        print(f"\n{text}")
    if SCALE >= 1:
        report.write(text)
    for page in asked:
        assert len(set(page.statements)) == 1, page.name
        assert not page.indexed or page.ratio < 2 * BUDGET, page.name


def section(asked: list[Page], seconds: float, size: int) -> str:
    """The part of docs/bench.md."""
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    lines = [
        HEAD.format(
            small=SMALL, large=LARGE, months=MONTHS, rounds=ROUNDS, budget=BUDGET, stretch=MOST
        ),
        f"Measured {timezone.now():%Y-%m-%d %H:%M} UTC: {LARGE:,} events, {size / 1e9:.1f} GB with"
        f" their indexes, made in {seconds:.0f} s. Python {platform.python_version()}, Django"
        f" {django.get_version()}, {os.cpu_count()} CPUs, load averages {loads}.\n\n",
        "| Page | | Rows, small | Rows, large | Small | p95 | Large | p95 | Ratio | Statements"
        " | Budget |\n|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|\n",
    ]
    for page in asked:
        budget = f"{BUDGET} {'kept' if page.ratio <= BUDGET else '**missed**'}"
        lines.append(
            f"| {page.name} | {page.about} | {page.rows[0]} | {page.rows[1]}"
            f" | {page.small.median:.1f} | {page.small.p95:.1f} | {page.large.median:.1f}"
            f" | {page.large.p95:.1f} | {page.ratio:.2f} | {statistics.mode(page.statements)}"
            f" | {budget if page.indexed else ''} |\n"
        )
    return "".join(lines)
