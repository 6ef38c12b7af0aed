-- The newest whole report of each device, as text. A report that says the same as the one before is
-- kept without a body, so this may be older than the last that came. The worker gets all of it,
-- pages get it under health.view and without the network's addresses, which open under account.view.
create function diagnostics.newest_reports(tenants uuid[], devices uuid[])
    returns table (tenant_id uuid, device_id uuid, received_at timestamptz, body text)
    language sql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
        select d.tenant_id, d.id, r.received_at,
               case when session_user = 'rooms_worker' then r.body else r.body - 'network' end::text
        from unnest(tenants, devices) as g(tenant_id, device_id)
        join rooms_device d on d.tenant_id = g.tenant_id and d.id = g.device_id
        cross join lateral (
            select n.received_at, n.body from rooms_devicereport n
            where n.tenant_id = d.tenant_id and n.device_id = d.id
              and n.body is not null and not n.body ? 'set_aside'
            order by n.received_at desc limit 1) r
        where session_user = 'rooms_worker'
           or (d.tenant_id = (select lock.tenant_for('health.view'))
               and coalesce(d.room_id = any((select lock.rooms_for('health.view'))::uuid[]), true))
    $$;
revoke execute on function diagnostics.newest_reports(uuid[], uuid[]) from public;
grant execute on function diagnostics.newest_reports(uuid[], uuid[]) to rooms_web, rooms_worker;
