-- What left is taken back only while no device has it, and logs are ordered by a worker only for an
-- item of the queue.

-- An item that was sent is cancelled or expires only if its command was never handed over; the
-- command ends with it, and so does the collection that it orders. Whoever comes first, the device
-- or this, the other one waits for it and then sees it.
create function diagnostics.take_back() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c rooms_devicecommand;
    begin
        if session_user = 'rooms_owner' then
            return new;
        end if;
        select * into c from rooms_devicecommand d
        where d.tenant_id = old.tenant_id and d.id = old.command_id for update;
        if found then
            if c.delivered_at is not null or c.answered_at is not null then
                perform lock.refuse('The device has the command already.');
            end if;
            update rooms_devicecommand d set expires_at = least(d.expires_at, lock.now())
            where d.tenant_id = c.tenant_id and d.id = c.id;
        elsif old.operations_known is not null or old.operation <> '' then
            perform lock.refuse('It was handed to the channel already.');
        end if;
        if old.action = 'collect_log' then
            update diagnostics_collection o
            set state = 'expired', why_code = 'WITHDRAWN',
                why = 'Taken back with ' || old.reference || '.'
            where o.tenant_id = old.tenant_id and o.reference = old.operation
              and o.state = 'ordered';
        end if;
        return new;
    end $$;
-- After guard and log_step, by its name.
create trigger take_back before update of state on diagnostics_remediation
    for each row when (old.state = 'dispatched' and new.state in ('cancelled', 'expired'))
    execute function diagnostics.take_back();

create function diagnostics.guard_queued_collection() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        if not exists (
            select from diagnostics_remediation i
            where i.tenant_id = new.tenant_id and i.device_id = new.device_id
              and i.room_id = new.room_id and i.action = 'collect_log' and i.state = 'scheduled'
              and i.requested_by_id = new.ordered_by_id
              and i.grant_reference = new.grant_reference) then
            perform lock.refuse('A worker orders logs only for an item of the queue.');
        end if;
        return new;
    end $$;
create trigger guard_queued before insert on diagnostics_collection
    for each row when (session_user = 'rooms_worker')
    execute function diagnostics.guard_queued_collection();
grant insert on diagnostics_collection, diagnostics_collectionpart to rooms_worker;

revoke execute on function diagnostics.take_back() from public;
revoke execute on function diagnostics.guard_queued_collection() from public;
