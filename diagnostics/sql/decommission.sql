-- What a tenant that leaves takes along of its rooms; only while its case runs.

-- Delete some rows of one table of the rooms of a tenant that leaves; how many went. Only while a
-- case that says so runs, and nothing is held.
create function diagnostics.erase_rooms(tenant uuid, which uuid, tbl text, most integer)
    returns bigint
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        gone bigint;
    begin
        perform pg_advisory_xact_lock_shared(214693, hashtext(tenant::text));
        if not exists (select from diagnostics_case k
                       where k.tenant_id = tenant and k.id = which and k.kind = 'decommission'
                         and k.state = 'running' and not diagnostics.case_is_held(k)) then
            perform lock.refuse('Only a running case of a tenant that leaves deletes its rooms.');
        end if;
        if tbl !~ '^rooms_[a-z]+$' or not exists (
            select from pg_attribute a where a.attrelid = to_regclass('public.' || tbl)
              and a.attname = 'tenant_id' and not a.attisdropped) then
            perform lock.refuse('This is no table of rooms.');
        end if;
        execute format(
            'delete from public.%1$I where (tableoid, ctid) in (select tableoid, ctid'
            ' from public.%1$I where tenant_id = $1 limit $2) and tenant_id = $1', tbl)
        using tenant, most;
        get diagnostics gone = row_count;
        return gone;
    end $$;

create function diagnostics.count_rooms(tenant uuid, tbl text) returns bigint
    language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        found bigint;
    begin
        if tbl !~ '^rooms_[a-z]+$' then
            perform lock.refuse('This is no table of rooms.');
        end if;
        execute format('select count(*) from public.%I where tenant_id = $1', tbl)
        into found using tenant;
        return found;
    end $$;

-- A tenant that leaves is shown the door at once: its devices are not heard any more.
create function diagnostics.leave_rooms(tenant uuid, which uuid) returns void
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        if not exists (select from diagnostics_case k
                       where k.tenant_id = tenant and k.id = which and k.kind = 'decommission'
                         and k.state = 'running' and not diagnostics.case_is_held(k)) then
            perform lock.refuse('Only a running case shows a tenant the door.');
        end if;
        update rooms_tenantprofile p set left_at = lock.now()
        where p.tenant_id = tenant and (p.left_at is null or p.left_at > lock.now());
        update rooms_device d set state = 'unenrolled'
        where d.tenant_id = tenant and d.state <> 'unenrolled';
        update rooms_devicekey k set revoked_at = lock.now(), revoked_why = 'left'
        where k.tenant_id = tenant and k.revoked_at is null;
        update rooms_enrolmentkey e set withdrawn_at = lock.now()
        where e.tenant_id = tenant and e.withdrawn_at is null;
    end $$;
