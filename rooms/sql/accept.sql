-- The door's function for reports, as quick as it can be: it runs thousands of times a second.

-- What waits for a device is asked with every report, and is nearly always nothing.
create function device.hand_over(tenant uuid, device uuid) returns text
    language sql security definer set search_path = pg_catalog, public, pg_temp
    as $$
        with handed as (
            update rooms_devicecommand c
            set delivered_at = coalesce(c.delivered_at, lock.now())
            where c.tenant_id = tenant and c.device_id = device
              and c.answered_at is null and lock.now() < c.expires_at
            returning c.id, c.kind::text, c.parameters, c.expires_at, c.made_at)
        select coalesce(jsonb_agg(jsonb_build_object('id', h.id, 'kind', h.kind,
            'parameters', h.parameters, 'expires_at', h.expires_at) order by h.made_at), '[]')::text
        from handed h
    $$;
revoke execute on function device.hand_over(uuid, uuid) from public;

-- Store an accepted report, in place of device.accept of device.sql. `result` is accepted,
-- duplicate (stored before), replayed, too_often, or the state of a key that may not report; only
-- accepted and duplicate are answered with 202. `commands` is a JSON list of what waits for the
-- device and counts as delivered from now on; null when nothing waits.
-- In plpgsql, for its plans are kept. Without sequential scans, for a plan may be made while the
-- inbox is empty, and is kept when it is full.
create function device.accept_report(
        named text, spent_nonce text, nonce_seconds integer, report uuid, observed timestamptz,
        content text, least_seconds double precision, out result text, out commands text)
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
        set enable_seqscan = off
    as $$
    declare
        k record;
        -- Once: a call of another function is a tenth of the cost of this one.
        at timestamptz := lock.now();
        in_time boolean;
        stored boolean;
    begin
        -- As device.key, with what else is needed of the same rows.
        select d.tenant_id, d.device_id, d.last_accepted_at,
               case when p.left_at <= at then 'tenant_left'
                    when i.revoked_at is not null then 'revoked'
                    when v.state = 'unenrolled' then 'unenrolled'
                    when d.revoked_at is not null then 'revoked'
                    else 'active' end as state,
               exists (
                    select from rooms_devicecommand c
                    where c.tenant_id = d.tenant_id and c.device_id = d.device_id
                      and c.answered_at is null) as waits
        into k
        from rooms_devicekey d
        join rooms_device v on v.tenant_id = d.tenant_id and v.id = d.device_id
        join rooms_deviceidentity i on i.tenant_id = d.tenant_id and i.device_id = d.device_id
        left join rooms_tenantprofile p on p.tenant_id = d.tenant_id
        where d.name = named;
        if not found or k.state <> 'active' then
            result := coalesce(k.state, 'unknown');
            return;
        end if;
        insert into rooms_devicenonce (key_name, nonce, expires_at)
        values (named, spent_nonce, at + make_interval(secs => nonce_seconds))
        on conflict (key_name, nonce) do nothing;
        if not found then
            result := 'replayed';
            return;
        end if;
        -- What was read after the last report had come cannot have come before. Who sends a report
        -- once more has had no answer to it; that is minutes ago, not days.
        if observed <= k.last_accepted_at and exists (
            select from rooms_devicereport r where r.tenant_id = k.tenant_id
              and r.device_id = k.device_id and r.report_id = report
              and r.received_at >= at - interval '2 days')
        then
            result := 'duplicate';
        else
            -- Asked of the row again: another report of this device may have come meanwhile.
            update rooms_devicekey d set last_accepted_at = at
            where d.tenant_id = k.tenant_id and d.name = named
              and (d.last_accepted_at is null
                   or d.last_accepted_at <= at - make_interval(secs => least_seconds));
            if found then
                insert into rooms_reportinbox (tenant_id, device_id, report_id, received_at,
                    observed_at, body)
                values (k.tenant_id, k.device_id, report, at, observed, content)
                on conflict (tenant_id, device_id, report_id) do nothing;
                result := case when found then 'accepted' else 'duplicate' end;
            elsif exists (
                select from rooms_reportinbox i where i.tenant_id = k.tenant_id
                  and i.device_id = k.device_id and i.report_id = report)
            then
                result := 'duplicate';
            else
                result := 'too_often';
                return;
            end if;
        end if;
        if k.waits then
            commands := device.hand_over(k.tenant_id, k.device_id);
        end if;
    end $$;
drop function device.accept(
    text, text, integer, uuid, timestamptz, text, double precision);

-- One index less to write for every report: rows are found by their report, and drained by id.
alter table rooms_reportinbox
    drop constraint rooms_reportinbox_pkey,
    drop constraint one_inbox_row_a_report,
    add constraint one_inbox_row_a_report primary key (tenant_id, device_id, report_id);
-- Half the time of PostgreSQL's own compression, where the server was built with it.
do $$
begin
    alter table rooms_reportinbox alter column body set compression lz4;
exception when feature_not_supported then
    null;
end $$;

revoke execute on function
    device.accept_report(text, text, integer, uuid, timestamptz, text, double precision) from public;
grant execute on function
    device.accept_report(text, text, integer, uuid, timestamptz, text, double precision)
    to rooms_device;
