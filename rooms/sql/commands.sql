-- Commands are handed over as they were signed, and a device says when it has taken one and when it
-- is at it: two facts with two times, besides the answer.

-- What waits for a device is asked with every report, and is nearly always nothing. A signature lasts
-- for a day at most: a command that nobody has fetched by then goes back to be signed anew, and is
-- there at the next fetch. One that was fetched never does, or a device that forgot it might run it
-- twice.
create or replace function device.hand_over(tenant uuid, device uuid) returns text
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
        set enable_seqscan = off
    as $$
    declare
        at timestamptz := lock.now();
        told text;
    begin
        update rooms_devicecommand c set signed = null
        where c.tenant_id = tenant and c.device_id = device and c.answered_at is null
          and c.delivered_at is null and at < c.expires_at
          and (c.signed ->> 'expires_at')::timestamptz <= at;
        with handed as (
            update rooms_devicecommand c set delivered_at = coalesce(c.delivered_at, at)
            where c.tenant_id = tenant and c.device_id = device
              and c.answered_at is null and at < c.expires_at
              and at < (c.signed ->> 'expires_at')::timestamptz
            returning c.signed, c.made_at, c.id)
        select coalesce(jsonb_agg(h.signed order by h.made_at, h.id), '[]')::text into told
        from handed h;
        return told;
    end $$;

-- The commands that wait for the key's device, as a JSON list; null when nothing waits. From now
-- on they count as delivered. Short, for a device that listens asks it again and again.
drop function device.commands(text);
create function device.commands(key_name text) returns text
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
        set enable_seqscan = off
    as $$
    declare
        k record;
    begin
        select * into k from device.key(key_name);
        if not found or k.state <> 'active' then
            return null;
        end if;
        if not exists (
            select from rooms_devicecommand c
            where c.tenant_id = k.tenant_id and c.device_id = k.device_id
              and c.answered_at is null and c.signed is not null and lock.now() < c.expires_at)
        then
            return null;
        end if;
        return device.hand_over(k.tenant_id, k.device_id);
    end $$;

-- Keep that a device has taken a command, or is at it: noted, again, or unknown for a command that
-- was not handed to this device or that it has answered.
create function device.progress(
        named text, spent_nonce text, nonce_seconds integer, command uuid, said text) returns text
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
        set enable_seqscan = off
    as $$
    declare
        k record;
        c rooms_devicecommand;
    begin
        select * into k from device.key(named);
        if not found or k.state <> 'active' then
            return coalesce(k.state, 'unknown_key');
        end if;
        if not device.spend(named, spent_nonce, nonce_seconds) then
            return 'replayed';
        end if;
        select * into c from rooms_devicecommand d
        where d.tenant_id = k.tenant_id and d.device_id = k.device_id and d.id = command
        for update;
        if not found or c.delivered_at is null or c.answered_at is not null then
            return 'unknown';
        end if;
        if (said = 'accepted' and c.accepted_at is not null)
           or (said = 'running' and c.running_at is not null) then
            return 'again';
        end if;
        update rooms_devicecommand d
        set accepted_at = coalesce(d.accepted_at, lock.now()),
            running_at = case when said = 'running' then lock.now() else d.running_at end
        where d.tenant_id = c.tenant_id and d.id = c.id;
        return 'noted';
    end $$;

revoke execute on function device.commands(text),
    device.progress(text, text, integer, uuid, text) from public;
grant execute on function device.commands(text),
    device.progress(text, text, integer, uuid, text) to rooms_device;
