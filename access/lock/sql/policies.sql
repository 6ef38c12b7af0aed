-- Row security of the ground floor's own regional tables. Every process role sees a row of
-- them only for a stated reason; a table without a policy shows nothing.

alter table access_accessrequest enable row level security, force row level security;
alter table access_vote enable row level security, force row level security;
alter table access_requestmessage enable row level security, force row level security;
alter table access_grant enable row level security, force row level security;
alter table access_lockout enable row level security, force row level security;
alter table access_auditevent enable row level security, force row level security;
alter table access_auditrepeat enable row level security, force row level security;

-- The owner migrates and seeds; row security is forced on it, and this names its reach.
create policy owner_keeps on access_accessrequest to rooms_owner using (true) with check (true);
create policy owner_keeps on access_vote to rooms_owner using (true) with check (true);
create policy owner_keeps on access_requestmessage to rooms_owner using (true) with check (true);
create policy owner_keeps on access_grant to rooms_owner using (true) with check (true);
create policy owner_keeps on access_lockout to rooms_owner using (true) with check (true);
create policy owner_keeps on access_auditevent to rooms_owner using (true) with check (true);
create policy owner_keeps on access_auditrepeat to rooms_owner using (true) with check (true);

-- Requests, votes, messages, grants: one's own, and those of tenants one may decide or audit.
create policy mine_or_mine_to_judge on access_accessrequest to rooms_web
    using (requester_id = (select lock.actor())
        or tenant_id = any((select lock.tenants('may_decide') || lock.tenants('may_audit'))::uuid[])
        or (select lock.claims('stop')))
    with check ((select lock.actor()) is not null);
create policy with_its_request on access_vote to rooms_web
    using (exists (select from access_accessrequest r
                   where r.tenant_id = access_vote.tenant_id and r.id = access_vote.request_id))
    with check ((select lock.actor()) is not null);
create policy with_its_request on access_requestmessage to rooms_web
    using (exists (select from access_accessrequest r
                   where r.tenant_id = access_requestmessage.tenant_id
                     and r.id = access_requestmessage.request_id))
    with check (author_id = (select lock.actor()));
create policy mine_or_mine_to_judge on access_grant to rooms_web
    using (holder_id = (select lock.actor())
        or tenant_id = any((select lock.tenants('may_decide') || lock.tenants('may_audit'))::uuid[])
        or (select lock.claims('stop')))
    with check ((select lock.actor()) is not null);
create policy signed_in on access_lockout to rooms_web
    using ((select lock.actor()) is not null)
    with check ((select lock.actor()) is not null);

grant select, insert, update on access_accessrequest, access_vote, access_grant, access_lockout
    to rooms_web;
grant select, insert on access_requestmessage to rooms_web;

-- The worker only moves labels that the clock has already decided; the guards check the clock.
create policy worker_tidies on access_accessrequest to rooms_worker using (true) with check (true);
create policy worker_tidies on access_grant to rooms_worker using (true) with check (true);
grant select, update (state, decided_at, version) on access_accessrequest to rooms_worker;
grant select, update (state, closed_at, closed_by_label, close_reason) on access_grant
    to rooms_worker;

-- The record: everybody writes their own acts, about the tenant in hand; reading it takes a
-- grant for audit.view.
create policy own_acts on access_auditevent for insert to rooms_web
    with check (actor_id = (select lock.actor())
        and (tenant_id is not distinct from (select (lock.context()).tenant)
            or (select lock.claims('stop')))
        and session = (select (lock.context()).session));
create policy under_a_grant on access_auditevent for select to rooms_web
    using (tenant_id = (select lock.tenant_for('audit.view')));
create policy under_a_grant_floor on access_auditevent as restrictive for select to rooms_web
    using (tenant_id = (select lock.tenant_for('audit.view')));
create policy system_acts on access_auditevent for insert to rooms_worker
    with check (actor_id is null);
create policy sequencer_reads on access_auditevent for select to rooms_auditor using (true);
create policy own_repeats on access_auditrepeat for insert to rooms_web
    with check ((select lock.actor()) is not null);
create policy with_its_event on access_auditrepeat for select to rooms_web
    using (exists (select from access_auditevent e where e.id = access_auditrepeat.event_id));
create policy sequencer_reads on access_auditrepeat for select to rooms_auditor using (true);
grant insert, select on access_auditevent, access_auditrepeat to rooms_web;
grant insert on access_auditevent to rooms_worker;
grant select on access_auditrepeat to rooms_auditor;
-- A leaf holds its event's content, of every tenant: it is read with its event or not at all.
alter table access_regionalleaf enable row level security, force row level security;
create policy owner_keeps on access_regionalleaf to rooms_owner using (true) with check (true);
create policy sequencer_appends on access_regionalleaf to rooms_auditor
    using (true) with check (true);
create policy with_its_event on access_regionalleaf for select to rooms_web
    using (exists (select from access_auditevent e where e.id = access_regionalleaf.event_id));
grant select on access_regionalleaf, access_regionalhead to rooms_web;
grant usage on schema public to rooms_web, rooms_device, rooms_worker, rooms_auditor;

create function lock.stamp_repeat() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        if not exists (select from access_auditevent e
                       where e.id = new.event_id and e.actor_id = lock.actor()) then
            perform lock.refuse('Only one''s own view is repeated.');
        end if;
        new.seen_at := lock.now();
        return new;
    end $$;
create trigger stamp before insert on access_auditrepeat
    for each row execute function lock.stamp_repeat();
create trigger keep before update or delete on access_auditrepeat
    for each row execute function lock.keep_record();

-- Keys that lead with the tenant, so that no conflict tells of another tenant's row.
alter table access_accessrequest drop constraint access_accessrequest_pkey,
    add primary key (tenant_id, id);
alter table access_grant drop constraint access_grant_pkey, add primary key (tenant_id, id);
alter table access_vote drop constraint access_vote_pkey, add primary key (tenant_id, id);
alter table access_requestmessage drop constraint access_requestmessage_pkey,
    add primary key (tenant_id, id);
alter table access_vote add constraint vote_of_request
    foreign key (tenant_id, request_id) references access_accessrequest (tenant_id, id);
alter table access_requestmessage add constraint message_of_request
    foreign key (tenant_id, request_id) references access_accessrequest (tenant_id, id);
alter table access_grant add constraint grant_of_request
    foreign key (tenant_id, request_id) references access_accessrequest (tenant_id, id);

-- Functions are callable only by those who need them; nothing is callable by everybody, also
-- not what a later migration makes.
revoke all on all functions in schema lock from public;
alter default privileges revoke execute on functions from public;
grant execute on function lock.now() to rooms_web, rooms_device, rooms_worker, rooms_auditor;
grant execute on function
    lock.context(), lock.actor(), lock.claims(text), lock.tenants(text),
    lock.tenant_for(text), lock.rooms_for(text), lock.open_grants(), lock.held(text),
    lock.my_events(text, timestamptz, integer)
    to rooms_web;
