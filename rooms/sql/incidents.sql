-- What the pages of incidents ask besides their tables: who looked, and what is one's own.

-- Who looked at an incident or its room: the only part of the record that health.view opens, of
-- that one incident, and only where the caller's health.view reaches its room.
create function lock.who_looked(incident text, most integer) returns table (
        recorded_at timestamptz, actor_label text, kind text, grants text[])
    language sql stable security definer parallel restricted
    set search_path = pg_catalog, public, pg_temp
    as $$
        with opened as (
            select i.tenant_id, i.reference, r.reference as room, i.opened_at
            from rooms_incident i
            join rooms_room r on r.tenant_id = i.tenant_id and r.id = i.room_id
            where i.tenant_id = (select lock.tenant_for('health.view'))
              and i.reference = incident
              and case when (select lock.rooms_for('health.view')) is null then true
                  else i.room_id = any((select lock.rooms_for('health.view'))::uuid[]) end)
        select e.recorded_at, e.actor_label::text, e.subject_type::text,
               e.grant_references::text[]
        from opened o
        join access_auditevent e on e.tenant_id = o.tenant_id
            and e.subject_reference in (o.reference, o.room)
        where e.outcome = 'opened' and e.type in ('view.incident', 'view.room')
          and e.recorded_at >= o.opened_at
        order by e.recorded_at desc
        limit least(most, 100)
    $$;

-- The active incidents that are assigned to the caller, as far as the triage list shows them,
-- in tenants that the context claims the caller may ask for. It opens no room.
create function lock.my_incidents(most integer) returns table (
        reference text, tenant_id uuid, code text, severity text, active_since timestamptz)
    language sql stable security definer parallel restricted
    set search_path = pg_catalog, public, pg_temp
    as $$
        select i.reference::text, i.tenant_id, i.code::text, i.severity::text, i.activated_at
        from rooms_incident i
        where i.assignee_id = lock.actor() and i.state = 'active'
          and i.tenant_id = any((select lock.tenants('may_ask'))::uuid[])
        order by i.severity_rank, i.activated_at
        limit least(most, 50)
    $$;

-- Only rows with somebody's name on them, so that no list takes it for an index of all active ones.
create index incident_of_person on rooms_incident (tenant_id, assignee_id)
    where state = 'active' and assignee_id is not null;

revoke all on function lock.who_looked(text, integer), lock.my_incidents(integer) from public;
grant execute on function lock.who_looked(text, integer), lock.my_incidents(integer) to rooms_web;
