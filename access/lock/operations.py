"""The migration operations of the lock: run one of our SQL files, and lock a table."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import migrations, models
from django.db.migrations.operations.base import Operation

from access.residency import CONTROL

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState

SQL = Path(__file__).parent / "sql"


def run_sql_file(name: str, plane: str, **tables: str) -> migrations.RunSQL:
    """Run `sql/<name>` in one plane ("control" or "region"); `{name}` is filled from `tables`."""
    text = (SQL / name).read_text()
    return migrations.RunSQL(text.format(**tables) if tables else text, hints={"plane": plane})


def run_functions(name: str, plane: str, *functions: str) -> migrations.RunSQL:
    """Run some functions of `sql/<name>` in one plane: those that another plane has already."""
    text = (SQL / name).read_text()
    found = []
    for function in functions:
        shape = rf"create (?:or replace )?function {re.escape(function)}\(.*?\$\$.*?\$\$;"
        one = re.search(shape, text, re.DOTALL)
        if one is None:
            raise LookupError(f"{name} has no function {function}.")
        found.append(one[0].replace("create function", "create or replace function"))
    return migrations.RunSQL("\n".join(found), hints={"plane": plane})


class LockTable(Operation):
    """Put a regional table under the lock.

    Row security enabled and forced; one permissive and one restrictive policy for each command;
    privileges for the web role only; a primary key and foreign keys that lead with the tenant.

    `read` and `write` are scopes. `room` is the column that a room-narrow grant is held against:
    "room_id", "id" for the room table itself, or None where rows belong to no room.
    `through` names a table whose visible rows decide instead, such as "rooms_room.site_id".
    `whole_tenant` shuts the table to grants that name rooms: its rows are about all of them.
    `worker` names what the worker role may do, such as "select, insert".
    """

    reversible = False
    reduces_to_sql = True

    def __init__(
        self,
        model: str,
        read: str,
        write: str | None = None,
        room: str | None = None,
        through: str | None = None,
        whole_tenant: bool = False,
        worker: str | None = None,
    ) -> None:
        self.model = model
        self.read = read
        self.write = write
        self.room = room
        self.through = through
        self.whole_tenant = whole_tenant
        self.worker = worker

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """For Django's migration writer."""
        arguments = {
            "model": self.model,
            "read": self.read,
            "write": self.write,
            "room": self.room,
            "through": self.through,
            "whole_tenant": self.whole_tenant,
            "worker": self.worker,
        }
        return (type(self).__name__, [], {k: v for k, v in arguments.items() if v})

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Django's picture of the model does not change."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Write the policies, keys and privileges of one table."""
        if schema_editor.connection.alias == CONTROL:
            return
        model = to_state.apps.get_model(app_label, self.model)
        for statement in self.statements(model):
            schema_editor.execute(statement)

    def database_backwards(self, *args: Any) -> None:
        """A lock is never taken off by going back; drop the table instead."""
        raise NotImplementedError("LockTable cannot be reversed.")

    def describe(self) -> str:
        """For the migration log."""
        return f"Lock {self.model} under {self.read}"

    def statements(self, model: type[models.Model]) -> list[str]:
        """The SQL that locks the model's table, in order."""
        table = model._meta.db_table
        return [
            f"alter table {table} enable row level security, force row level security",
            f"create policy owner_keeps on {table} to rooms_owner using (true) with check (true)",
            *self._policies(table),
            *self._keys(model, table),
            f"grant select on {table} to rooms_web",
            *([f"grant insert, update, delete on {table} to rooms_web"] if self.write else []),
            *(worker_may(table, self.worker) if self.worker else []),
        ]

    def _rows(self, table: str, scope: str) -> str:
        """The condition for a row under a scope."""
        condition = f"tenant_id = (select lock.tenant_for('{scope}'))"
        if self.whole_tenant:
            condition += f" and (select lock.rooms_for('{scope}')) is null"
        if self.room:
            # CASE and not OR: the planner takes OR for a filter that leaves next to nothing, and
            # then sorts a whole tenant instead of walking an index. A row without a room is shut.
            condition += (
                f" and case when (select lock.rooms_for('{scope}')) is null then true"
                f" else {self.room} = any((select lock.rooms_for('{scope}'))::uuid[]) end"
            )
        if self.through:
            other, column = self.through.split(".")
            whole = f"(select lock.rooms_for('{scope}')) is null"
            seen = f"{other}.tenant_id = {table}.tenant_id and {other}.{column} = {table}.id"
            condition += f" and ({whole} or exists (select from {other} where {seen}))"
        return condition

    def _policies(self, table: str) -> list[str]:
        """One permissive and one restrictive policy a command; none for a command not offered."""
        using = f"using ({self._rows(table, self.read)})"
        commands = [("select", using)]
        if self.write:
            rows = self._rows(table, self.write)
            commands += [
                ("insert", f"with check ({rows})"),
                ("update", f"using ({rows}) with check ({rows})"),
                ("delete", f"using ({rows})"),
            ]
        return [
            f"create policy {command}_{kind} on {table} as {kind} for {command} to rooms_web {rows}"
            for command, rows in commands
            for kind in ("permissive", "restrictive")
        ]

    def _keys(self, model: type[models.Model], table: str) -> list[str]:
        """A primary key and foreign keys that lead with the tenant."""
        key = model._meta.pk
        if key is None:
            raise TypeError(f"{table} has no primary key.")
        statements = []
        if key.column is not None:  # a composite key leads with the tenant by itself
            statements.append(f"alter table {table} drop constraint {table}_pkey")
            columns = "tenant_id" if key.column == "tenant_id" else f"tenant_id, {key.column}"
            statements.append(f"alter table {table} add primary key ({columns})")
        for field in model._meta.get_fields():
            if not isinstance(field, models.ForeignKey):
                continue
            target = field.related_model._meta
            if "tenant_id" not in {f.column for f in target.fields}:
                raise TypeError(f"{table}.{field.column} points outside of the region's tenants.")
            statements.append(
                f"alter table {table} add constraint {table}_{field.column}_same_tenant"
                f" foreign key (tenant_id, {field.column})"
                f" references {target.db_table} (tenant_id, {target.pk.column})"
                " deferrable initially deferred"
            )
        return statements


def worker_may(table: str, rights: str) -> list[str]:
    """The SQL that lets the worker role use a table of all tenants; no person logs in as it."""
    return [
        f"create policy worker_works on {table} to rooms_worker using (true) with check (true)",
        f"grant {rights} on {table} to rooms_worker",
    ]


class OwnPolicies(Operation):
    """Say that a regional table is under row security by policies of its own, and why.

    It changes nothing; the policies stand in SQL of the same migration, and the test over the
    catalogue holds them.
    """

    reversible = False
    reduces_to_sql = True

    def __init__(self, model: str, why: str) -> None:
        self.model = model
        self.why = why

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """For Django's migration writer."""
        return (type(self).__name__, [self.model, self.why], {})

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Django's picture of the model does not change."""

    def database_forwards(self, *args: Any) -> None:
        """Nothing: the SQL beside it does the work."""

    def database_backwards(self, *args: Any) -> None:
        """Nothing was done."""

    def describe(self) -> str:
        """For the migration log."""
        return f"{self.model} has policies of its own: {self.why}"


class TableOperation(Operation):
    """Something that is done to a table of the regions in SQL."""

    reversible = False
    reduces_to_sql = True
    arguments: tuple[str, ...] = ()

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """For Django's migration writer."""
        return (type(self).__name__, [getattr(self, name) for name in self.arguments], {})

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Django's picture of the model does not change."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Run the statements in a region."""
        if schema_editor.connection.alias == CONTROL:
            return
        for statement in self.statements(to_state.apps.get_model(app_label, self.arguments_model)):
            schema_editor.execute(statement)

    def database_backwards(self, *args: Any) -> None:
        """A right that was given is taken by a new migration, not by going back."""
        raise NotImplementedError(f"{type(self).__name__} cannot be reversed.")

    @property
    def arguments_model(self) -> str:
        """The model's name."""
        return str(getattr(self, self.arguments[0]))

    def statements(self, model: type[models.Model]) -> list[str]:
        """The SQL, in order."""
        raise NotImplementedError


class WorkerMay(TableOperation):
    """Let the worker role use a table that was locked before, such as "select, insert"."""

    arguments = ("model", "rights")

    def __init__(self, model: str, rights: str) -> None:
        self.model = model
        self.rights = rights

    def statements(self, model: type[models.Model]) -> list[str]:
        """One policy and one grant."""
        return worker_may(model._meta.db_table, self.rights)


class MayUpdate(TableOperation):
    """Let holders of a scope change some columns of a table that opens under another one.

    `room` is the column that a room-narrow grant is held against, as in LockTable.
    """

    arguments = ("model", "scope", "columns", "room")

    def __init__(self, model: str, scope: str, columns: str, room: str = "room_id") -> None:
        self.model = model
        self.scope = scope
        self.columns = columns
        self.room = room

    def statements(self, model: type[models.Model]) -> list[str]:
        """Both kinds of policy for UPDATE, and the right to the columns."""
        table = model._meta.db_table
        lock = LockTable(self.model, read=self.scope, room=self.room)
        rows = lock._rows(table, self.scope)
        return [
            *(
                f"create policy update_{kind} on {table} as {kind} for update to rooms_web"
                f" using ({rows}) with check ({rows})"
                for kind in ("permissive", "restrictive")
            ),
            f"grant update ({self.columns}) on {table} to rooms_web",
        ]
