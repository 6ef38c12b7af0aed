"""Every field of every regional table is in the data catalogue, and what that says is true."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.core.management import get_commands
from django.db import models

from access.catalogue import NEVER, DataClass, Keep, Table, entries, register, tables
from access.catalogue.fields import new_table, regional_models, stale, unlisted
from access.catalogue.terms import LONGEST, MEANING
from access.purposes import JUSTIFIES, Purpose
from access.scopes import SCOPES
from diagnostics.cases.scope import REMEDIATIONS, room_tables
from diagnostics.redaction import findings
from portal.celery import schedule_of
from rooms.models import Room, Site

ROOT = Path(__file__).parents[2]
MODELS = sorted(regional_models(), key=lambda model: model._meta.label)
# What no job removes yet, and until what is built. An entry that nothing waits for any more fails.
AWAITED = {
    "a job that drops what belongs to a record whose time is over",
}
# Rows of these go by partitions, which are dropped whole.
BY_PARTITION = {"rooms_devicereport"}
# Rows of these go by a function that is given the table's name, and of the directory's entry the
# state; tests/diagnostics/test_cases.py has it done.
BY_NAME = {"diagnostics.cases": {*room_tables(), *REMEDIATIONS, "access_tenant"}}


def label(thing: Table | type[models.Model]) -> str:
    return thing.model if isinstance(thing, Table) else thing._meta.label


def table_name(table: Table) -> str:
    return apps.get_model(table.model)._meta.db_table


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_every_field_of_a_regional_table_is_listed(model: type[models.Model]) -> None:
    missing = unlisted(model)
    assert not missing, "The data catalogue does not know:\n" + "\n".join(missing)


def test_nothing_is_listed_that_is_gone_or_listed_twice() -> None:
    assert stale() == []


def test_unlisted_field_is_noticed_with_the_line_to_add(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first test above can fail, and says what to write where."""
    known = register.table_of(Room)
    item = replace(known.items[0], fields="name name_sort site")
    without = replace(known, items=(item, *known.items[1:]))
    monkeypatch.setattr(register, "tables", lambda: (without,))
    [told] = unlisted(Room)
    assert told == (
        "rooms/catalogue: to Table('rooms.Room', ...) add\n"
        '    Item("Floor", "One sentence of what it says.", DataClass.SYSTEM, "floor"),'
    )
    [whole] = unlisted(Site)
    assert whole == f"rooms/catalogue: {new_table(Site)}"
    assert '"name building city country time_zone"' in whole


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": "rooms.Corridor"}, "rooms.Corridor is no regional model any more"),
        ({"model": "access.Staff"}, "access.Staff is no regional model any more"),
        ({"since": "born_at"}, "rooms.Room: since='born_at' is no field."),
        ({"items": ("colour",)}, "rooms.Room.colour is no field any more"),
        ({"items": ("floor",)}, "rooms.Room.floor is listed 2 times."),
    ],
    ids=["no such model", "not regional", "no such column", "no such field", "twice"],
)
def test_stale_entry_is_noticed(change: dict[str, object], said: str) -> None:
    known = register.table_of(Room)
    if "items" in change:
        more = replace(known.items[0], fields=change["items"][0])
        change = {"items": (*known.items, more)}
    assert any(said in line for line in stale([replace(known, **change)]))


@pytest.mark.parametrize("table", tables(), ids=label)
def test_scope_is_the_one_that_the_database_asks_for(
    superuser: dict[str, psycopg.Connection], table: Table
) -> None:
    """What the policies for reading ask the lock, against what the catalogue says opens it."""
    if table.model == "access.Tenant":
        assert table.scope is None
        return
    rows = (
        superuser["eu"]
        .execute(
            "select pg_get_expr(polqual, polrelid) from pg_policy where polrelid = %s::regclass"
            " and polcmd in ('r', '*') and 'rooms_web'::regrole::oid = any(polroles)",
            [table_name(table)],
        )
        .fetchall()
    )
    asked = set(re.findall(r"tenant_for\('([a-z.]+)'", " ".join(row[0] for row in rows)))
    assert asked == ({table.scope.value} if table.scope else set()), table.model
    assert bool(table.scope) != bool(table.shown_to), "a scope, or words for who sees it"


@pytest.mark.parametrize("table", tables(), ids=label)
def test_reasons_are_published_ones_that_justify_the_category(table: Table) -> None:
    for item in table.items:
        for purpose in item.purposes:
            assert table.category in JUSTIFIES[purpose], f"{item.name}: {purpose}"
    if table.scope:
        # Somebody can ask for the scope with at least one of the reasons.
        asked_with = {p for p in Purpose if SCOPES[table.scope].category in JUSTIFIES[p]}
        stated = {p for e in entries() if e.table is table for p in e.purposes}
        assert asked_with & stated, table.model


@pytest.mark.parametrize("table", tables(), ids=label)
def test_retention_is_applied_by_a_job(table: Table) -> None:
    """By a task that the schedule wakes up, by a command, or by what is stated to be awaited."""
    keep = table.keep
    assert [bool(one) for one in (keep.task, keep.command, keep.awaits)].count(True) == 1
    if keep.awaits:
        assert keep.awaits in AWAITED, keep.awaits
    elif keep.command:
        assert keep.command in get_commands()
    else:
        assert keep.task in {entry["task"] for entry in schedule_of("eu").values()}
        assert removes(table), f"nothing of {keep.task} removes rows of {table.model}"


def removes(table: Table) -> bool:
    """Whether any code or SQL of the app deletes rows of the table."""
    name = table_name(table)
    if name in BY_PARTITION or name in BY_NAME.get(table.keep.task, ()):
        return True
    folder = ROOT / table.model.partition(".")[0]
    found = (*folder.glob("**/*.py"), *folder.glob("**/*.sql"))
    model = table.model.rpartition(".")[2]
    ways = re.compile(rf"delete\s+from\s+{name}\b|\b{model}\.objects\..*\.delete\(\)")
    return any(ways.search(path.read_text()) for path in found)


def test_retention_without_a_job_is_noticed() -> None:
    """The test above can fail: a task that nobody wakes up, and rows that nothing deletes."""
    room = register.table_of(Room)
    asleep = replace(room, keep=Keep("a day", "ours", task="rooms.sleep"))
    idle = replace(room, keep=Keep("a day", "ours", task="rooms.keep"))
    for table in (asleep, idle):
        with pytest.raises(AssertionError):
            test_retention_is_applied_by_a_job(table)


def test_every_awaited_job_is_still_awaited_by_something() -> None:
    assert {table.keep.awaits for table in tables()} - {""} == AWAITED


@pytest.mark.parametrize("table", tables(), ids=label)
def test_nothing_is_kept_longer_than_is_published_for_its_class(table: Table) -> None:
    assert table.keep.words
    assert table.keep.source
    for item in table.items:
        longest = LONGEST.get(item.data)
        if table.keep.time and longest:
            assert table.keep.time <= longest, item.name


def test_words_are_whole() -> None:
    """A name is used once; details are sentences; every class is explained."""
    listed = list(entries())
    names = [entry.item.name for entry in listed]
    assert len(names) == len(set(names))
    for entry in listed:
        assert entry.item.details.endswith("."), entry.item.name
        assert entry.item.details[0].isupper(), entry.item.name
        assert entry.purposes, entry.item.name
    assert set(MEANING) == set(DataClass)


def test_app_without_a_part_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("rooms.catalogue.TABLES")
    register.tables.cache_clear()
    try:
        with pytest.raises(register.UncataloguedApp, match="rooms has regional tables"):
            register.tables()
    finally:
        register.tables.cache_clear()


def test_guard_cuts_every_kind_that_is_never_collected_and_calls_it_so() -> None:
    """What the page promises and what the guard's marks say are the same words."""
    assert {kind.value for kind in findings.NEVER} == {one.code for one in NEVER}
