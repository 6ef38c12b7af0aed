"""The migration operations of the lock: run one of our SQL files, and lock a table."""

from __future__ import annotations

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


class LockTable(Operation):
    """Put a regional table under the lock.

    Row security enabled and forced; one permissive and one restrictive policy for each command;
    privileges for the web role only; a primary key and foreign keys that lead with the tenant.

    `read` and `write` are scopes. `room` is the column that a room-narrow grant is held against:
    "room_id", "id" for the room table itself, or None where rows belong to no room.
    `through` names a table whose visible rows decide instead, such as "rooms_room.site_id".
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
    ) -> None:
        self.model = model
        self.read = read
        self.write = write
        self.room = room
        self.through = through

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """For Django's migration writer."""
        arguments = {
            "model": self.model,
            "read": self.read,
            "write": self.write,
            "room": self.room,
            "through": self.through,
        }
        return (type(self).__name__, [], {k: v for k, v in arguments.items() if v is not None})

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
        ]

    def _rows(self, table: str, scope: str) -> str:
        """The condition for a row under a scope."""
        condition = f"tenant_id = (select lock.tenant_for('{scope}'))"
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
        statements = [f"alter table {table} drop constraint {table}_pkey"]
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
