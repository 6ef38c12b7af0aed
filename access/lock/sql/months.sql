-- The events of this plane's log in a table for each month of their time. The table that there was
-- becomes the first of them as it is; no row is copied.
-- {event} {leaf} {disclosure} are tables of this plane's log.
--
-- Whatever the time, there is a table for it: the first has no beginning, the last no end. A record
-- that cannot be written would stop everybody's work.
-- They stand in this schema and have no privileges of their own: who reads goes through the parent.

drop trigger stamp on {event};
drop trigger stage on {event};
drop trigger keep on {event};
drop trigger keep_but_the_name on {event};
do $$
declare
    policy name;
begin
    for policy in select polname from pg_policy where polrelid = '{event}'::regclass loop
        execute format('drop policy %I on {event}', policy);
    end loop;
end $$;
revoke all on {event} from rooms_web, rooms_device, rooms_worker, rooms_auditor;
alter table {event} disable row level security, no force row level security;
alter table {event} drop constraint {event}_pkey, add primary key (id, recorded_at);
alter table {event} rename to event_first;
alter table event_first set schema lock;

-- Whose event it is, for lock.tenant_for(): what a page reads under is on the stage until the page
-- has been read.
alter table lock.staged add column actor_id uuid, add column tenant_id uuid;

create table {event} (like lock.event_first including defaults including constraints)
    partition by range (recorded_at);
-- PostgreSQL wants the time in it. That an id is used once is held by lock.admit_event().
alter table {event} add primary key (id, recorded_at);
do $$
declare
    made text;
begin
    for made in select pg_get_indexdef(indexrelid) from pg_index
                where indrelid = 'lock.event_first'::regclass and not indisprimary loop
        execute regexp_replace(made, ' ON \S+ ', ' ON {event} ');
    end loop;
end $$;

-- One event comes in: at the database's time, under an id of its own, staged for its position, with
-- the disclosure of its actor's name (RFC 9901, section 4.2.1: [salt, name, value] in base64url,
-- the salt of 128 random bits; what the system does by itself is nobody's name). All in one
-- function: every act waits for it.
-- An id that is known already is left out, as ON CONFLICT DO NOTHING would: it stands on the stage
-- or in a leaf. The stage is asked first, which makes two writers of one id wait for each other,
-- and what the sequencer takes off it meanwhile is seen among the leaves by the next statement.
create function lock.admit_event() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        clock timestamptz := lock.now();
        salt text;
        said bytea;
    begin
        -- The time given has chosen the table, and so the month; the turn of one is let pass.
        if date_trunc('month', new.recorded_at, 'UTC') = date_trunc('month', clock, 'UTC') then
            new.recorded_at := clock;
        elsif new.recorded_at not between clock - interval '1 second' and clock then
            raise exception 'An event carries the time of the database.' using errcode = '42501';
        end if;
        insert into lock.staged (event_id, staged_at, actor_id, tenant_id)
        values (new.id, new.recorded_at, new.actor_id, new.tenant_id)
        on conflict do nothing;
        if not found then
            return null;
        end if;
        if exists (select from {leaf} l where l.event_id = new.id) then
            delete from lock.staged where event_id = new.id;
            return null;
        end if;
        if new.actor_id is not null and new.actor_label <> '' then
            salt := rtrim(translate(encode(substr(
                sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 1, 16),
                'base64'), E'+/\n', '-_'), '=');
            said := convert_to(
                json_build_array(salt, 'actor_label', new.actor_label)::text, 'UTF8');
            insert into {disclosure} (event_id, name, disclosure) values (
                new.id, 'actor_label',
                rtrim(translate(encode(said, 'base64'), E'+/\n', '-_'), '='));
        end if;
        return new;
    end $$;
drop function lock.stamp_event();
drop function lock.stage_event();

create trigger admit before insert on {event}
    for each row execute function lock.admit_event();
create trigger keep before delete on {event}
    for each row execute function lock.keep_record();
create trigger keep_but_the_name before update on {event}
    for each row execute function lock.keep_event();
create trigger keep_all before truncate on {event}
    for each statement execute function lock.keep_record();

-- Rows keep their rights in the first table; its name says what it holds.
do $$
declare
    ends text := (select date_trunc('month', greatest(lock.now(), max(recorded_at)), 'UTC')
                      at time zone 'UTC' + interval '1 month' from lock.event_first)::text || '+00';
begin
    execute format('alter table {event} attach partition lock.event_first'
        ' for values from (minvalue) to (%L)', ends);
    execute format('create table lock.event_later partition of {event}'
        ' for values from (%L) to (maxvalue)', ends);
end $$;
create trigger keep_all before truncate on lock.event_later
    for each statement execute function lock.keep_record();

-- What the sequencer calls every hour: tables for the months ahead. Returns how many it made.
-- The last table is split while it is empty. If nobody called for so long that it is not, it keeps
-- its rows and becomes one table for all of those months.
create function lock.keep_months(ahead integer) returns integer
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp set timezone = 'UTC' set lock_timeout = '1s'
    as $$
    declare
        edge timestamptz := date_trunc('month', lock.now()) + make_interval(months => ahead + 1);
        begins timestamptz;
        made integer := 0;
        filled boolean;
        child record;
    begin
        if ahead not between 1 and 24 then
            raise exception 'Months ahead are 1 to 24.' using errcode = '22023';
        end if;
        -- One at a time; a second caller finds the work done.
        perform pg_advisory_xact_lock(hashtext('lock.keep_months'));
        select substring(pg_get_expr(relpartbound, oid) from 'FROM \(''([^'']+)''\)')
        into begins from pg_class where oid = 'lock.event_later'::regclass;
        if begins >= edge then
            return 0;
        end if;
        lock table only {event} in access exclusive mode;
        drop view if exists lock.event_lately;
        select exists (select from lock.event_later) into filled;
        if filled then
            alter table {event} detach partition lock.event_later;
            execute format('alter table lock.event_later rename to event_%s',
                to_char(begins, 'YYYYMM'));
            execute format('alter table {event} attach partition lock.event_%s'
                ' for values from (%L) to (%L)', to_char(begins, 'YYYYMM'), begins, edge);
            made := 1;
        else
            drop table lock.event_later;
            while begins < edge loop
                execute format('create table lock.event_%s partition of {event}'
                    ' for values from (%L) to (%L)',
                    to_char(begins, 'YYYYMM'), begins, begins + interval '1 month');
                execute format('create trigger keep_all before truncate on lock.event_%s'
                    ' for each statement execute function lock.keep_record()',
                    to_char(begins, 'YYYYMM'));
                begins := begins + interval '1 month';
                made := made + 1;
            end loop;
        end if;
        execute format('create table lock.event_later partition of {event}'
            ' for values from (%L) to (maxvalue)', edge);
        create trigger keep_all before truncate on lock.event_later
            for each statement execute function lock.keep_record();
        -- An index is called as its parent, so that plans can be read.
        for child in
            select i.oid::regclass::text as index, p.relname || replace(t.relname, 'event', '')
                as name
            from pg_inherits h join pg_class i on i.oid = h.inhrelid and i.relkind = 'i'
            join pg_class p on p.oid = h.inhparent join pg_index x on x.indexrelid = i.oid
            join pg_class t on t.oid = x.indrelid
            where p.relnamespace = 'public'::regnamespace
              and t.relnamespace = 'lock'::regnamespace
              and i.relname <> p.relname || replace(t.relname, 'event', '')
        loop
            execute format('alter index %s rename to %I', child.index, child.name);
        end loop;
        -- The tables that an event of the last day can stand in, whatever the number of months:
        -- a statement that names the parent locks them all before it chooses one.
        execute (
            select 'create or replace view lock.event_lately with (security_invoker = true) as '
                || string_agg(format('select id, recorded_at, actor_id, tenant_id from lock.%I',
                       t.relname), ' union all ' order by t.relname)
            from pg_inherits h join pg_class t on t.oid = h.inhrelid
            where h.inhparent = '{event}'::regclass
              and (t.relname = 'event_later'
                   or substring(pg_get_expr(t.relpartbound, t.oid) from 'TO \(''([^'']+)''\)')
                       ::timestamptz > lock.now() - interval '2 days'));
        return made;
    end $$;

-- Write one event in the caller's own name and under the caller's own rights: the policies of the
-- table judge it. In a function, because PostgreSQL then plans the INSERT once a connection and not
-- once an act. A view that is there already counts up (docs/adr/0005); anything else must be new.
create function lock.record(
        event uuid, kind text, result text, who uuid, label text, in_session text,
        of_tenant uuid, tenant_ref text, opened text[], under text[], why text,
        subject_kind text, subject text, more jsonb, repeatable boolean) returns void
    language plpgsql volatile
    as $$
    begin
        insert into public.access_auditevent (id, recorded_at, type, outcome, actor_id, actor_label,
            session, tenant_id, tenant_reference, scopes, grant_references, purpose, subject_type,
            subject_reference, detail)
        values (event, lock.now(), kind, result, who, label, in_session, of_tenant, tenant_ref,
            opened, under, why, subject_kind, subject, more);
        if not found then
            if not repeatable then
                raise exception 'An event of this id is there already.' using errcode = '23505';
            end if;
            insert into public.access_auditrepeat (event_id, seen_at) values (event, lock.now());
        end if;
    end $$;

revoke all on function lock.admit_event(), lock.keep_months(integer),
    lock.record(uuid, text, text, uuid, text, text, uuid, text, text[], text[], text, text, text,
        jsonb, boolean) from public;
grant execute on function
    lock.record(uuid, text, text, uuid, text, text, uuid, text, text[], text[], text, text, text,
        jsonb, boolean) to rooms_web;
grant execute on function lock.keep_months(integer) to rooms_auditor;
grant select on {event} to rooms_auditor;
select lock.keep_months(3);
