"""Keys of what was collected, wrapped by the tenant's own."""

from __future__ import annotations

from typing import Final

from access.catalogue.terms import DataClass, Item, Redaction, Table
from access.scopes import Category, Scope
from diagnostics.catalogue.keeping import KEYS

_FIELDS: Final = "level klass month number parent_id wrapped provider_key made_at destroyed_at"

TABLES: Final = (
    Table(
        "diagnostics.ContentKey",
        Category.AD_HOC,
        KEYS,
        scope=Scope.DIAGNOSTICS_VIEW,
        since="made_at",
        items=(
            Item(
                "Keys of log lines and queries",
                "The tenant's keys, wrapped by the region's key; of no use without a grant.",
                DataClass.SYSTEM,
                _FIELDS,
                Redaction.NOT_NEEDED,
            ),
        ),
    ),
    Table(
        "diagnostics.ActivityKey",
        Category.AD_HOC,
        KEYS,
        scope=Scope.ACTIVITY_VIEW,
        since="made_at",
        items=(
            Item(
                "Keys of activity",
                "The same, for activity of people only.",
                DataClass.SYSTEM,
                _FIELDS,
                Redaction.NOT_NEEDED,
            ),
        ),
    ),
)
