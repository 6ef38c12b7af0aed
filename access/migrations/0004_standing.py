"""Checks of standing access, kept as they were made; and how far receivers of the record are."""

import uuid

from django.db import migrations, models

from access.lock.operations import run_sql_file

KEEP = """
create trigger keep before update or delete on access_standingcheck
    for each row execute function lock.keep_record();
create trigger keep_all before truncate on access_standingcheck
    for each statement execute function lock.keep_record();
"""


class Migration(migrations.Migration):
    """One table of the control plane, and one of each plane that is not Django's."""

    dependencies = [("access", "0003_the_log")]

    operations = [
        migrations.CreateModel(
            name="StandingCheck",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("made_at", models.DateTimeField(editable=False)),
                ("good", models.BooleanField()),
                ("findings", models.JSONField()),
                ("took_ms", models.PositiveIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["-made_at"], name="standing_newest")],
            },
        ),
        migrations.RunSQL(KEEP, hints={"plane": "control"}),
        run_sql_file("delivery.sql", "control", head="access_controlhead"),
        run_sql_file("delivery.sql", "region", head="access_regionalhead"),
    ]
