-- What the worker may do besides, so that it can destroy what is due.

grant delete on diagnostics_collection, diagnostics_collectionpart, diagnostics_collectionfile,
    diagnostics_upload, diagnostics_contentkey, diagnostics_activitykey to rooms_worker;
create policy worker_works on diagnostics_reveal to rooms_worker using (true) with check (true);
create policy worker_works on diagnostics_download to rooms_worker using (true) with check (true);
grant select, delete on diagnostics_reveal, diagnostics_download to rooms_worker;

-- That a file was downloaded is kept for a year, the file itself for a month.
alter table diagnostics_download drop constraint diagnostics_download_file_id_same_tenant;

-- No person writes what was destroyed, and nobody rewrites it.
create function diagnostics.guard_destruction() returns trigger
    language plpgsql set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        if session_user <> 'rooms_owner' and old.ended_at is not null then
            perform lock.refuse('What was destroyed is not rewritten.');
        end if;
        return new;
    end $$;
create trigger guard before update on diagnostics_destruction
    for each row execute function diagnostics.guard_destruction();

revoke execute on all functions in schema diagnostics from public;
grant execute on function diagnostics.start_case(text, text, text) to rooms_web;
grant execute on function diagnostics.is_held(uuid, uuid, uuid), diagnostics.holds_any(uuid)
    to rooms_web, rooms_worker;
grant execute on function diagnostics.is_case_held(uuid, uuid), diagnostics.log_head(),
    diagnostics.erase_rooms(uuid, uuid, text, integer), diagnostics.count_rooms(uuid, text),
    diagnostics.leave_rooms(uuid, uuid)
    to rooms_worker;
