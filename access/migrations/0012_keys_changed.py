"""A change of the keys that sign a log is an event of that log."""

from django.db import migrations

from access.lock.operations import run_sql_file


class Migration(migrations.Migration):
    """One function in both planes."""

    dependencies = [("access", "0011_nothing_left")]

    operations = [
        run_sql_file("keys_changed.sql", "control", event="access_controlevent"),
        run_sql_file("keys_changed.sql", "region", event="access_auditevent"),
    ]
