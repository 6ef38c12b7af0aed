"""What was ordered from a device, and the bundle on its way in."""

from __future__ import annotations

from typing import Final

from access.catalogue.terms import DataClass, Item, Redaction, Table
from access.scopes import Category, Scope
from diagnostics.catalogue.keeping import IN_TRANSIT, ORDERS

TABLES: Final = (
    Table(
        "diagnostics.Collection",
        Category.AD_HOC,
        ORDERS,
        scope=Scope.HEALTH_VIEW,
        since="ordered_at",
        items=(
            Item(
                "Collections",
                "That diagnostic data was ordered from a device, for which time, how far that is"
                " and how it ended. Counts of what was cut out, and none of the content.",
                DataClass.SYSTEM,
                "reference tenant_reference room device room_reference device_reference incident"
                " begins_at ends_at deadline_at state state_at percent command_id collecting_at"
                " uploaded_at ready_at why_code why bundle_bytes entries cuts masks files_kept_out"
                " checks destroyed_at",
            ),
            Item(
                "Who ordered a collection",
                "Who of the service, under which grant, for which purpose and why.",
                DataClass.RECORD,
                "purpose reason grant_reference ordered_by_id ordered_by_label ordered_at",
            ),
        ),
    ),
    Table(
        "diagnostics.CollectionPart",
        Category.AD_HOC,
        ORDERS,
        scope=Scope.HEALTH_VIEW,
        items=(
            Item(
                "Parts of a collection",
                "Which logs and queries were asked for, and what came of each.",
                DataClass.SYSTEM,
                "collection room kind channel state entries why",
            ),
        ),
    ),
    Table(
        "diagnostics.Upload",
        Category.AD_HOC,
        ORDERS,
        scope=Scope.HEALTH_VIEW,
        since="begun_at",
        items=(
            Item(
                "Uploads",
                "How large a bundle is, its hash, and how much of it has come.",
                DataClass.SYSTEM,
                "name collection room device_id bytes sha256 received parts begun_at completed_at"
                " dropped_at",
            ),
        ),
    ),
    Table(
        "diagnostics.UploadPart",
        Category.AD_HOC,
        IN_TRANSIT,
        scope=Scope.HEALTH_VIEW,
        since="stored_at",
        items=(
            Item(
                "Sealed chunks of a bundle",
                "Where the chunks lie that came from the device. Sealed at the door: until they"
                " are checked, only a worker can open them.",
                DataClass.SYSTEM,
                "upload number offset bytes stored_as stored_at",
                Redaction.GUARD,
            ),
        ),
    ),
)
