-- What a grant opens, now. One definition of "effective", used by policies, pages and reports.

create function lock.is_locked_out(person uuid, tenant uuid) returns boolean
    language sql stable security definer parallel restricted
    set search_path = pg_catalog, public, pg_temp
    as $$
        select exists (
            select from access_lockout l
            where l.released_at is null
              and ((l.kind = 'person' and l.target_id = person)
                or (l.kind = 'tenant' and l.target_id = tenant)))
    $$;

-- Effective: active, start <= now < end by lock.now(), and nobody pressed the emergency stop.
-- A view and not a function, because the planner folds it into each query; only the owner's
-- functions read it.
create view lock.effective_grant with (security_invoker = true) as
    select g.tenant_id, g.id, g.holder_id, g.scopes, g.whole_tenant, g.room_ids, g.ends_at
    from public.access_grant g
    where g.state = 'active' and g.starts_at <= lock.now() and lock.now() < g.ends_at
      and not exists (
          select from public.access_lockout l
          where l.released_at is null
            and ((l.kind = 'person' and l.target_id = g.holder_person_id)
              or (l.kind = 'tenant' and l.target_id = g.tenant_id)));

-- The tenant that the context's actor may touch under the scope, or null.
-- No grant is quiet (null, so no row); a context without a written record is an error.
create function lock.tenant_for(scope text) returns uuid
    language plpgsql stable security definer parallel restricted cost 5000
    set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c lock.context := lock.read(current_setting('lock.context', true));
        recorded boolean;
        opens boolean;
    begin
        if c.actor is null or c.tenant is null then
            return null;
        end if;
        select exists (
                   select from access_auditevent e
                   where e.id = c.event and e.actor_id = c.actor and e.tenant_id = c.tenant),
               exists (
                   select from lock.effective_grant g
                   where g.holder_id = c.actor and g.tenant_id = c.tenant
                     and scope = any(g.scopes)
                     and (g.whole_tenant or c.room is null or c.room = any(g.room_ids)))
        into recorded, opens;
        if not recorded then
            raise exception 'Nothing is read without a record.' using errcode = '28000';
        end if;
        return case when opens then c.tenant end;
    end $$;

-- The rooms that narrow the scope: null when nothing narrows it (a whole-tenant grant and no
-- room in the context), else exactly the rooms that may be touched; empty means none.
create function lock.rooms_for(scope text) returns uuid[]
    language plpgsql stable security definer parallel restricted cost 5000
    set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c lock.context := lock.read(current_setting('lock.context', true));
        everywhere boolean := false;
        rooms uuid[] := '{}';
    begin
        if c.actor is null or c.tenant is null then
            return '{}';
        end if;
        -- A grant names at most a handful of rooms, and a person holds a handful of grants.
        select coalesce(bool_or(g.whole_tenant), false),
               coalesce(array_agg(distinct room) filter (where room is not null), '{}')
        into everywhere, rooms
        from lock.effective_grant g left join lateral unnest(g.room_ids) room on true
        where g.holder_id = c.actor and g.tenant_id = c.tenant and scope = any(g.scopes);
        if c.room is null then
            return case when everywhere then null else rooms end;
        end if;
        return case when everywhere or c.room = any(rooms) then array[c.room] else '{}' end;
    end $$;

-- The grants that are effective for the context's actor, tenant and room: what a page opens.
create function lock.open_grants() returns setof access_grant
    language sql stable security definer parallel restricted
    set search_path = pg_catalog, public, pg_temp
    as $$
        select g.* from lock.context() c
        join lock.effective_grant e on e.holder_id = c.actor and e.tenant_id = c.tenant
        join access_grant g on g.tenant_id = e.tenant_id and g.id = e.id
        where g.whole_tenant or c.room is null or c.room = any(g.room_ids)
        order by g.ends_at
    $$;

-- The strip: the caller's grants in use, from a context given by value.
create function lock.held(token text) returns table (
        reference text, tenant_reference text, whole_tenant boolean, room_references text[],
        scopes text[], purpose text, state text, ends_at timestamptz, claim_by timestamptz,
        clock timestamptz)
    language sql stable security definer parallel restricted
    set search_path = pg_catalog, public, pg_temp
    as $$
        select g.reference, g.tenant_reference, g.whole_tenant, g.room_references, g.scopes,
               g.purpose, g.state, g.ends_at, g.claim_by, lock.now()
        from lock.read(token) c
        join lock.effective_grant e on e.holder_id = c.actor
        join access_grant g on g.tenant_id = e.tenant_id and g.id = e.id
        order by g.ends_at
        limit 50
    $$;

-- The caller's own latest events: what "My work" lists, and how a repeated view is recognised.
create function lock.my_events(kind text, since timestamptz, most integer)
    returns setof access_auditevent
    language sql stable security definer parallel restricted
    set search_path = pg_catalog, public, pg_temp
    as $$
        select e.* from access_auditevent e
        where e.actor_id = lock.actor() and e.type = kind and e.recorded_at >= since
        order by e.recorded_at desc
        limit least(most, 200)
    $$;
