-- Renewing a key, in place of device.rotate of device.sql: a device whose answer was lost asks again.

-- What a renewal is checked with. The state is that of device.key, or replaced: the key ended by a
-- renewal less than ten minutes ago, and nothing else has happened to the device.
create function device.key_to_renew(named text) returns table (
        tenant_id uuid, device_id uuid, state text, public bytea, ak_public bytea)
    language sql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
        select k.tenant_id, k.device_id,
               case when k.state = 'revoked' and i.revoked_at is null
                         and d.revoked_why = 'rotated'
                         and lock.now() < d.revoked_at + interval '10 minutes'
                    then 'replaced' else k.state end,
               k.public, k.ak_public
        from device.key(named) k
        join rooms_devicekey d on d.tenant_id = k.tenant_id and d.name = named
        join rooms_deviceidentity i on i.tenant_id = k.tenant_id and i.device_id = k.device_id
    $$;

-- Replace a key by one that the same TPM has certified; the old one ends at once. `result` is
-- rotated, or again: this very key replaced it before and is still the device's. `key_name` is
-- the new key's. Else replayed, or the state of the old key, and nothing has changed.
create function device.renew(
        named text, spent_nonce text, nonce_seconds integer, new_name text, point bytea,
        out result text, out key_name text)
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        k record;
        i rooms_deviceidentity;
        ref text;
        at timestamptz := lock.now();
    begin
        select * into k from device.key_to_renew(named);
        if not found or k.state not in ('active', 'replaced') then
            result := coalesce(k.state, 'unknown_key');
            return;
        end if;
        if not device.spend(named, spent_nonce, nonce_seconds) then
            result := 'replayed';
            return;
        end if;
        update rooms_devicekey d set revoked_at = at, revoked_why = 'rotated'
        where d.tenant_id = k.tenant_id and d.name = named and d.revoked_at is null;
        if not found then  -- renewed before, perhaps just now by another request
            select d.name into key_name from rooms_devicekey d
            join rooms_devicekey old on old.tenant_id = d.tenant_id and old.name = named
            where d.tenant_id = k.tenant_id and d.device_id = k.device_id
              and d.public = point and d.revoked_at is null and d.made_at >= old.revoked_at;
            result := case when found then 'again' else 'revoked' end;
            return;
        end if;
        select * into i from rooms_deviceidentity e
        where e.tenant_id = k.tenant_id and e.device_id = k.device_id;
        insert into rooms_devicekey (id, tenant_id, name, device_id, room_id, public, made_at,
            revoked_why)
        values (gen_random_uuid(), k.tenant_id, new_name, k.device_id, i.room_id, point, at, '');
        select d.reference into ref from rooms_device d
        where d.tenant_id = k.tenant_id and d.id = k.device_id;
        perform device.record('device.key_rotated', 'ok', k.tenant_id, i.tenant_reference, ref,
            '{}');
        result := 'rotated';
        key_name := new_name;
    end $$;
drop function device.rotate(text, text, integer, text, bytea);

revoke execute on function
    device.key_to_renew(text), device.renew(text, text, integer, text, bytea) from public;
grant execute on function
    device.key_to_renew(text), device.renew(text, text, integer, text, bytea) to rooms_device;
