-- The door of the device surface for diagnostic data: what a device says of an order, and its
-- bundle on the way in. rooms_device calls these and has no right to any table.

-- The order of this name, if it is this device's own.
create function device.collection_of(tenant uuid, device uuid, ref text)
    returns diagnostics_collection
    language sql volatile security definer set search_path = pg_catalog, public, pg_temp
    as $$
        select c from diagnostics_collection c
        where c.tenant_id = tenant and c.device_id = device and c.reference = ref
        for update
    $$;
revoke execute on function device.collection_of from public;

-- Move a collection as its device says, and put the move on record.
create function device.move_collection(c diagnostics_collection, to_state text, code text)
    returns void
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        update diagnostics_collection o
        set state = to_state, why_code = case when code = '' then o.why_code else left(code, 40) end,
            collecting_at = case when to_state = 'collecting' then lock.now()
                                 else o.collecting_at end,
            uploaded_at = case when to_state = 'checking' then lock.now() else o.uploaded_at end,
            percent = case when to_state in ('uploading', 'checking') then 0 else o.percent end
        where o.tenant_id = c.tenant_id and o.id = c.id;
        perform device.record('collection.moved', 'ok', c.tenant_id, c.tenant_reference,
            c.device_reference,
            jsonb_build_object('collection', c.reference, 'from', c.state, 'to', to_state,
                'code', left(code, 40)));
    end $$;
revoke execute on function device.move_collection from public;

-- Keep how far a device is with an order. Returns said, over (the order has ended), unknown, or
-- what refuses the key. What was said before, or out of order, changes nothing.
create function device.collection_say(
        named text, spent_nonce text, nonce_seconds integer, ref text, said_state text,
        said_percent integer, code text)
    returns text
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        k record;
        c diagnostics_collection;
    begin
        select * into k from device.key(named);
        if not found or k.state <> 'active' then
            return coalesce(k.state, 'unknown_key');
        end if;
        if not device.spend(named, spent_nonce, nonce_seconds) then
            return 'replayed';
        end if;
        c := device.collection_of(k.tenant_id, k.device_id, ref);
        if c.id is null then
            return 'unknown';
        end if;
        if c.state not in ('ordered', 'waiting', 'collecting', 'uploading')
           or lock.now() >= c.deadline_at then
            return 'over';
        end if;
        if said_state not in ('waiting', 'collecting', 'refused', 'failed') then
            raise exception 'A device does not say that.' using errcode = '22023';
        end if;
        if c.state <> said_state and diagnostics.may_move(c.state, said_state, 'device') then
            perform device.move_collection(c, said_state, code);
        end if;
        if said_state = 'collecting' then
            update diagnostics_collection o
            set percent = greatest(o.percent, least(greatest(said_percent, 0), 100))
            where o.tenant_id = c.tenant_id and o.id = c.id and o.state = 'collecting';
        end if;
        return 'said';
    end $$;

-- Begin the upload of an order's bundle, or find the one that was begun. Returns begun or again
-- with the upload's name and how many bytes are there; else other (another bundle was announced),
-- too_large, over, unknown, or what refuses the key.
create function device.upload_begin(
        named text, spent_nonce text, nonce_seconds integer, ref text, size bigint, digest text,
        new_name text, most_bytes bigint)
    returns table (result text, name text, received bigint)
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    #variable_conflict use_column
    declare
        k record;
        c diagnostics_collection;
        u diagnostics_upload;
    begin
        select * into k from device.key(named);
        if not found or k.state <> 'active' then
            return query select coalesce(k.state, 'unknown_key'), ''::text, 0::bigint;
            return;
        end if;
        if not device.spend(named, spent_nonce, nonce_seconds) then
            return query select 'replayed'::text, ''::text, 0::bigint;
            return;
        end if;
        c := device.collection_of(k.tenant_id, k.device_id, ref);
        if c.id is null then
            return query select 'unknown'::text, ''::text, 0::bigint;
            return;
        end if;
        if c.state not in ('ordered', 'waiting', 'collecting', 'uploading')
           or lock.now() >= c.deadline_at then
            return query select 'over'::text, ''::text, 0::bigint;
            return;
        end if;
        if size not between 1 and most_bytes then
            return query select 'too_large'::text, ''::text, 0::bigint;
            return;
        end if;
        select * into u from diagnostics_upload p
        where p.tenant_id = c.tenant_id and p.collection_id = c.id;
        if found then
            if u.bytes <> size or u.sha256 <> digest then
                return query select 'other'::text, ''::text, 0::bigint;
            else
                return query select 'again'::text, u.name::text, u.received;
            end if;
            return;
        end if;
        insert into diagnostics_upload (id, tenant_id, name, collection_id, room_id, device_id,
            bytes, sha256, received, parts, begun_at)
        values (gen_random_uuid(), c.tenant_id, new_name, c.id, c.room_id, c.device_id, size,
            digest, 0, 0, lock.now());
        if c.state <> 'uploading' then
            perform device.move_collection(c, 'uploading', '');
        end if;
        return query select 'begun'::text, new_name, 0::bigint;
    end $$;

-- Where an upload of this key's device stands: open, over or unknown; how many bytes and chunks
-- are there, and how many bytes were announced. Whoever asks has signed; it changes nothing.
create function device.upload_place(named text, upload text)
    returns table (result text, received bigint, parts integer, bytes bigint)
    language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        k record;
    begin
        select * into k from device.key(named);
        if not found or k.state <> 'active' then
            return query select coalesce(k.state, 'unknown_key'), 0::bigint, 0, 0::bigint;
            return;
        end if;
        return query
        select case when u.completed_at is not null or c.state <> 'uploading'
                      or lock.now() >= c.deadline_at then 'over' else 'open' end,
               u.received, u.parts, u.bytes
        from diagnostics_upload u
        join diagnostics_collection c on c.tenant_id = u.tenant_id and c.id = u.collection_id
        where u.name = upload and u.tenant_id = k.tenant_id and u.device_id = k.device_id;
        if not found then
            return query select 'unknown'::text, 0::bigint, 0, 0::bigint;
        end if;
    end $$;

-- Take a chunk that stands in the storage already. Returns stored with the bytes that are there
-- now; else wrong_offset with them, over, unknown, or what refuses the key: then the caller
-- removes what it has stored.
create function device.upload_store(
        named text, spent_nonce text, nonce_seconds integer, upload text, at_offset bigint,
        length integer, stored text)
    returns table (result text, received bigint)
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    #variable_conflict use_column
    declare
        k record;
        u diagnostics_upload;
        c diagnostics_collection;
    begin
        select * into k from device.key(named);
        if not found or k.state <> 'active' then
            return query select coalesce(k.state, 'unknown_key'), 0::bigint;
            return;
        end if;
        if not device.spend(named, spent_nonce, nonce_seconds) then
            return query select 'replayed'::text, 0::bigint;
            return;
        end if;
        -- Two chunks at once: the second waits here, and finds that its offset is taken.
        select * into u from diagnostics_upload p
        where p.name = upload and p.tenant_id = k.tenant_id and p.device_id = k.device_id
        for update;
        if not found then
            return query select 'unknown'::text, 0::bigint;
            return;
        end if;
        select * into c from diagnostics_collection o
        where o.tenant_id = u.tenant_id and o.id = u.collection_id;
        if u.completed_at is not null or c.state <> 'uploading' or lock.now() >= c.deadline_at then
            return query select 'over'::text, u.received;
            return;
        end if;
        if at_offset <> u.received or length < 1 or u.received + length > u.bytes then
            return query select 'wrong_offset'::text, u.received;
            return;
        end if;
        insert into diagnostics_uploadpart (id, tenant_id, upload_id, number, "offset", bytes,
            stored_as, stored_at)
        values (gen_random_uuid(), u.tenant_id, u.id, u.parts, at_offset, length, stored,
            lock.now());
        update diagnostics_upload p
        set received = p.received + length, parts = p.parts + 1
        where p.tenant_id = u.tenant_id and p.id = u.id;
        update diagnostics_collection o
        set percent = (100 * (u.received + length)) / u.bytes
        where o.tenant_id = c.tenant_id and o.id = c.id;
        return query select 'stored'::text, u.received + length;
    end $$;

-- Close an upload: from now on a worker checks the bundle. Returns completed or again; else
-- wrong_offset when bytes are missing, over, unknown, or what refuses the key.
create function device.upload_complete(
        named text, spent_nonce text, nonce_seconds integer, upload text)
    returns table (result text, received bigint)
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    #variable_conflict use_column
    declare
        k record;
        u diagnostics_upload;
        c diagnostics_collection;
    begin
        select * into k from device.key(named);
        if not found or k.state <> 'active' then
            return query select coalesce(k.state, 'unknown_key'), 0::bigint;
            return;
        end if;
        if not device.spend(named, spent_nonce, nonce_seconds) then
            return query select 'replayed'::text, 0::bigint;
            return;
        end if;
        select * into u from diagnostics_upload p
        where p.name = upload and p.tenant_id = k.tenant_id and p.device_id = k.device_id
        for update;
        if not found then
            return query select 'unknown'::text, 0::bigint;
            return;
        end if;
        if u.completed_at is not null then
            return query select 'again'::text, u.received;
            return;
        end if;
        select * into c from diagnostics_collection o
        where o.tenant_id = u.tenant_id and o.id = u.collection_id for update;
        if c.state <> 'uploading' or lock.now() >= c.deadline_at then
            return query select 'over'::text, u.received;
            return;
        end if;
        if u.received < u.bytes then
            return query select 'wrong_offset'::text, u.received;
            return;
        end if;
        update diagnostics_upload p set completed_at = lock.now()
        where p.tenant_id = u.tenant_id and p.id = u.id;
        perform device.move_collection(c, 'checking', '');
        return query select 'completed'::text, u.received;
    end $$;

grant execute on function
    device.collection_say(text, text, integer, text, text, integer, text),
    device.upload_begin(text, text, integer, text, bigint, text, text, bigint),
    device.upload_place(text, text),
    device.upload_store(text, text, integer, text, bigint, integer, text),
    device.upload_complete(text, text, integer, text)
    to rooms_device;
