"""What the lock costs: the same work with it and with a hand-written filter, in one run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext

from access import residency
from rooms.models import Device, Room, RoomHealth, RoomToken
from tests import people
from tests.architecture import canaries
from tests.bench import report
from tests.bench.fleet import SCALE, Fleet, load
from tests.bench.timing import Pair, Way, interleaved
from tests.plugins.cluster import WorkerCluster

pytestmark = pytest.mark.bench

ROUNDS = 300
PAGE_ROUNDS = 200
BUDGET = 1.3


@dataclass
class Query:
    """One statement as Django writes it: under the lock, and with the filter in its place."""

    name: str
    about: str
    locked: tuple[str, tuple[Any, ...]]
    plain: tuple[str, tuple[Any, ...]]


@pytest.fixture
def fleet(db: None, superuser: dict[str, psycopg.Connection]) -> Fleet:
    """The region, filled."""
    return load(superuser["eu"])


def queries(fleet: Fleet) -> Iterator[Query]:
    """What a reader of rooms asks. `only` adds the filter that a careful hand would write."""
    at = fleet.mine // 2
    room = fleet.room_ids[at]

    def both(name: str, about: str, make: Callable[[Callable[..., Any]], Any]) -> Query:
        locked = make(lambda rows: rows)
        plain = make(lambda rows: rows.filter(tenant_id=fleet.tenant.pk))
        return Query(name, about, sql(locked), sql(plain))

    yield both(
        "list", "50 rooms by name", lambda only: only(Room.objects).order_by("name_sort", "id")[:50]
    )
    yield both(
        "list, worst first",
        "a page of health, worst and oldest first",
        lambda only: only(RoomHealth.objects.worst_first())[:50],
    )
    yield both(
        "rooms of a page",
        "50 rooms by their keys, with their sites",
        lambda only: with_sites(only, Room.objects.filter(pk__in=fleet.room_ids[:50])),
    )
    yield both("detail", "one room by its key", lambda only: only(Room.objects).filter(pk=room))
    yield both(
        "devices", "the devices of a room", lambda only: only(Device.objects).filter(room_id=room)
    )
    yield both("count", "how many rooms there are", lambda only: only(Room.objects).order_by())
    yield both("search, rare", "one word, one room", lambda only: search(only, str(at)))
    yield both(
        "search, common",
        "a prefix that a tenth of the rooms share",
        lambda only: search(only, "har"),
    )


def search(only: Callable[..., Any], word: str) -> QuerySet[Room]:
    """The rooms that a word finds, as the list does it."""
    tokens = only(RoomToken.objects.beginning(word)).values("room_id")
    return only(Room.objects).filter(pk__in=tokens).order_by("name_sort", "id")[:50]


def with_sites(only: Callable[..., Any], rows: QuerySet[Room]) -> QuerySet[Room]:
    """Rooms joined to their sites; by hand, both tables are filtered."""
    kept = only(rows).select_related("site").order_by("id")
    if kept.query.where.children[1:]:
        kept = kept.filter(site__tenant_id=kept.query.where.children[-1].rhs)
    return kept


def sql(rows: QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
    """The statement of a queryset, or of all rows of a manager."""
    with residency.region("eu"):
        return rows.all().query.sql_with_params()


def counting(statement: tuple[str, tuple[Any, ...]]) -> tuple[str, tuple[Any, ...]]:
    """The same rows, counted."""
    text, values = statement
    return f"select count(*) {text[text.index(' FROM ') :]}", values


def test_lock_costs_little(
    fleet: Fleet,
    cluster: WorkerCluster,
    superuser: dict[str, psycopg.Connection],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Statements, whole transactions and whole pages; the figures go to docs/bench.md."""
    behind = superuser["eu"]
    event = canaries.event_row(behind, fleet.asha, fleet.tenant)
    web = psycopg.connect(cluster.url("eu", "rooms_web"), autocommit=True)
    owner = psycopg.connect(cluster.url("eu", "rooms_owner"), autocommit=True)
    for line in (web, owner):
        line.prepare_threshold = None
        line.cursor_factory = psycopg.ClientCursor  # as Django binds
    token = canaries.token_of(
        fleet.asha, fleet.tenant, web.info.backend_pid, event, expires_in=3600
    ).signed()
    results = [*statements(fleet, web, owner, token), *transactions(fleet, web, owner, token)]
    web.close(), owner.close()
    pages, counts = measured_pages(fleet, behind, cluster)
    text = report.page(fleet, results, pages, counts, behind)
    with capsys.disabled():
        print(f"\n{text}")
    if SCALE >= 1:
        report.write(text)


def statements(
    fleet: Fleet, web: psycopg.Connection, owner: psycopg.Connection, token: str
) -> Iterator[Pair]:
    """Each statement by itself, inside transactions that are open already."""
    for query in queries(fleet):
        locked, plain = query.locked, query.plain
        if query.name == "count":
            locked, plain = counting(locked), counting(plain)
        with web.transaction(), owner.transaction():
            web.execute("select set_config('lock.context', %s, true)", [token])
            assert web.execute(*locked).fetchall() == owner.execute(*plain).fetchall()
            times = interleaved(asking(web, locked), asking(owner, plain), ROUNDS)
        yield Pair(query.name, query.about, *times, budget=BUDGET)


def asking(line: psycopg.Connection, statement: tuple[str, tuple[Any, ...]]) -> Way:
    """Send one statement and fetch all of its rows."""
    return lambda: line.execute(*statement).fetchall()


def transactions(
    fleet: Fleet, web: psycopg.Connection, owner: psycopg.Connection, token: str
) -> Iterator[Pair]:
    """BEGIN, the context, one statement, COMMIT: what a small page pays at least."""
    server_bound = psycopg.Cursor(web)
    for query in queries(fleet):
        if query.name not in ("list", "detail"):
            continue

        def locked(statement: Any = query.locked) -> None:
            with web.transaction():
                server_bound.execute("select set_config('lock.context', %s, true)", [token])
                web.execute(*statement).fetchall()

        def plain(statement: Any = query.plain) -> None:
            with owner.transaction():
                owner.execute(*statement).fetchall()

        about = f"{query.about}: begin, context, statement, commit"
        yield Pair(f"transaction: {query.name}", about, *interleaved(locked, plain, ROUNDS))


# -- Whole pages ----------------------------------------------------------------------------------

FILTERED = """
    select c.relname, exists (select from pg_attribute a where a.attrelid = c.oid
        and a.attname = 'room_id') from pg_class c
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
      and c.relname like 'rooms\\_%%'
      and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')
"""


@contextmanager
def filter_in_place_of_the_lock(
    behind: psycopg.Connection, fleet: Fleet, room: Any
) -> Iterator[None]:
    """Give the owner the filter that views would write by hand: constants, and no function."""
    for table, has_room in behind.execute(FILTERED).fetchall():
        condition = f"tenant_id = '{fleet.tenant.pk}'"
        column = "id" if table == "rooms_room" else "room_id" if has_room else None
        if room and column:
            condition += f" and {column} = '{room}'"
        behind.execute(f"alter policy owner_keeps on {table} using ({condition})")
    yield
    for table, _ in behind.execute(FILTERED).fetchall():
        behind.execute(f"alter policy owner_keeps on {table} using (true)")


def measured_pages(
    fleet: Fleet, behind: psycopg.Connection, cluster: WorkerCluster
) -> tuple[list[Pair], dict[str, int]]:
    """The list and the room, from the request to the rendered answer."""
    client: Client = people.signed_in_client(fleet.asha)
    reference = fleet.references[fleet.mine // 2]
    base = f"/t/{fleet.tenant.reference}/rooms/"
    room = fleet.room_ids[fleet.mine // 2]
    locked = connections["eu"]
    owner = psycopg.conninfo.conninfo_to_dict(cluster.url("eu", "rooms_owner"))
    plain = type(locked)(
        {**locked.settings_dict, "USER": owner["user"], "PASSWORD": owner["password"]}, "eu"
    )
    addresses = {
        "page: rooms list": ("the list of rooms, first page", base, None),
        "page: rooms list by name": ("the same, sorted by name", f"{base}?sort=name", None),
        "page: search": ("the list, searched", f"{base}?q=harbor", None),
        "page: room": ("one room", f"{base}{reference}/", room),
    }
    pairs, counts = [], {}
    for name, (about, address, narrow) in addresses.items():

        def visit(connection: Any, address: str = address) -> int:
            connections["eu"] = connection
            answer = client.get(address)
            assert answer.status_code == 200
            return len(answer.content)

        with filter_in_place_of_the_lock(behind, fleet, narrow):
            assert abs(visit(locked) - visit(plain)) < 200, "both show the same page"
            with CaptureQueriesContext(locked) as captured:
                visit(locked)
            counts[name] = len(captured)
            times = interleaved(lambda: visit(locked), lambda: visit(plain), PAGE_ROUNDS)
        pairs.append(Pair(name, about, *times, budget=BUDGET))
    connections["eu"] = locked
    plain.close()
    return pairs, counts
