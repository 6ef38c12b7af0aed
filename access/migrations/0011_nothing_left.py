"""Grants end at once when what they name is gone."""

from django.db import migrations

from access.lock.operations import run_sql_file


class Migration(migrations.Migration):
    """The guard of grants again, with one more reason for an end."""

    dependencies = [("access", "0010_notices")]

    operations = [run_sql_file("nothing_left.sql", "region")]
