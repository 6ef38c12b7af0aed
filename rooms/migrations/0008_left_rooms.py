"""Grants for rooms end with the last device in service there."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """A trigger of the regions."""

    dependencies = [("rooms", "0007_signed_commands"), ("access", "0011_nothing_left")]

    operations = [
        migrations.RunSQL((SQL / "left_rooms.sql").read_text(), hints={"plane": "region"}),
    ]
