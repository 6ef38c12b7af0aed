"""The device surface's functions for orders and bundles."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Functions with their owner's rights, for rooms_device has no right to any table."""

    dependencies = [("diagnostics", "0002_lock")]

    operations = [
        migrations.RunSQL((SQL / "uploads.sql").read_text(), hints={"plane": "region"}),
    ]
