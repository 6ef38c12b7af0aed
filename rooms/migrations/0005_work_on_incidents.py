"""Work on incidents: who looked at one, which are one's own, and the newest of them first."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Functions with their owner's rights, and the indexes that they and the list need."""

    dependencies = [
        ("rooms", "0004_lock_reports"),
        ("access", "0002_lock"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                fields=["tenant_id", "state", "-activated_at", "id"], name="incident_newest"
            ),
        ),
        migrations.RunSQL((SQL / "incidents.sql").read_text(), hints={"plane": "region"}),
    ]
