-- The directory's entry of a tenant that has left: the worker of its region may end it, and nothing
-- else of it.

create function lock.tenant_is_gone(tenant uuid, of_region text) returns void
    language sql security definer set search_path = pg_catalog, public, pg_temp
    as $$
        update access_tenant t set state = 'gone' where t.id = tenant and t.region = of_region
    $$;
revoke execute on function lock.tenant_is_gone(uuid, text) from public;
grant execute on function lock.tenant_is_gone(uuid, text) to rooms_worker;
