-- Notices: whoever is told sees and marks their own; the worker brings them and mails them. The
-- privileges stand in control.sql.
alter table access_notice enable row level security, force row level security;
create policy owner_keeps on access_notice to rooms_owner using (true) with check (true);
create policy own on access_notice for select to rooms_web
    using (staff_id = (select lock.actor()));
create policy own_marked on access_notice for update to rooms_web
    using (staff_id = (select lock.actor())) with check (staff_id = (select lock.actor()));
create policy worker_works on access_notice to rooms_worker using (true) with check (true);

-- When it was first seen is the database's to say, and it stays so.
create function lock.stamp_seen() returns trigger
    language plpgsql set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        if new.seen_at is not null or old.seen_at is not null then
            new.seen_at := coalesce(old.seen_at, lock.now());
        end if;
        return new;
    end $$;
create trigger seen before update of seen_at on access_notice
    for each row execute function lock.stamp_seen();

-- How many the token's actor has not seen, counted up to 100: for the bell, which opens nothing.
create function lock.unseen_notices(token text) returns bigint
    language sql stable security definer parallel restricted
    set search_path = pg_catalog, public, pg_temp
    as $$
        select count(*) from (
            select from access_notice n
            where n.staff_id = (select (lock.read(token)).actor) and n.seen_at is null
            limit 100) counted
    $$;
revoke all on function lock.stamp_seen(), lock.unseen_notices(text) from public;
grant execute on function lock.unseen_notices(text) to rooms_web;
