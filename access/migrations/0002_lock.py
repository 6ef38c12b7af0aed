"""The lock and the record, in both planes."""

from django.db import migrations

from access.lock.operations import run_sql_file


class Migration(migrations.Migration):
    """Functions first, then what they guard."""

    dependencies = [("access", "0001_initial")]

    operations = [
        run_sql_file("clock.sql", "control"),
        run_sql_file(
            "record.sql",
            "control",
            event="access_controlevent",
            leaf="access_controlleaf",
            head="access_controlhead",
        ),
        run_sql_file("clock.sql", "region"),
        run_sql_file("context.sql", "region"),
        run_sql_file("effective.sql", "region"),
        run_sql_file("limits.sql", "region"),
        run_sql_file("requests.sql", "region"),
        run_sql_file("votes.sql", "region"),
        run_sql_file("grants.sql", "region"),
        run_sql_file("stops.sql", "region"),
        run_sql_file(
            "record.sql",
            "region",
            event="access_auditevent",
            leaf="access_regionalleaf",
            head="access_regionalhead",
        ),
        run_sql_file("policies.sql", "region"),
    ]
