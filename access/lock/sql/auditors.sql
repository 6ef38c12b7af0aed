-- What an auditor's pages read besides events and leaves, and the views that auditors keep.

-- A disclosure is read with its event or not at all, like the leaf.
create policy with_its_event on access_auditdisclosure for select to rooms_web
    using (exists (select from access_auditevent e where e.id = access_auditdisclosure.event_id));
grant select on access_auditdisclosure to rooms_web;

-- Hashes and signatures, of no tenant: to whoever is signed in.
alter table access_regionaltile enable row level security, force row level security;
alter table access_regionalcheckpoint enable row level security, force row level security;
create policy owner_keeps on access_regionaltile to rooms_owner using (true) with check (true);
create policy owner_keeps on access_regionalcheckpoint to rooms_owner
    using (true) with check (true);
create policy log_keeps on access_regionaltile to rooms_auditor using (true) with check (true);
create policy log_keeps on access_regionalcheckpoint to rooms_auditor
    using (true) with check (true);
create policy signed_in on access_regionaltile for select to rooms_web
    using ((select lock.actor()) is not null);
create policy signed_in on access_regionalcheckpoint for select to rooms_web
    using ((select lock.actor()) is not null);
grant select on access_regionaltile, access_regionalcheckpoint to rooms_web;

-- Saved views: one's own, and only while the record is open. They are never changed, only
-- replaced.
alter table access_savedview enable row level security, force row level security;
alter table access_savedview drop constraint access_savedview_pkey,
    add primary key (tenant_id, id);
create policy owner_keeps on access_savedview to rooms_owner using (true) with check (true);
create policy own_under_a_grant on access_savedview to rooms_web
    using (tenant_id = (select lock.tenant_for('audit.view'))
        and owner_id = (select lock.actor()))
    with check (tenant_id = (select lock.tenant_for('audit.view'))
        and owner_id = (select lock.actor()));
create policy own_under_a_grant_floor on access_savedview as restrictive to rooms_web
    using (tenant_id = (select lock.tenant_for('audit.view'))
        and owner_id = (select lock.actor()))
    with check (tenant_id = (select lock.tenant_for('audit.view'))
        and owner_id = (select lock.actor()));
grant select, insert, delete on access_savedview to rooms_web;
