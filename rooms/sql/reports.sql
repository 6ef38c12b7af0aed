-- The history of drained reports, by day. Django cannot declare partitions, so the table is ours.

create table rooms_devicereport (
    tenant_id uuid not null,
    device_id uuid not null,
    report_id uuid not null,
    received_at timestamptz not null,
    observed_at timestamptz not null,
    digest bytea not null,
    body jsonb,
    primary key (tenant_id, device_id, received_at, report_id)
) partition by range (received_at);

create schema device;

-- What the worker calls once a day: partitions for the days ahead, and those too old dropped.
-- Partitions stand in this schema and have no privileges of their own: whoever reads goes through
-- the locked parent.
-- There is no default partition: rows in one would stand in the way of making the day's own.
create function device.keep_partitions(days_ahead integer, days_kept integer) returns integer
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        today date := (lock.now() at time zone 'UTC')::date;
        day date;
        old record;
        dropped integer := 0;
    begin
        if days_ahead not between 1 and 60 or days_kept not between 1 and 3650 then
            raise exception 'Days ahead are 1 to 60, days kept 1 to 3650.' using errcode = '22023';
        end if;
        -- One at a time; a second caller finds the work done.
        perform pg_advisory_xact_lock(hashtext('device.keep_partitions'));
        for day in select today + n from generate_series(-1, days_ahead) n loop
            execute format(
                'create table if not exists device.report_%s'
                ' partition of public.rooms_devicereport for values from (%L) to (%L)',
                to_char(day, 'YYYYMMDD'), day::timestamp at time zone 'UTC',
                (day + 1)::timestamp at time zone 'UTC');
        end loop;
        for old in
            select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
            where i.inhparent = 'public.rooms_devicereport'::regclass
              and right(c.relname, 8) < to_char(today - days_kept, 'YYYYMMDD')
        loop
            execute format('drop table device.%I', old.relname);
            dropped := dropped + 1;
        end loop;
        return dropped;
    end $$;

create index report_by_id on rooms_devicereport (tenant_id, device_id, report_id);
select device.keep_partitions(14, 30);

-- The drain takes the oldest first, whatever the tenant.
create index inbox_oldest on rooms_reportinbox (id);
-- What the sweep looks for: rooms that are due, resolved incidents that may close.
create index health_due on rooms_roomhealth (next_evaluation_at);
create index incident_to_close on rooms_incident (resolved_at) where state = 'resolved';

-- Written with every report: room beside the row lets PostgreSQL leave the indexes alone.
alter table rooms_devicekey set (fillfactor = 70);
