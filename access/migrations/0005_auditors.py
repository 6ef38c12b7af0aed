"""The auditors' pages: indexes of the record, saved views, and what a page may read to prove."""

import uuid

from django.db import migrations, models

from access.lock.operations import run_sql_file


class Migration(migrations.Migration):
    """One table of the regions; two indexes that lead with the tenant; policies."""

    dependencies = [("access", "0004_standing")]

    operations = [
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                fields=["tenant_id", "subject_reference", "-recorded_at", "-id"],
                name="event_by_subject",
            ),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                fields=["tenant_id", "actor_id", "-recorded_at", "-id"],
                name="event_by_person",
            ),
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("owner_id", models.UUIDField()),
                ("name", models.CharField(max_length=60)),
                ("query", models.CharField(blank=True, max_length=600)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["tenant_id", "owner_id", "name"], name="one_saved_view_a_name"
                    ),
                ],
            },
        ),
        run_sql_file("auditors.sql", "region"),
    ]
