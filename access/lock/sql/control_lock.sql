-- The control plane under the lock (docs/adr/0015): its reserved entry is asked for, decided and
-- opened like a tenant, by the same functions; and its record is read under a grant.

-- The reserved entry. Its id stands in access/models/directory.py too.
create function lock.control() returns uuid
    language sql immutable parallel safe
    as $$ select '00000000-0000-4000-8000-0000c0117201'::uuid $$;
insert into access_tenant (id, reference, region, state, staff_countries)
values (lock.control(), 'TN-CONTROL', 'default', 'live', '[]');

-- Whether the context's actor holds the scope for the control plane, now and under a record.
create function lock.opens_control(scope text) returns boolean
    language plpgsql stable security definer parallel restricted cost 5000
    set search_path = pg_catalog, public, pg_temp
    as $$ begin return coalesce(lock.tenant_for(scope) = lock.control(), false); end $$;

-- Requests, votes, messages, grants and stops: as in a region (policies.sql).
alter table access_accessrequest enable row level security, force row level security;
alter table access_vote enable row level security, force row level security;
alter table access_requestmessage enable row level security, force row level security;
alter table access_grant enable row level security, force row level security;
alter table access_lockout enable row level security, force row level security;
alter table access_auditrepeat enable row level security, force row level security;
alter table access_savedview enable row level security, force row level security;
create policy owner_keeps on access_accessrequest to rooms_owner using (true) with check (true);
create policy owner_keeps on access_vote to rooms_owner using (true) with check (true);
create policy owner_keeps on access_requestmessage to rooms_owner using (true) with check (true);
create policy owner_keeps on access_grant to rooms_owner using (true) with check (true);
create policy owner_keeps on access_lockout to rooms_owner using (true) with check (true);
create policy owner_keeps on access_auditrepeat to rooms_owner using (true) with check (true);
create policy owner_keeps on access_savedview to rooms_owner using (true) with check (true);

create policy mine_or_mine_to_judge on access_accessrequest to rooms_web
    using (requester_id = (select lock.actor())
        or tenant_id = any((select lock.tenants('may_decide') || lock.tenants('may_audit'))::uuid[])
        or (select lock.claims('stop')))
    with check ((select lock.actor()) is not null and tenant_id = lock.control());
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
    with check ((select lock.actor()) is not null and tenant_id = lock.control());
create policy signed_in on access_lockout to rooms_web
    using ((select lock.actor()) is not null)
    with check ((select lock.actor()) is not null);
create policy worker_tidies on access_accessrequest to rooms_worker using (true) with check (true);
create policy worker_tidies on access_grant to rooms_worker using (true) with check (true);
create policy own_under_a_grant on access_savedview to rooms_web
    using ((select lock.opens_control('audit.view')) and owner_id = (select lock.actor()))
    with check ((select lock.opens_control('audit.view')) and owner_id = (select lock.actor()));

alter table access_accessrequest drop constraint access_accessrequest_pkey,
    add primary key (tenant_id, id);
alter table access_grant drop constraint access_grant_pkey, add primary key (tenant_id, id);
alter table access_vote drop constraint access_vote_pkey, add primary key (tenant_id, id);
alter table access_requestmessage drop constraint access_requestmessage_pkey,
    add primary key (tenant_id, id);
alter table access_savedview drop constraint access_savedview_pkey,
    add primary key (tenant_id, id);
alter table access_vote add constraint vote_of_request
    foreign key (tenant_id, request_id) references access_accessrequest (tenant_id, id);
alter table access_requestmessage add constraint message_of_request
    foreign key (tenant_id, request_id) references access_accessrequest (tenant_id, id);
alter table access_grant add constraint grant_of_request
    foreign key (tenant_id, request_id) references access_accessrequest (tenant_id, id);

-- The record. Signing in is written before there is a context, and belongs to no tenant; what is
-- done to the reserved entry is written like a tenant's, by whoever does it. Reading takes a
-- grant for audit.view of the control plane.
alter table access_controlevent enable row level security, force row level security;
create policy owner_keeps on access_controlevent to rooms_owner using (true) with check (true);
create policy of_no_tenant on access_controlevent for insert to rooms_web
    with check (tenant_id is null);
create policy own_acts on access_controlevent for insert to rooms_web
    with check (tenant_id = lock.control() and (
        actor_id || '|' || tenant_id || '|' || session = (select lock.acting())
        or actor_id || '|' || session = (select lock.acting_on_all())));
create policy system_acts on access_controlevent for insert to rooms_worker
    with check (actor_id is null);
create policy under_a_grant on access_controlevent for select to rooms_web
    using ((select lock.opens_control('audit.view')));
create policy under_a_grant_floor on access_controlevent as restrictive for select to rooms_web
    using ((select lock.opens_control('audit.view')));
create policy sequencer_reads on access_controlevent for select to rooms_auditor using (true);

create policy own_repeats on access_auditrepeat for insert to rooms_web
    with check ((select lock.actor()) is not null);
create policy with_its_event on access_auditrepeat for select to rooms_web
    using (exists (select from access_controlevent e where e.id = access_auditrepeat.event_id));
create policy sequencer_reads on access_auditrepeat for select to rooms_auditor using (true);
create trigger stamp before insert on access_auditrepeat
    for each row execute function lock.stamp_repeat();
create trigger keep before update or delete on access_auditrepeat
    for each row execute function lock.keep_record();

-- A leaf and a disclosure are read with their event or not at all; hashes, by whoever is signed in.
alter table access_controlleaf enable row level security, force row level security;
alter table access_controldisclosure enable row level security, force row level security;
alter table access_controltile enable row level security, force row level security;
alter table access_controlcheckpoint enable row level security, force row level security;
create policy owner_keeps on access_controlleaf to rooms_owner using (true) with check (true);
create policy owner_keeps on access_controldisclosure to rooms_owner using (true) with check (true);
create policy owner_keeps on access_controltile to rooms_owner using (true) with check (true);
create policy owner_keeps on access_controlcheckpoint to rooms_owner using (true) with check (true);
create policy log_keeps on access_controlleaf to rooms_auditor using (true) with check (true);
create policy log_keeps on access_controltile to rooms_auditor using (true) with check (true);
create policy log_keeps on access_controlcheckpoint to rooms_auditor using (true) with check (true);
create policy exporter_reads on access_controldisclosure for select to rooms_auditor using (true);
create policy with_its_event on access_controlleaf for select to rooms_web
    using (exists (select from access_controlevent e where e.id = access_controlleaf.event_id));
create policy with_its_event on access_controldisclosure for select to rooms_web
    using (exists (
        select from access_controlevent e where e.id = access_controldisclosure.event_id));
create policy signed_in on access_controltile for select to rooms_web
    using ((select lock.actor()) is not null);
create policy signed_in on access_controlcheckpoint for select to rooms_web
    using ((select lock.actor()) is not null);

revoke all on all functions in schema lock from public;
grant execute on function
    lock.context(), lock.actor(), lock.claims(text), lock.tenants(text), lock.control(),
    lock.tenant_for(text), lock.rooms_for(text), lock.open_grants(), lock.held(text),
    lock.opens_control(text), lock.my_events(text, timestamptz, integer), lock.acting(),
    lock.acting_on_all()
    to rooms_web;
-- A policy for the worker names no tenant, and is judged for it all the same.
grant execute on function lock.control() to rooms_worker;
