"""Every table of diagnostic data, under the scope that opens it."""

from pathlib import Path

from django.db import migrations

from access.lock.operations import LockTable
from access.scopes import Scope
from diagnostics.states import COLLECTION_MOVES

HEALTH = Scope.HEALTH_VIEW.value
COLLECT = Scope.DIAGNOSTICS_COLLECT.value
VIEW = Scope.DIAGNOSTICS_VIEW.value
ACTIVITY = Scope.ACTIVITY_VIEW.value

SQL = Path(__file__).parents[1] / "sql"
MOVES = ", ".join(
    f"('{now.value}', '{to.value}', '{mover.value}')"
    for now, following in COLLECTION_MOVES.items()
    for to, movers in following.items()
    for mover in sorted(movers)
)


class Migration(migrations.Migration):
    """A parent's table comes before those that point at it, for its key must lead already."""

    dependencies = [("diagnostics", "0001_initial"), ("rooms", "0005_work_on_incidents")]

    operations = [
        LockTable(
            "Collection", read=HEALTH, write=COLLECT, room="room_id", worker="select, update"
        ),
        LockTable(
            "CollectionPart", read=HEALTH, write=COLLECT, room="room_id", worker="select, update"
        ),
        LockTable("Upload", read=HEALTH, room="room_id", worker="select, update"),
        LockTable("UploadPart", read=HEALTH, whole_tenant=True, worker="select, delete"),
        LockTable("CollectionFile", read=VIEW, room="room_id", worker="select, insert, update"),
        LockTable("LogEntry", read=VIEW, room="room_id", worker="select, insert, delete"),
        LockTable("LogWord", read=VIEW, room="room_id", worker="select, insert, delete"),
        LockTable("LogHour", read=VIEW, room="room_id", worker="select, insert, delete"),
        LockTable(
            "LogTotal", read=VIEW, whole_tenant=True, worker="select, insert, update, delete"
        ),
        LockTable("LogMask", read=VIEW, room="room_id", worker="select, insert, delete"),
        LockTable("Reveal", read=VIEW, write=VIEW, room="room_id"),
        LockTable("SystemQuery", read=VIEW, room="room_id", worker="select, insert, delete"),
        LockTable("ActivityEntry", read=ACTIVITY, room="room_id", worker="select, insert, delete"),
        LockTable("Download", read=VIEW, write=VIEW, room="room_id"),
        # Whoever may see one room's logs needs the tenant's key for them, so no room narrows it.
        LockTable("ContentKey", read=VIEW, worker="select, insert, update"),
        LockTable("ActivityKey", read=ACTIVITY, worker="select, insert, update"),
        migrations.RunSQL(
            (SQL / "collections.sql").read_text().replace("{moves}", MOVES),
            hints={"plane": "region"},
        ),
    ]
