-- Deletion cases: opened by one person, approved by two others from two groups, started under a
-- live grant for data.erase, carried out by the worker. No person writes a step or a certificate.

alter table diagnostics_case enable row level security, force row level security;
alter table diagnostics_casevote enable row level security, force row level security;
alter table diagnostics_casestep enable row level security, force row level security;
alter table diagnostics_casecertificate enable row level security, force row level security;
create policy owner_keeps on diagnostics_case to rooms_owner using (true) with check (true);
create policy owner_keeps on diagnostics_casevote to rooms_owner using (true) with check (true);
create policy owner_keeps on diagnostics_casestep to rooms_owner using (true) with check (true);
create policy owner_keeps on diagnostics_casecertificate to rooms_owner
    using (true) with check (true);
alter table diagnostics_case drop constraint diagnostics_case_pkey,
    add primary key (tenant_id, id);
alter table diagnostics_casevote drop constraint diagnostics_casevote_pkey,
    add primary key (tenant_id, id),
    add constraint vote_of_case foreign key (tenant_id, case_id)
        references diagnostics_case (tenant_id, id);
alter table diagnostics_casestep drop constraint diagnostics_casestep_pkey,
    add primary key (tenant_id, id),
    add constraint step_of_a_case foreign key (tenant_id, case_id)
        references diagnostics_case (tenant_id, id);
alter table diagnostics_casecertificate drop constraint diagnostics_casecertificate_pkey,
    add primary key (tenant_id, id),
    add constraint certificate_of_case foreign key (tenant_id, case_id)
        references diagnostics_case (tenant_id, id);

create policy with_a_part_in_the_tenant on diagnostics_case to rooms_web
    using (tenant_id = any((select lock.tenants('may_ask'))::uuid[])
        or tenant_id = any((select lock.tenants('may_decide'))::uuid[])
        or tenant_id = any((select lock.tenants('may_audit'))::uuid[]))
    with check ((select lock.actor()) is not null);
create policy with_its_case on diagnostics_casevote to rooms_web
    using (exists (select from diagnostics_case k
                   where k.tenant_id = diagnostics_casevote.tenant_id
                     and k.id = diagnostics_casevote.case_id))
    with check (voter_id = (select lock.actor()));
create policy with_its_case on diagnostics_casestep for select to rooms_web
    using (exists (select from diagnostics_case k
                   where k.tenant_id = diagnostics_casestep.tenant_id
                     and k.id = diagnostics_casestep.case_id));
create policy with_its_case on diagnostics_casecertificate for select to rooms_web
    using (exists (select from diagnostics_case k
                   where k.tenant_id = diagnostics_casecertificate.tenant_id
                     and k.id = diagnostics_casecertificate.case_id));
create policy worker_works on diagnostics_case to rooms_worker using (true) with check (true);
create policy worker_works on diagnostics_casevote to rooms_worker using (true) with check (true);
create policy worker_works on diagnostics_casestep to rooms_worker using (true) with check (true);
create policy worker_works on diagnostics_casecertificate to rooms_worker
    using (true) with check (true);
grant select, insert, update on diagnostics_case to rooms_web;
grant select, insert on diagnostics_casevote to rooms_web;
grant select on diagnostics_casestep, diagnostics_casecertificate to rooms_web;
grant select, update, delete on diagnostics_case to rooms_worker;
grant select, delete on diagnostics_casevote to rooms_worker;
grant select, insert, update, delete on diagnostics_casestep to rooms_worker;
grant select, insert, delete on diagnostics_casecertificate to rooms_worker;

create function diagnostics.may_move_case(state_now text, state_next text, mover text)
    returns boolean
    language sql immutable set search_path = pg_catalog, pg_temp
    as $$
        select exists (
            select from (values {moves}) as m (a, b, who)
            where m.a = state_now and m.b = state_next and m.who = mover)
    $$;

-- A hold in force keeps a case from starting and from every further step.
create function diagnostics.case_is_held(k diagnostics_case) returns boolean
    language sql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
        select exists (
            select from diagnostics_legalhold h
            where h.tenant_id = k.tenant_id and h.released_at is null
              and (h.confirmed_at is not null or lock.now() < h.lapses_at)
              and (h.reach = 'tenant' or k.reach = 'tenant'
                   or (h.reach = 'room' and (
                        h.reach_id = k.reach_id
                        or exists (select from diagnostics_collection o
                                   where o.tenant_id = k.tenant_id and o.device_id = k.reach_id
                                     and o.room_id = h.reach_id)))
                   or (h.reach = 'collection' and exists (
                        select from diagnostics_collection o
                        where o.tenant_id = k.tenant_id and o.id = h.reach_id
                          and (o.room_id = k.reach_id or o.device_id = k.reach_id)))))
    $$;

create function diagnostics.guard_case() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c lock.context;
        t timestamptz := lock.now();
    begin
        if session_user = 'rooms_owner' then
            return new;
        end if;
        if session_user = 'rooms_worker' then
            if (to_jsonb(new) - '{state,state_at,waits_for}'::text[])
               is distinct from (to_jsonb(old) - '{state,state_at,waits_for}'::text[]) then
                perform lock.refuse('What was opened and approved does not change.');
            end if;
            if new.state <> old.state then
                if not diagnostics.may_move_case(old.state, new.state, 'system')
                   or not exists (select from diagnostics_casecertificate d
                                  where d.tenant_id = new.tenant_id and d.case_id = new.id) then
                    perform lock.refuse('A case is done when its certificate is made.');
                end if;
                new.state_at := t;
            end if;
            return new;
        end if;
        c := lock.context();
        if tg_op = 'INSERT' then
            if new.tenant_id is distinct from c.tenant
               or (new.opened_by_id, new.opened_by_person) is distinct from (c.actor, c.person)
               or not lock.claims('may_ask:' || new.tenant_id) then
                perform lock.refuse('A case is opened by somebody who may ask for the tenant.');
            end if;
            if new.state <> 'opened' or new.started_at is not null
               or new.started_by_id is not null then
                perform lock.refuse('A case begins unapproved.');
            end if;
            if new.reach = 'room' then
                select r.id into new.reach_id from rooms_room r
                where r.tenant_id = new.tenant_id and r.reference = new.reach_reference;
            elsif new.reach = 'device' then
                select d.id into new.reach_id from rooms_device d
                where d.tenant_id = new.tenant_id and d.reference = new.reach_reference;
            else
                new.reach_id := null;
            end if;
            if new.reach <> 'tenant' and new.reach_id is null then
                perform lock.refuse('There is no such room or device.');
            end if;
            new.opened_at := t;
            new.state_at := t;
            if new.deadline_at > t + interval '30 days' then
                new.deadline_at := t + interval '30 days';
            end if;
            return new;
        end if;
        if (to_jsonb(new) - '{state,state_at,started_by_id,started_by_label,started_grant,started_at}'::text[])
           is distinct from
           (to_jsonb(old) - '{state,state_at,started_by_id,started_by_label,started_grant,started_at}'::text[])
        then
            perform lock.refuse('What was opened does not change; open another case.');
        end if;
        if new.state = old.state or not diagnostics.may_move_case(old.state, new.state, 'person')
        then
            perform lock.refuse('A case does not move from ' || old.state || ' to ' || new.state
                || '.');
        end if;
        if new.state <> 'running' and (new.started_by_id, new.started_at, new.started_grant)
           is distinct from (old.started_by_id, old.started_at, old.started_grant) then
            perform lock.refuse('A case is started by starting it.');
        end if;
        new.state_at := t;
        case new.state
            when 'approved' then
                -- Two people for two groups; constraints keep the people and the groups apart.
                if exists (select from unnest('{groups}'::text[]) g
                           where not exists (
                               select from diagnostics_casevote v
                               where v.tenant_id = new.tenant_id and v.case_id = new.id
                                 and v.approves and v.for_group = g
                                 and v.voter_person <> new.opened_by_person))
                   or exists (select from diagnostics_casevote v
                              where v.tenant_id = new.tenant_id and v.case_id = new.id
                                and not v.approves) then
                    perform lock.refuse('A case takes an approval of each group.');
                end if;
            when 'refused' then
                if not exists (select from diagnostics_casevote v
                               where v.tenant_id = new.tenant_id and v.case_id = new.id
                                 and not v.approves) then
                    perform lock.refuse('A case is refused by a vote.');
                end if;
            when 'withdrawn' then
                if c.person is distinct from old.opened_by_person
                   and not lock.claims('may_decide:' || old.tenant_id) then
                    perform lock.refuse('Whoever opened a case, or an approver, withdraws it.');
                end if;
            when 'running' then
                if lock.tenant_for('data.erase') is distinct from new.tenant_id
                   or lock.rooms_for('data.erase') is not null
                   or new.started_by_id is distinct from c.actor then
                    perform lock.refuse('Starting takes a grant for data.erase of the tenant.');
                end if;
                if diagnostics.case_is_held(new) then
                    perform lock.refuse('A legal hold keeps this.');
                end if;
                new.started_at := t;
        end case;
        return new;
    end $$;
create trigger guard before insert or update on diagnostics_case
    for each row execute function diagnostics.guard_case();

create function diagnostics.guard_case_vote() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c lock.context;
        k diagnostics_case;
    begin
        if session_user = 'rooms_owner' then
            return new;
        end if;
        c := lock.context();
        select * into k from diagnostics_case o
        where o.tenant_id = new.tenant_id and o.id = new.case_id for update;
        if not found or new.voter_id is distinct from c.actor
           or new.voter_person is distinct from c.person
           or not lock.claims('may_decide:' || new.tenant_id)
           or not lock.claims('step_up:case:' || new.case_id)
           or not lock.claims('in_group:' || new.for_group)
           or not new.for_group = any('{groups}'::text[]) then
            perform lock.refuse('An approver of the group votes, with a fresh second factor.');
        end if;
        if k.opened_by_person = new.voter_person then
            perform lock.refuse('Nobody decides their own case.');
        end if;
        if k.state <> 'opened' then
            perform lock.refuse('The case is no longer open for votes.');
        end if;
        if lock.is_locked_out(c.person, k.tenant_id) then
            perform lock.refuse('An emergency stop is in force.');
        end if;
        new.voted_at := lock.now();
        return new;
    end $$;
create trigger guard before insert on diagnostics_casevote
    for each row execute function diagnostics.guard_case_vote();

-- Start an approved case; the page calls it under the gate, whose context carries no relation.
-- Returns started, or why not: unknown, not_approved, held, closed.
create function diagnostics.start_case(which text, label text, under text) returns text
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        k diagnostics_case;
        whose uuid := lock.tenant_for('data.erase');
    begin
        if whose is null or lock.rooms_for('data.erase') is not null then
            return 'closed';
        end if;
        perform pg_advisory_xact_lock_shared(214693, hashtext(whose::text));
        select * into k from diagnostics_case o
        where o.tenant_id = whose and o.reference = which for update;
        if not found then
            return 'unknown';
        end if;
        if k.state <> 'approved' then
            return 'not_approved';
        end if;
        if diagnostics.case_is_held(k) then
            return 'held';
        end if;
        if not exists (select from access_grant g
                       where g.tenant_id = whose and g.holder_id = lock.actor()
                         and g.reference = under and 'data.erase' = any(g.scopes)) then
            return 'closed';
        end if;
        update diagnostics_case o
        set state = 'running', started_by_id = lock.actor(), started_by_label = label,
            started_grant = under, started_at = lock.now()
        where o.tenant_id = whose and o.id = k.id;
        return 'started';
    end $$;

create function diagnostics.is_case_held(tenant uuid, which uuid) returns boolean
    language sql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
        select coalesce((select diagnostics.case_is_held(k) from diagnostics_case k
                         where k.tenant_id = tenant and k.id = which), true)
    $$;

-- Size and root of the region's log, for certificates: hashes only.
create function diagnostics.log_head(out size bigint, out root text)
    language sql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$ select h.size, encode(h.root, 'hex') from access_regionalhead h $$;
