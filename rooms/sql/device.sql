-- The door of the device surface: all that rooms_device may do. It has no right to any table.
--
-- Python has checked signatures and blobs before it calls; what must hold under a race, or for a
-- caller who skips Python, is held here: one use, one device a TPM, revoked means no, the clock.

-- A record of what a device did. No person acts, so the device's reference stands for the actor.
create function device.record(
        kind text, outcome text, tenant uuid, tenant_ref text, subject text, detail jsonb)
    returns void
    language sql security definer set search_path = pg_catalog, public, pg_temp
    as $$
        insert into access_auditevent (id, recorded_at, type, outcome, actor_id, actor_label,
            session, tenant_id, tenant_reference, scopes, grant_references, purpose, subject_type,
            subject_reference, detail)
        values (gen_random_uuid(), lock.now(), kind, outcome, null, 'Device', '', tenant,
            tenant_ref, '{}', '{}', '', 'device', subject, detail)
    $$;
revoke execute on function device.record from public;

-- One more refusal of this kind in this hour. Counts only; what was refused is not kept.
create function device.count_refusal(refused text) returns void
    language sql security definer set search_path = pg_catalog, public, pg_temp
    as $$
        insert into rooms_devicerefusal (id, hour, code, times)
        values (gen_random_uuid(), date_trunc('hour', lock.now()), left(refused, 40), 1)
        on conflict (hour, code) do update set times = rooms_devicerefusal.times + 1
    $$;

-- -- Enrolment ------------------------------------------------------------------------------------

-- The enrolment key with this digest: usable, busy (many challenges are open), used, expired,
-- withdrawn or tenant_left; no row for one that nobody issued.
create function device.enrolment_key(digest bytea) returns table (
        id uuid, tenant_id uuid, room_id uuid, serial text, state text)
    language sql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
        select k.id, k.tenant_id, k.room_id, k.serial::text,
               case when p.left_at <= lock.now() then 'tenant_left'
                    when k.withdrawn_at is not null then 'withdrawn'
                    when k.used_at is not null then 'used'
                    when lock.now() >= k.expires_at then 'expired'
                    -- Each challenge costs a credential; who starts over some times is still let in.
                    when 10 <= (select count(*) from rooms_enrolmentchallenge c
                                where c.tenant_id = k.tenant_id and c.enrolment_key_id = k.id
                                  and c.used_at is null and lock.now() < c.expires_at) then 'busy'
                    else 'usable' end
        from rooms_enrolmentkey k
        left join rooms_tenantprofile p on p.tenant_id = k.tenant_id
        where k.secret_digest = digest
    $$;

-- Whether one of these hashes of an endorsement key was registered for the tenant and room.
create function device.is_registered(tenant uuid, room uuid, hashes text[], named_serial text)
    returns boolean
    language sql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
        select exists (
            select from rooms_trustedendorsement e
            where e.tenant_id = tenant and e.room_id = room and e.digest = any(hashes)
              and e.serial in ('', named_serial))
    $$;

-- Keep a challenge for two minutes; null when the key cannot be used any more.
create function device.begin_enrolment(
        key_id uuid, challenge text, ek text, ak bytea, device_key bytea, secret_sha256 bytea,
        said jsonb, trusted_by text)
    returns timestamptz
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        tenant uuid;
        until timestamptz := lock.now() + interval '120 seconds';
    begin
        select k.tenant_id into tenant from rooms_enrolmentkey k
        where k.id = key_id and k.used_at is null and k.withdrawn_at is null
          and lock.now() < k.expires_at;
        if not found then
            return null;
        end if;
        insert into rooms_enrolmentchallenge (id, tenant_id, name, enrolment_key_id, ek_digest,
            ak_public, key_public, secret_digest, claims, trust, made_at, expires_at, outcome)
        values (gen_random_uuid(), tenant, challenge, key_id, ek, ak, device_key, secret_sha256,
            said, trusted_by, lock.now(), until, '');
        return until;
    end $$;

-- What a signature over an answer is checked with, before the challenge is taken.
create function device.challenge_key(challenge text) returns bytea
    language sql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$ select c.key_public from rooms_enrolmentchallenge c where c.name = challenge $$;

-- Use the challenge up, whatever comes of it: taken, used, expired, or no row for an unknown one.
create function device.take_challenge(challenge text) returns table (
        state text, ak_public bytea, key_public bytea, secret_digest bytea)
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c rooms_enrolmentchallenge;
    begin
        select * into c from rooms_enrolmentchallenge e where e.name = challenge for update;
        if not found then
            return;
        end if;
        if c.used_at is not null then
            return query select 'used'::text, null::bytea, null::bytea, null::bytea;
            return;
        end if;
        update rooms_enrolmentchallenge e set used_at = lock.now()
        where e.tenant_id = c.tenant_id and e.id = c.id;
        if lock.now() >= c.expires_at then
            return query select 'expired'::text, null::bytea, null::bytea, null::bytea;
        else
            return query select 'taken'::text, c.ak_public, c.key_public, c.secret_digest;
        end if;
    end $$;

-- Say why a device was turned away that showed a good enrolment key.
create function device.refuse_key(key_id uuid, why text) returns void
    language sql security definer set search_path = pg_catalog, public, pg_temp
    as $$
        select device.record('device.enrolment_refused', 'refused', k.tenant_id,
            k.tenant_reference, k.reference, jsonb_build_object('why', left(why, 40)))
        from rooms_enrolmentkey k where k.id = key_id
    $$;

-- Say why an answer was refused; the device itself is told no reason.
create function device.refuse_enrolment(challenge text, why text) returns void
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c rooms_enrolmentchallenge;
        k rooms_enrolmentkey;
    begin
        select * into c from rooms_enrolmentchallenge e where e.name = challenge for update;
        if not found or c.outcome <> '' then
            return;
        end if;
        select * into k from rooms_enrolmentkey e
        where e.tenant_id = c.tenant_id and e.id = c.enrolment_key_id;
        update rooms_enrolmentchallenge e set outcome = left(why, 40)
        where e.tenant_id = c.tenant_id and e.id = c.id;
        perform device.record('device.enrolment_refused', 'refused', c.tenant_id,
            k.tenant_reference, k.reference, jsonb_build_object('why', left(why, 40)));
    end $$;

-- Make the device of a challenge that was answered rightly, or give a known one its new key.
-- Returns enrolled or renewed with the device's reference; else key_used, serial_taken,
-- other_tenant, other_room, revoked or not_taken, and nothing has changed.
create function device.complete_enrolment(
        challenge text, key_name text, point bytea, device_ref text)
    returns table (result text, reference text)
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c rooms_enrolmentchallenge;
        k rooms_enrolmentkey;
        known rooms_deviceidentity;
        made uuid := gen_random_uuid();
        ref text := device_ref;
        zone text;
        said text;
    begin
        select * into c from rooms_enrolmentchallenge e where e.name = challenge for update;
        if not found or c.used_at is null or c.outcome <> '' then
            return query select 'not_taken'::text, ''::text;
            return;
        end if;
        select * into k from rooms_enrolmentkey e
        where e.tenant_id = c.tenant_id and e.id = c.enrolment_key_id for update;
        if k.used_at is not null or k.withdrawn_at is not null then
            return query select 'key_used'::text, ''::text;
            return;
        end if;
        said := coalesce(c.claims ->> 'serial', '');
        -- Two boxes at once with one TPM, or one serial number: the second waits here.
        perform pg_advisory_xact_lock(hashtextextended('ek:' || c.ek_digest, 0));
        perform pg_advisory_xact_lock(hashtextextended(c.tenant_id::text || said, 1));
        select * into known from rooms_deviceidentity i where i.ek_digest = c.ek_digest;
        if found and known.tenant_id <> c.tenant_id then
            return query select 'other_tenant'::text, ''::text;
            return;
        end if;
        if found and known.revoked_at is not null then
            return query select 'revoked'::text, ''::text;
            return;
        end if;
        if found and known.room_id <> k.room_id then
            -- a box that was carried elsewhere is unenrolled first, by somebody who knows of it
            return query select 'other_room'::text, ''::text;
            return;
        end if;
        if not found and exists (
            select from rooms_device d
            where d.tenant_id = c.tenant_id and d.serial = said and said <> ''
              and d.kind = c.claims ->> 'kind' and d.state <> 'unenrolled')
        then
            return query select 'serial_taken'::text, ''::text;
            return;
        end if;
        if known.id is not null then
            made := known.device_id;
            select d.reference into ref from rooms_device d
            where d.tenant_id = c.tenant_id and d.id = made;
            update rooms_devicekey d set revoked_at = lock.now(), revoked_why = 'renewed'
            where d.tenant_id = c.tenant_id and d.device_id = made and d.revoked_at is null;
            update rooms_deviceidentity i set ak_public = c.ak_public, trust = c.trust
            where i.tenant_id = c.tenant_id and i.id = known.id;
            update rooms_device d set state = case when k.enrol_at_once then 'monitored'
                                                   else 'onboarding' end
            where d.tenant_id = c.tenant_id and d.id = made and d.state = 'unenrolled';
        else
            select s.time_zone into zone from rooms_room r
            join rooms_site s on s.tenant_id = r.tenant_id and s.id = r.site_id
            where r.tenant_id = c.tenant_id and r.id = k.room_id;
            insert into rooms_device (id, tenant_id, reference, room_id, kind, platform,
                manufacturer, model, serial, os_name, os_build, state, enrolled_at, time_zone)
            values (made, c.tenant_id, device_ref, k.room_id, c.claims ->> 'kind',
                c.claims ->> 'platform', coalesce(c.claims ->> 'manufacturer', ''),
                coalesce(c.claims ->> 'model', ''), said, '', '',
                case when k.enrol_at_once then 'monitored' else 'onboarding' end,
                case when k.enrol_at_once then lock.now() end, zone);
            insert into rooms_deviceidentity (id, tenant_id, tenant_reference, device_id, room_id,
                ek_digest, ak_public, trust, enrolled_at, revoked_why)
            values (gen_random_uuid(), c.tenant_id, k.tenant_reference, made, k.room_id,
                c.ek_digest, c.ak_public, c.trust, lock.now(), '');
        end if;
        insert into rooms_devicekey (id, tenant_id, name, device_id, room_id, public, made_at,
            revoked_why)
        values (gen_random_uuid(), c.tenant_id, key_name, made, k.room_id, point, lock.now(), '');
        update rooms_enrolmentkey e set used_at = lock.now()
        where e.tenant_id = c.tenant_id and e.id = k.id;
        update rooms_enrolmentchallenge e set outcome = 'enrolled'
        where e.tenant_id = c.tenant_id and e.id = c.id;
        perform device.record(
            case when known.id is null then 'device.enrolled' else 'device.renewed' end, 'ok',
            c.tenant_id, k.tenant_reference, ref,
            jsonb_build_object('enrolment_key', k.reference, 'trust', c.trust));
        return query
            select case when known.id is null then 'enrolled' else 'renewed' end, ref;
    end $$;

-- -- A device that is known -----------------------------------------------------------------------

-- What is known of a key: active, revoked, unenrolled or tenant_left; no row for an unknown one.
-- In plpgsql, like all that a report asks, for its plans are kept; those of a function in SQL are
-- made anew for each statement, which here costs more than the answer. Without sequential scans,
-- for a plan may be made while the inbox is empty, and is kept when it is full.
create function device.key(key_name text) returns table (
        tenant_id uuid, device_id uuid, public bytea, state text, ak_public bytea)
    language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
        set enable_seqscan = off
    as $$
    begin
        return query
        select k.tenant_id, k.device_id, k.public,
               case when p.left_at <= lock.now() then 'tenant_left'
                    when i.revoked_at is not null then 'revoked'
                    -- whoever was unenrolled is told so; its keys were ended with it
                    when d.state = 'unenrolled' then 'unenrolled'
                    when k.revoked_at is not null then 'revoked'
                    else 'active' end,
               i.ak_public
        from rooms_devicekey k
        join rooms_device d on d.tenant_id = k.tenant_id and d.id = k.device_id
        join rooms_deviceidentity i on i.tenant_id = k.tenant_id and i.device_id = k.device_id
        left join rooms_tenantprofile p on p.tenant_id = k.tenant_id
        where k.name = key_name;
    end $$;

-- Spend a nonce of a key: false when it was spent before.
create function device.spend(key text, value text, seconds integer) returns boolean
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        insert into rooms_devicenonce (key_name, nonce, expires_at)
        values (key, value, lock.now() + make_interval(secs => seconds))
        on conflict (key_name, nonce) do nothing;
        return found;
    end $$;

-- Store an accepted report. accept.sql drops this one for accept_report. Returns accepted, duplicate (stored before), replayed, too_often, or
-- the state of a key that may not report. Only accepted and duplicate are answered with 202.
create function device.accept(
        named text, spent_nonce text, nonce_seconds integer, report uuid, observed timestamptz,
        content text, least_seconds double precision)
    returns text
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
        set enable_seqscan = off
    as $$
    declare
        k record;
        -- Once: this runs for every report, and a call of another function is a tenth of its cost.
        at timestamptz := lock.now();
        in_time boolean;
        made bigint;
    begin
        -- As device.key, with what else is needed of the same rows.
        select d.tenant_id, d.device_id, d.last_accepted_at,
               case when p.left_at <= at then 'tenant_left'
                    when i.revoked_at is not null then 'revoked'
                    when v.state = 'unenrolled' then 'unenrolled'
                    when d.revoked_at is not null then 'revoked'
                    else 'active' end as state
        into k
        from rooms_devicekey d
        join rooms_device v on v.tenant_id = d.tenant_id and v.id = d.device_id
        join rooms_deviceidentity i on i.tenant_id = d.tenant_id and i.device_id = d.device_id
        left join rooms_tenantprofile p on p.tenant_id = d.tenant_id
        where d.name = named;
        if not found or k.state <> 'active' then
            return coalesce(k.state, 'unknown');
        end if;
        insert into rooms_devicenonce (key_name, nonce, expires_at)
        values (named, spent_nonce, at + make_interval(secs => nonce_seconds))
        on conflict (key_name, nonce) do nothing;
        if not found then
            return 'replayed';
        end if;
        -- What was read after the last report had come cannot have come before. Who sends a report
        -- once more has had no answer to it; that is minutes ago, not days.
        if observed <= k.last_accepted_at and exists (
            select from rooms_devicereport r where r.tenant_id = k.tenant_id
              and r.device_id = k.device_id and r.report_id = report
              and r.received_at >= at - interval '2 days')
        then
            return 'duplicate';
        end if;
        -- Asked of the row again: another report of this device may have come meanwhile.
        update rooms_devicekey d set last_accepted_at = at
        where d.tenant_id = k.tenant_id and d.name = named
          and (d.last_accepted_at is null
               or d.last_accepted_at <= at - make_interval(secs => least_seconds));
        in_time := found;
        -- The unique key says whether it is there; a look beforehand might take another index, for
        -- its plan may be made while the inbox is empty.
        insert into rooms_reportinbox (tenant_id, device_id, report_id, received_at, observed_at,
            body)
        values (k.tenant_id, k.device_id, report, at, observed, content)
        on conflict (tenant_id, device_id, report_id) do nothing
        returning id into made;
        if made is null then
            return 'duplicate';
        end if;
        if not in_time then
            delete from rooms_reportinbox i where i.tenant_id = k.tenant_id and i.id = made;
            return 'too_often';
        end if;
        return 'accepted';
    end $$;

-- How many reports wait to be drained, about, and for how many seconds the oldest has waited.
create function device.backlog(out waiting bigint, out seconds double precision)
    language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
        set enable_seqscan = off
    as $$
    begin
        select coalesce((select i.id from rooms_reportinbox i order by i.id desc limit 1)
                        - oldest.id + 1, 0),
               coalesce(extract(epoch from lock.now() - oldest.received_at), 0)::float8
        into waiting, seconds
        from (select 1) one
        left join lateral (
            select i.id, i.received_at from rooms_reportinbox i order by i.id limit 1
        ) oldest on true;
    end $$;

-- The commands that wait for the key's device; from now on they count as delivered.
create function device.commands(key_name text) returns table (
        id uuid, kind text, parameters jsonb, expires_at timestamptz)
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
        set enable_seqscan = off
    as $$
    #variable_conflict use_column
    begin
        -- Asked with every report; nearly always nothing waits.
        if not exists (
            select from rooms_devicekey k
            join rooms_devicecommand c on c.tenant_id = k.tenant_id and c.device_id = k.device_id
            where k.name = key_name and c.answered_at is null)
        then
            return;
        end if;
        return query
        with caller as (select * from device.key(key_name) k where k.state = 'active'),
        handed as (
            update rooms_devicecommand c
            set delivered_at = coalesce(c.delivered_at, lock.now())
            from caller
            where c.tenant_id = caller.tenant_id and c.device_id = caller.device_id
              and c.answered_at is null and lock.now() < c.expires_at
            returning c.id, c.kind::text, c.parameters, c.expires_at, c.made_at)
        select h.id, h.kind, h.parameters, h.expires_at from handed h order by h.made_at;
    end $$;

-- Keep a device's answer to a command: answered, again (the same command was answered before),
-- replayed, or unknown for a command that is not this device's.
create function device.answer(
        named text, spent_nonce text, nonce_seconds integer, command uuid, said text, code text)
    returns text
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
        if not found or c.delivered_at is null then
            return 'unknown';
        end if;
        if c.answered_at is not null then
            return 'again';
        end if;
        update rooms_devicecommand d
        set answered_at = lock.now(), outcome = said, detail_code = left(code, 40)
        where d.tenant_id = c.tenant_id and d.id = c.id;
        return 'answered';
    end $$;

-- Replace a key by one that the same TPM has certified; the old one ends at once. renewal.sql drops
-- this one for renew.
create function device.rotate(
        named text, spent_nonce text, nonce_seconds integer, new_name text, point bytea)
    returns text
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        k record;
        i rooms_deviceidentity;
        ref text;
    begin
        select * into k from device.key(named);
        if not found or k.state <> 'active' then
            return coalesce(k.state, 'unknown_key');
        end if;
        if not device.spend(named, spent_nonce, nonce_seconds) then
            return 'replayed';
        end if;
        update rooms_devicekey d set revoked_at = lock.now(), revoked_why = 'rotated'
        where d.tenant_id = k.tenant_id and d.name = named and d.revoked_at is null;
        if not found then
            return 'revoked';  -- two rotations at once
        end if;
        select * into i from rooms_deviceidentity e
        where e.tenant_id = k.tenant_id and e.device_id = k.device_id;
        insert into rooms_devicekey (id, tenant_id, name, device_id, room_id, public, made_at,
            revoked_why)
        values (gen_random_uuid(), k.tenant_id, new_name, k.device_id, i.room_id, point,
            lock.now(), '');
        select d.reference into ref from rooms_device d
        where d.tenant_id = k.tenant_id and d.id = k.device_id;
        perform device.record('device.key_rotated', 'ok', k.tenant_id, i.tenant_reference, ref,
            '{}');
        return 'rotated';
    end $$;

-- The device's own good-bye: unenrolled at once, its commands withdrawn, its keys ended.
create function device.leave(named text, spent_nonce text, nonce_seconds integer) returns text
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        k record;
        i rooms_deviceidentity;
        ref text;
    begin
        select * into k from device.key(named);
        if not found or k.state <> 'active' then
            return coalesce(k.state, 'unknown_key');
        end if;
        if not device.spend(named, spent_nonce, nonce_seconds) then
            return 'replayed';
        end if;
        update rooms_device d set state = 'unenrolled'
        where d.tenant_id = k.tenant_id and d.id = k.device_id returning d.reference into ref;
        update rooms_devicekey d set revoked_at = lock.now(), revoked_why = 'left'
        where d.tenant_id = k.tenant_id and d.device_id = k.device_id and d.revoked_at is null;
        update rooms_devicecommand c set expires_at = lock.now()
        where c.tenant_id = k.tenant_id and c.device_id = k.device_id and c.answered_at is null
          and c.expires_at > lock.now();
        select * into i from rooms_deviceidentity e
        where e.tenant_id = k.tenant_id and e.device_id = k.device_id;
        perform device.record('device.left', 'ok', k.tenant_id, i.tenant_reference, ref, '{}');
        return 'left';
    end $$;

-- Spent nonces whose signatures are too old to be replayed, and challenges that were over a day
-- ago: what came of them is in the record. The worker calls it now and then.
create function device.forget_nonces() returns bigint
    language sql security definer set search_path = pg_catalog, public, pg_temp
    as $$
        with old_challenges as (
            delete from rooms_enrolmentchallenge c
            where c.expires_at <= lock.now() - interval '1 day'),
        gone as (
            delete from rooms_devicenonce n where n.expires_at <= lock.now() returning 1)
        select count(*) from gone
    $$;

-- Whoever enrols, unenrols or leaves changes what its room shows: the worker judges it at once.
create function device.judge_again() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        update rooms_roomhealth h set next_evaluation_at = lock.now()
        where h.tenant_id = new.tenant_id and h.room_id = new.room_id;
        return null;
    end $$;
create trigger judge_again after update of state on rooms_device
    for each row when (old.state is distinct from new.state)
    execute function device.judge_again();

revoke execute on all functions in schema device from public;
grant usage on schema device to rooms_device, rooms_worker, rooms_web;
grant execute on function
    device.count_refusal(text),
    device.enrolment_key(bytea),
    device.is_registered(uuid, uuid, text[], text),
    device.begin_enrolment(uuid, text, text, bytea, bytea, bytea, jsonb, text),
    device.challenge_key(text),
    device.take_challenge(text),
    device.refuse_enrolment(text, text),
    device.refuse_key(uuid, text),
    device.complete_enrolment(text, text, bytea, text),
    device.key(text),
    device.spend(text, text, integer),
    device.accept(text, text, integer, uuid, timestamptz, text, double precision),
    device.backlog(),
    device.commands(text),
    device.answer(text, text, integer, uuid, text, text),
    device.rotate(text, text, integer, text, bytea),
    device.leave(text, text, integer)
    to rooms_device;
grant execute on function device.keep_partitions(integer, integer), device.forget_nonces(),
    device.backlog() to rooms_worker;
-- The status page shows how far the region lags; counts and seconds only.
grant execute on function device.backlog() to rooms_web;
