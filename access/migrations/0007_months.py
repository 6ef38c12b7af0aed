"""The events of the record in a table for each month, in both planes; one plan to write them."""

from django.db import migrations, models

from access.lock.operations import run_sql_file


class Migration(migrations.Migration):
    """One more index; otherwise Django's picture does not change: it knows nothing of partitions."""

    dependencies = [("access", "0006_reviews")]

    operations = [
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                fields=["tenant_id", "type", "-recorded_at", "-id"], name="event_by_verb"
            ),
        ),
        run_sql_file(
            "months.sql",
            "control",
            event="access_controlevent",
            leaf="access_controlleaf",
            disclosure="access_controldisclosure",
        ),
        run_sql_file(
            "months.sql",
            "region",
            event="access_auditevent",
            leaf="access_regionalleaf",
            disclosure="access_auditdisclosure",
        ),
        run_sql_file("months_region.sql", "region"),
    ]
