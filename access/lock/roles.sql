-- The database roles of Rooms Ops, made once for the whole server and safe to run again.
-- Run by a superuser, or by a role that may create roles. Holds no password: whoever runs it sets those.
--
--   rooms_owner    owns the databases and tables; migrations and the demo's seed, never a request
--   rooms_web      staff pages
--   rooms_device   the device API
--   rooms_worker   background work
--   rooms_auditor  the sequencer and the export of the audit log

do $$
declare
    name text;
    given pg_roles;
begin
    foreach name in array array['rooms_owner', 'rooms_web', 'rooms_device', 'rooms_worker', 'rooms_auditor']
    loop
        select * into given from pg_roles where rolname = name;
        if not found then
            execute format(
                'create role %I login nosuperuser nobypassrls nocreatedb nocreaterole noreplication',
                name);
        elsif given.rolsuper or given.rolbypassrls or given.rolcreatedb or given.rolcreaterole
                or given.rolreplication then
            -- a role of that name with such a power is somebody else's, or somebody's mistake
            raise exception 'role % may do more than Rooms Ops allows it', name
                using hint = format('Take its powers away: alter role %I nosuperuser nobypassrls nocreatedb nocreaterole noreplication', name);
        end if;
    end loop;
end
$$;

-- A request that takes this long is stuck; it must not hold locks while nobody waits for it.
alter role rooms_web set statement_timeout = '15s';
alter role rooms_web set lock_timeout = '5s';
alter role rooms_web set idle_in_transaction_session_timeout = '30s';
alter role rooms_device set statement_timeout = '10s';
alter role rooms_device set lock_timeout = '5s';
alter role rooms_device set idle_in_transaction_session_timeout = '15s';
alter role rooms_worker set statement_timeout = '5min';
alter role rooms_worker set idle_in_transaction_session_timeout = '2min';
alter role rooms_auditor set statement_timeout = '5min';
alter role rooms_auditor set idle_in_transaction_session_timeout = '2min';

-- What only a superuser may say: keep the text of a person's statements, which can name a room,
-- out of the list of running statements.
do $$
begin
    if (select rolsuper from pg_roles where rolname = current_user) then
        alter role rooms_web set track_activities = off;
        alter role rooms_device set track_activities = off;
    end if;
end
$$;
