-- How far each receiver of the record is: the next position it has not taken yet.
-- {head} is the head of this plane's log.

create table lock.delivery (
    destination text primary key,
    position bigint not null default 0,
    moved_at timestamptz not null default lock.now()
);

-- What the status page shows: events and seconds, nothing of what is in them.
create function lock.delivery_lag() returns table (
        destination text, behind bigint, seconds double precision)
    language sql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
        select d.destination, h.size - d.position,
               case when h.size > d.position
                    then extract(epoch from lock.now() - d.moved_at) else 0 end::float8
        from lock.delivery d, {head} h
        where h.id = 1
        order by d.destination
    $$;

revoke all on function lock.delivery_lag() from public;
grant select, insert, update on lock.delivery to rooms_auditor;
grant execute on function lock.delivery_lag() to rooms_web, rooms_auditor;
