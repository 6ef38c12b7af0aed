"""The migration operation that puts a regional table into the control plane as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.migrations.operations.base import Operation

from access.residency import CONTROL

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState


class CreateInControl(Operation):
    """Have a regional model's table in the control plane too, where an older database lacks it."""

    reversible = False
    reduces_to_sql = True

    def __init__(self, model: str) -> None:
        self.model = model

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """For Django's migration writer."""
        return (type(self).__name__, [self.model], {})

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Django's picture of the model does not change."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Create the table unless it is there."""
        connection = schema_editor.connection
        model = to_state.apps.get_model(app_label, self.model)
        if connection.alias != CONTROL:
            return
        if model._meta.db_table not in connection.introspection.table_names():
            schema_editor.create_model(model)

    def database_backwards(self, *args: Any) -> None:
        """The tables hold requests and grants: they are not dropped by going back."""
        raise NotImplementedError("CreateInControl cannot be reversed.")
