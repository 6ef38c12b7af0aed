"""A worker removes counts of refusals and ended suppressions whose time is over."""

from django.db import migrations

RIGHTS = """
create policy worker_forgets on rooms_devicerefusal to rooms_worker using (true);
grant select (hour), delete on rooms_devicerefusal to rooms_worker;
grant delete on rooms_suppression to rooms_worker;
"""


class Migration(migrations.Migration):
    """Rights alone."""

    dependencies = [("rooms", "0008_left_rooms")]

    operations = [migrations.RunSQL(RIGHTS, hints={"plane": "region"})]
