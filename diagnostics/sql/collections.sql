-- What holds for collections whoever writes them: an order is made by the person that the context
-- names, for a monitored device of that room, and moves only as diagnostics/states.py says.

create schema diagnostics;
grant usage on schema diagnostics to rooms_web, rooms_worker;

-- One row a move, made from the table of states.
create function diagnostics.may_move(state_now text, state_next text, mover text) returns boolean
    language sql immutable set search_path = pg_catalog, pg_temp
    as $$
        select exists (
            select from (values {moves}) as m (a, b, who)
            where m.a = state_now and m.b = state_next and m.who = mover)
    $$;

create function diagnostics.guard_collection() returns trigger
    language plpgsql set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        mover text := case current_user when 'rooms_web' then 'operator'
                                        when 'rooms_worker' then 'system' end;
    begin
        if tg_op = 'INSERT' then
            if mover = 'operator' then
                new.ordered_at := lock.now();
                new.state_at := new.ordered_at;
                if new.ordered_by_id is distinct from lock.actor() then
                    perform lock.refuse('A collection is ordered in one''s own name.');
                end if;
            end if;
            if new.state <> 'ordered' or new.command_id is not null then
                perform lock.refuse('A collection begins as an order.');
            end if;
            return new;
        end if;
        if mover is not null then
            if (new.id, new.tenant_id, new.reference, new.room_id, new.device_id, new.begins_at,
                new.ends_at, new.purpose, new.reason, new.grant_reference, new.ordered_by_id,
                new.ordered_at) is distinct from
               (old.id, old.tenant_id, old.reference, old.room_id, old.device_id, old.begins_at,
                old.ends_at, old.purpose, old.reason, old.grant_reference, old.ordered_by_id,
                old.ordered_at)
            then
                perform lock.refuse('What was ordered, and by whom, stays as it is.');
            end if;
            if new.state <> old.state
               and not diagnostics.may_move(old.state, new.state, mover) then
                perform lock.refuse('A collection does not move from ' || old.state || ' to '
                    || new.state || '.');
            end if;
        end if;
        if new.state <> old.state then
            new.state_at := lock.now();
        end if;
        return new;
    end $$;
create trigger guard before insert or update on diagnostics_collection
    for each row execute function diagnostics.guard_collection();

-- Hand the order to its device, with the parts that stand under it; the action calls it last.
-- Returns sent, or why not: unknown, not_monitored, left, sent_before, empty.
create function diagnostics.send_order(
        collection uuid, most_bytes bigint, chunk_bytes integer) returns text
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c diagnostics_collection;
        d rooms_device;
        parts jsonb;
        made uuid := gen_random_uuid();
    begin
        select * into c from diagnostics_collection o
        where o.tenant_id = lock.tenant_for('diagnostics.collect') and o.id = collection
          and o.ordered_by_id = lock.actor()
        for update;
        if not found or c.state <> 'ordered' then
            return 'unknown';
        end if;
        if c.command_id is not null then
            return 'sent_before';
        end if;
        select * into d from rooms_device v
        where v.tenant_id = c.tenant_id and v.id = c.device_id and v.room_id = c.room_id
        for share;
        if not found or d.state <> 'monitored' then
            return 'not_monitored';
        end if;
        if exists (select from rooms_tenantprofile p
                   where p.tenant_id = c.tenant_id and p.left_at <= lock.now()) then
            return 'left';
        end if;
        select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
            'kind', p.kind, 'channel', nullif(p.channel, ''))) order by p.kind, p.channel)
        into parts
        from diagnostics_collectionpart p
        where p.tenant_id = c.tenant_id and p.collection_id = c.id;
        if parts is null then
            return 'empty';
        end if;
        insert into rooms_devicecommand (id, tenant_id, device_id, room_id, kind, parameters,
            made_at, expires_at, outcome, detail_code)
        values (made, c.tenant_id, c.device_id, c.room_id, 'collect',
            jsonb_build_object(
                'collection', c.reference, 'parts', parts, 'from', c.begins_at, 'to', c.ends_at,
                'upload', jsonb_build_object(
                    'bytes_most', most_bytes, 'chunk_bytes', chunk_bytes)),
            lock.now(), c.deadline_at, '', '');
        update diagnostics_collection o set command_id = made
        where o.tenant_id = c.tenant_id and o.id = c.id;
        return 'sent';
    end $$;

-- Whatever ends a collection before its bundle is there ends the device's command too.
create function diagnostics.end_command() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        update rooms_devicecommand c set expires_at = lock.now()
        where c.tenant_id = new.tenant_id and c.id = new.command_id and c.answered_at is null
          and c.expires_at > lock.now();
        return null;
    end $$;
create trigger end_command after update of state on diagnostics_collection
    for each row when (new.state in ('refused', 'failed', 'expired', 'destroyed')
                       and new.state <> old.state)
    execute function diagnostics.end_command();

-- A masked name is read only by whoever has laid that line open, while that lasts. One line is
-- looked at, so a look for each row costs nothing that matters.
create policy laid_open on diagnostics_logmask as restrictive for select to rooms_web
    using (tenant_id = (select lock.tenant_for('diagnostics.view')) and exists (
        select from diagnostics_reveal r
        where r.tenant_id = diagnostics_logmask.tenant_id
          and r.entry_id = diagnostics_logmask.entry_id
          and r.by_id = (select lock.actor())
          and r.at <= (select lock.now()) and (select lock.now()) < r.ends_at));

-- A reveal is one's own, begins now and is short; it is never changed.
create function diagnostics.guard_reveal() returns trigger
    language plpgsql set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        if tg_op <> 'INSERT' then
            perform lock.refuse('A reveal is never changed.');
        end if;
        if current_user = 'rooms_web' then
            new.at := lock.now();
            if new.by_id is distinct from lock.actor()
               or new.ends_at > new.at + interval '15 minutes' or new.ends_at <= new.at then
                perform lock.refuse('A reveal is one''s own and lasts 15 minutes at most.');
            end if;
        end if;
        return new;
    end $$;
create trigger guard before insert or update on diagnostics_reveal
    for each row execute function diagnostics.guard_reveal();

-- A download is one's own, is used once, and ends when it says.
create function diagnostics.guard_download() returns trigger
    language plpgsql set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        if current_user <> 'rooms_web' then
            return new;
        end if;
        if new.by_id is distinct from lock.actor() then
            perform lock.refuse('A download is one''s own.');
        end if;
        if tg_op = 'INSERT' then
            new.made_at := lock.now();
            if new.used_at is not null then
                perform lock.refuse('A download begins unused.');
            end if;
        elsif old.used_at is not null or new.used_at is null or lock.now() >= old.ends_at
              or (new.token_digest, new.file_id, new.ends_at, new.tenant_id, new.id)
                 is distinct from
                 (old.token_digest, old.file_id, old.ends_at, old.tenant_id, old.id) then
            perform lock.refuse('A download is used once, in time.');
        else
            new.used_at := lock.now();
        end if;
        return new;
    end $$;
create trigger guard before insert or update on diagnostics_download
    for each row execute function diagnostics.guard_download();

-- What a person ordered, laid open or downloaded is part of the record: no person deletes it.
create function diagnostics.keep() returns trigger
    language plpgsql set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        if current_user = 'rooms_web' then
            perform lock.refuse('What was done with diagnostic data is not deleted.');
        end if;
        return old;
    end $$;
create trigger keep before delete on diagnostics_collection
    for each row execute function diagnostics.keep();
create trigger keep before delete on diagnostics_collectionpart
    for each row execute function diagnostics.keep();
create trigger keep before delete on diagnostics_reveal
    for each row execute function diagnostics.keep();
create trigger keep before delete on diagnostics_download
    for each row execute function diagnostics.keep();

revoke execute on all functions in schema diagnostics from public;
grant execute on function diagnostics.may_move(text, text, text) to rooms_web, rooms_worker;
grant execute on function diagnostics.send_order(uuid, bigint, integer) to rooms_web;
grant execute on function lock.refuse(text) to rooms_worker;
