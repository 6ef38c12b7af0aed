-- What a region's record had besides: policies and privileges, and what looks for an event by its
-- id, which now asks the tables of late alone.

alter table access_auditevent enable row level security, force row level security;
create policy owner_keeps on access_auditevent to rooms_owner using (true) with check (true);
create policy under_a_grant on access_auditevent for select to rooms_web
    using (tenant_id = (select lock.tenant_for('audit.view')));
create policy under_a_grant_floor on access_auditevent as restrictive for select to rooms_web
    using (tenant_id = (select lock.tenant_for('audit.view')));
create policy system_acts on access_auditevent for insert to rooms_worker
    with check (actor_id is null);
create policy sequencer_reads on access_auditevent for select to rooms_auditor using (true);
grant insert, select on access_auditevent to rooms_web;
grant insert on access_auditevent to rooms_worker;

-- Who acts here, on which tenant, in which session, as one text: the context is read once.
create function lock.acting() returns text
    language plpgsql stable security definer parallel restricted
    set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c lock.context := lock.read(current_setting('lock.context', true));
    begin
        return c.actor || '|' || coalesce(c.tenant::text, '') || '|' || c.session;
    end $$;
-- The same without the tenant, and only for who presses or releases an emergency stop.
create function lock.acting_on_all() returns text
    language plpgsql stable security definer parallel restricted
    set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c lock.context := lock.read(current_setting('lock.context', true));
    begin
        return case when 'stop' = any(c.claims) then c.actor || '|' || c.session end;
    end $$;
-- Everybody writes their own acts, about the tenant in hand.
create policy own_acts on access_auditevent for insert to rooms_web
    with check (
        actor_id || '|' || coalesce(tenant_id::text, '') || '|' || session = (select lock.acting())
        or actor_id || '|' || session = (select lock.acting_on_all()));

-- The same policies as before, on the table that has the name now.
drop policy with_its_event on access_auditrepeat;
create policy with_its_event on access_auditrepeat for select to rooms_web
    using (exists (select from access_auditevent e where e.id = access_auditrepeat.event_id));
drop policy with_its_event on access_regionalleaf;
create policy with_its_event on access_regionalleaf for select to rooms_web
    using (exists (select from access_auditevent e where e.id = access_regionalleaf.event_id));
drop policy with_its_event on access_auditdisclosure;
create policy with_its_event on access_auditdisclosure for select to rooms_web
    using (exists (select from access_auditevent e where e.id = access_auditdisclosure.event_id));

-- A view is repeated within five minutes.
create or replace function lock.stamp_repeat() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        clock timestamptz := lock.now();
        lately timestamptz := clock - interval '1 hour';
    begin
        if not exists (select from lock.event_lately e
                       where e.id = new.event_id and e.recorded_at >= lately
                         and e.actor_id = lock.actor()) then
            perform lock.refuse('Only one''s own view is repeated.');
        end if;
        new.seen_at := clock;
        return new;
    end $$;

-- As before, but the record is looked for on the stage first: a page reads under the event that its
-- own transaction has just written. Only a repeated view finds it in the table of a month, and
-- none that is older than a day.
create or replace function lock.tenant_for(scope text) returns uuid
    language plpgsql stable security definer parallel restricted cost 5000
    set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c lock.context := lock.read(current_setting('lock.context', true));
        lately timestamptz;
        recorded boolean;
        opens boolean;
    begin
        if c.actor is null or c.tenant is null then
            return null;
        end if;
        select exists (
                   select from lock.staged s
                   where s.event_id = c.event and s.actor_id = c.actor and s.tenant_id = c.tenant),
               exists (
                   select from lock.effective_grant g
                   where g.holder_id = c.actor and g.tenant_id = c.tenant
                     and scope = any(g.scopes)
                     and (g.whole_tenant or c.room is null or c.room = any(g.room_ids)))
        into recorded, opens;
        if not recorded then
            lately := lock.now() - interval '1 day';
            perform from lock.event_lately e
            where e.id = c.event and e.recorded_at >= lately
              and e.actor_id = c.actor and e.tenant_id = c.tenant;
            if not found then
                raise exception 'Nothing is read without a record.' using errcode = '28000';
            end if;
        end if;
        return case when opens then c.tenant end;
    end $$;

-- It gives out rows of the table, so it is of the table that has the name now.
drop function lock.my_events(text, timestamptz, integer);
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

revoke all on function lock.acting(), lock.acting_on_all(),
    lock.my_events(text, timestamptz, integer) from public;
grant execute on function lock.acting(), lock.acting_on_all(),
    lock.my_events(text, timestamptz, integer) to rooms_web;
