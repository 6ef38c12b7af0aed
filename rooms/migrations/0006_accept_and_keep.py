"""Quicker acceptance of reports, keys renewed once more, and an end for old incidents."""

from pathlib import Path

from django.db import migrations

from access.lock.operations import WorkerMay

SQL = Path(__file__).parents[1] / "sql"

OLD_INCIDENTS = """
grant delete on rooms_incident, rooms_incidententry to rooms_worker;
create index incident_to_destroy on rooms_incident (closed_at) where state = 'closed';
"""


class Migration(migrations.Migration):
    """Functions with their owner's rights, and what the tables behind them need."""

    dependencies = [("rooms", "0005_work_on_incidents")]

    operations = [
        *(
            migrations.RunSQL((SQL / name).read_text(), hints={"plane": "region"})
            for name in ("accept.sql", "renewal.sql")
        ),
        migrations.RunSQL(OLD_INCIDENTS, hints={"plane": "region"}),
        # It destroys messages and reads none.
        WorkerMay("IncidentMessage", "select (tenant_id, incident_id), delete"),
    ]
