-- The audit record of this database: append-only, staged with the act, positioned afterwards.
-- {event} {leaf} {head} are the three tables of this plane's log.

create table lock.staged (
    event_id uuid primary key,
    staged_at timestamptz not null
);

create function lock.stamp_event() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$ begin new.recorded_at := lock.now(); return new; end $$;

-- After the insert, so that a repeated view (on conflict do nothing) is not staged again.
create function lock.stage_event() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        insert into lock.staged (event_id, staged_at) values (new.id, new.recorded_at);
        return null;
    end $$;

create function lock.keep_record() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
    as $$
    begin
        raise exception 'The record is append-only.' using errcode = '42501';
    end $$;

create trigger stamp before insert on {event}
    for each row execute function lock.stamp_event();
create trigger stage after insert on {event}
    for each row execute function lock.stage_event();
create trigger keep before update or delete on {event}
    for each row execute function lock.keep_record();
create trigger keep_all before truncate on {event}
    for each statement execute function lock.keep_record();
create trigger keep before update or delete on {leaf}
    for each row execute function lock.keep_record();
create trigger keep_all before truncate on {leaf}
    for each statement execute function lock.keep_record();

insert into {head} (id, size, root, peaks, updated_at)
values (1, 0, sha256(''), '{{}}', lock.now());

grant select on {event} to rooms_auditor;
grant select, insert on {leaf} to rooms_auditor;
grant select, update on {head} to rooms_auditor;
grant select, delete on lock.staged to rooms_auditor;
