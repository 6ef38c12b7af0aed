"""Roll-ups: how many rooms show what, by tenant for dashboards and by region for everybody.

A count has a moment. The newest is replaced by the next; the first after each full hour stays,
under that hour, as history.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from access import residency
from rooms.drain.line import Line

# One counter a region; a second one finds the work being done.
COUNTS: Final = 0x0C0047

# All rooms but those of tenants that have left, which are nobody's any more.
LIVE: Final = """
    select h.tenant_id, h.room_id, h.status from rooms_roomhealth h
    where not exists (select from rooms_tenantprofile p
                      where p.tenant_id = h.tenant_id and p.left_at <= %s)
"""
# What is active and raised: neither onboarding nor kept quiet as a whole.
ILL: Final = """
    select i.tenant_id, i.room_id, i.code, i.category, i.severity
    from rooms_incident i join live l on l.tenant_id = i.tenant_id and l.room_id = i.room_id
    where i.state = 'active' and l.status not in ('onboarding', 'suppressed')
"""
# Values by name, and the rooms that have them; a room counts once however many devices it has.
VALUES: Final = """
    select l.tenant_id, l.room_id, l.status, 'ring' as dimension, r.ring as value
    from live l join rooms_room r on r.tenant_id = l.tenant_id and r.id = l.room_id
    union all
    select l.tenant_id, l.room_id, l.status, 'site', s.name
    from live l join rooms_room r on r.tenant_id = l.tenant_id and r.id = l.room_id
    join rooms_site s on s.tenant_id = r.tenant_id and s.id = r.site_id
    union all
    select distinct l.tenant_id, l.room_id, l.status, 'model', d.model
    from live l join rooms_device d on d.tenant_id = l.tenant_id and d.room_id = l.room_id
    where d.state <> 'unenrolled'
    union all
    select distinct l.tenant_id, l.room_id, l.status, 'version', v.component || ' ' || v.installed
    from live l join rooms_softwareversion v
        on v.tenant_id = l.tenant_id and v.room_id = l.room_id
"""
COUNT_TENANTS: Final = f"""
    with live as materialized ({LIVE}), ill as materialized ({ILL}), valued as ({VALUES}),
    counted (tenant_id, dimension, value, status, rooms) as (
        select tenant_id, 'status', status, '', count(*) from live group by 1, 3
        union all
        select tenant_id, 'signal', code, '', count(distinct room_id) from ill group by 1, 3
        union all
        select tenant_id, 'category', category, '', count(distinct room_id) from ill group by 1, 3
        union all
        select g.tenant_id, g.dimension, g.value, s.status, s.rooms from (
            select tenant_id, dimension, left(value, 120) as value, count(*) as whole,
                   count(*) filter (where status = 'unhealthy') as unhealthy
            from valued group by 1, 2, 3) g,
            lateral (values ('', g.whole), ('unhealthy', g.unhealthy)) s(status, rooms)
        where s.rooms > 0)
    insert into rooms_healthcount (id, tenant_id, as_of, dimension, value, status, rooms)
    select gen_random_uuid(), c.tenant_id, m.as_of, c.dimension, c.value, c.status, c.rooms
    from counted c, unnest(%s::timestamptz[]) as m(as_of)
    on conflict (tenant_id, as_of, dimension, value, status) do update set rooms = excluded.rooms
"""  # noqa: S608 - ours
COUNT_REGION: Final = f"""
    with live as materialized ({LIVE}), ill as materialized ({ILL})
    insert into rooms_fleetcount (as_of, status, signal, severity, rooms)
    select m.as_of, c.* from (
        select status::text, '' as signal, '' as severity, count(*) as rooms from live group by 1
        union all
        select '', code, severity, count(distinct (tenant_id, room_id)) from ill group by 2, 3
    ) c, unnest(%s::timestamptz[]) as m(as_of)
    on conflict (as_of, status, signal, severity) do update set rooms = excluded.rooms
"""  # noqa: S608 - ours
# The last count goes when the next one stands; full hours stay. By tenant, for the sake of the
# index: there are some fourteen million rows of a million rooms.
OLDER: Final = """
    select distinct as_of from rooms_fleetcount
    where as_of < %s and as_of <> date_trunc('hour', as_of)
"""
DROP_TENANTS: Final = """
    delete from rooms_healthcount c using rooms_tenantprofile p
    where c.tenant_id = p.tenant_id and c.as_of = any(%s::timestamptz[])
"""
DROP_REGION: Final = "delete from rooms_fleetcount where as_of = any(%s::timestamptz[])"
NEWEST_HOUR: Final = """
    select max(as_of) from rooms_fleetcount where as_of = date_trunc('hour', as_of)
"""


@dataclass
class Counted:
    """How many rows a count has."""

    tenants: int = 0
    region: int = 0
    busy: bool = False


def count(region: str) -> Counted:
    """Count the rooms of a region, for its tenants and for the whole."""
    with residency.region(region), transaction.atomic(using=region):
        line = Line(region)
        if not line.rows("select pg_try_advisory_xact_lock(%s)", COUNTS)[0][0]:
            return Counted(busy=True)
        moments = moments_of(line)
        done = Counted(
            line.run(COUNT_TENANTS, moments[0], moments),
            line.run(COUNT_REGION, moments[0], moments),
        )
        older = [moment for (moment,) in line.rows(OLDER, moments[0])]
        for statement in (DROP_TENANTS, DROP_REGION):
            line.run(statement, older)
        return done


def moments_of(line: Line) -> list[datetime]:
    """Now; and the full hour before it, when that has not been counted yet."""
    now = line.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    [(newest,)] = line.rows(NEWEST_HOUR)
    if now == hour:
        return [now]
    return [now] if newest is not None and newest >= hour else [now, hour]
