"""Commands travel as they were signed, and tell when they were taken and begun."""

from pathlib import Path

from django.db import migrations, models

from access.lock.operations import WorkerMay

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    """Unsigned ones from before are never handed over; they expire."""

    dependencies = [("rooms", "0006_accept_and_keep")]

    operations = [
        migrations.AddField("devicecommand", "signed", models.JSONField(blank=True, null=True)),
        migrations.AddField(
            "devicecommand", "accepted_at", models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField(
            "devicecommand", "running_at", models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddIndex(
            "devicecommand",
            models.Index(
                fields=["made_at"],
                name="command_unsigned",
                condition=models.Q(signed__isnull=True, answered_at=None),
            ),
        ),
        # A worker signs commands and sends them.
        WorkerMay("DeviceCommand", "select, insert, update"),
        migrations.RunSQL((SQL / "commands.sql").read_text(), hints={"plane": "region"}),
    ]
