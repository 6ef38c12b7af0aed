-- A device that left: its commands end with it, and so does what was ordered from it.

create function diagnostics.device_left() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        update rooms_devicecommand c set expires_at = lock.now()
        where c.tenant_id = new.tenant_id and c.device_id = new.id and c.answered_at is null
          and c.expires_at > lock.now();
        update diagnostics_collection o
        set state = 'expired', why_code = 'LEFT', why = 'The device has left.'
        where o.tenant_id = new.tenant_id and o.device_id = new.id
          and o.state in ('ordered', 'waiting', 'collecting', 'uploading');
        return null;
    end $$;
create trigger device_left after update of state on rooms_device
    for each row when (new.state = 'unenrolled' and old.state is distinct from new.state)
    execute function diagnostics.device_left();
revoke execute on function diagnostics.device_left() from public;
