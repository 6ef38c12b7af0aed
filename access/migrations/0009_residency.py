"""Proofs of residency, kept as they were made; and what compliance pages may count."""

import uuid

from django.db import migrations, models

from access.lock.operations import run_sql_file

KEEP = """
create trigger keep before update or delete on access_residencyproof
    for each row execute function lock.keep_record();
create trigger keep_all before truncate on access_residencyproof
    for each statement execute function lock.keep_record();
"""


class Migration(migrations.Migration):
    """One table of the control plane; functions of the regions that count."""

    dependencies = [("access", "0008_control_plane")]

    operations = [
        migrations.CreateModel(
            name="ResidencyProof",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "region",
                    models.CharField(
                        choices=[("eu", "EU"), ("apac", "APAC"), ("us", "US")], max_length=8
                    ),
                ),
                ("made_at", models.DateTimeField(editable=False)),
                ("tables", models.JSONField()),
                (
                    "tenants",
                    models.PositiveIntegerField(help_text="Of this region, in the directory"),
                ),
                ("rows", models.BigIntegerField()),
                ("foreign", models.BigIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("took_ms", models.PositiveIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["region", "-made_at"], name="residency_newest")],
            },
        ),
        migrations.RunSQL(KEEP, hints={"plane": "control"}),
        run_sql_file("residency.sql", "region"),
    ]
