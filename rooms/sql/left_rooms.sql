-- A grant for rooms whose last device in service has left ends with it, in the same transaction.

create or replace function lock.has_nothing_left(g access_grant) returns boolean
    language sql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
        select not g.whole_tenant and not exists (
            select from rooms_device d
            where d.tenant_id = g.tenant_id and d.room_id = any(g.room_ids)
              and d.state <> 'unenrolled')
    $$;

-- A time as the record writes it.
create function device.moment(t timestamptz) returns text
    language sql stable set search_path = pg_catalog, pg_temp
    as $$ select to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;

create function device.end_grants() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        g access_grant;
        ends text;
        which uuid;
        -- A list and no loop over rows, for the lock is not read while a cursor is open.
        narrow uuid[] := array(
            select o.id from access_grant o
            where o.tenant_id = new.tenant_id and o.state in ('ready', 'active')
              and not o.whole_tenant and new.room_id = any(o.room_ids));
    begin
        foreach which in array narrow loop
            select * into g from access_grant o
            where o.tenant_id = new.tenant_id and o.id = which and o.state in ('ready', 'active')
            for update;
            continue when not found or not lock.has_nothing_left(g);
            ends := case g.state when 'ready' then 'lapsed' else 'ended' end;
            update access_grant o
            set state = ends, closed_by_label = 'Rooms Ops',
                close_reason = 'The last device of its rooms has left.'
            where o.tenant_id = g.tenant_id and o.id = g.id
            returning * into g;
            insert into access_auditevent (id, recorded_at, type, outcome, actor_id, actor_label,
                session, tenant_id, tenant_reference, scopes, grant_references, purpose,
                subject_type, subject_reference, detail)
            values (gen_random_uuid(), lock.now(), 'grant.' || ends, 'ok', null, 'Rooms Ops', '',
                g.tenant_id, g.tenant_reference, g.scopes, array[g.reference], g.purpose, 'grant',
                g.reference, jsonb_build_object(
                    'holder', g.holder_id, 'ends_at', device.moment(g.ends_at),
                    'closed_at', device.moment(g.closed_at), 'device', new.reference));
        end loop;
        return null;
    end $$;
revoke execute on function device.end_grants() from public;
create trigger end_grants after update of state on rooms_device
    for each row when (new.state = 'unenrolled' and old.state is distinct from new.state)
    execute function device.end_grants();
