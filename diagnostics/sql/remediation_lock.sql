-- Who sees and writes the remediation queue. An order and its state name no finding, so whoever
-- ordered it sees it without a grant, to stop it; approvers of the tenant see what is open. What
-- devices said stands in steps and findings, which open under health.view alone.

alter table diagnostics_remediation enable row level security, force row level security;
create policy owner_keeps on diagnostics_remediation to rooms_owner using (true) with check (true);
create policy worker_works on diagnostics_remediation to rooms_worker
    using (true) with check (true);
create policy seen on diagnostics_remediation for select to rooms_web using (
    ({health_room})
    or requested_by_id = (select lock.actor())
    -- What an approver has ended too: whoever moves a row has to see it as it is then.
    or ((state in ({undecided}) or mover = 'approver')
        and tenant_id = any((select lock.tenants('may_decide'))::uuid[])));
create policy ordered on diagnostics_remediation for insert to rooms_web with check ({act_room});
create policy moved on diagnostics_remediation for update to rooms_web
    using (requested_by_id = (select lock.actor())
           or tenant_id = any((select lock.tenants('may_decide'))::uuid[]))
    with check (requested_by_id = (select lock.actor())
                or tenant_id = any((select lock.tenants('may_decide'))::uuid[]));
alter table diagnostics_remediation drop constraint diagnostics_remediation_pkey,
    add primary key (tenant_id, id);
alter table diagnostics_remediation
    add constraint remediation_of_a_device foreign key (tenant_id, device_id)
        references rooms_device (tenant_id, id) deferrable initially deferred,
    -- An incident is destroyed before the record of what was done about it.
    add constraint remediation_of_an_incident foreign key (tenant_id, incident_id)
        references rooms_incident (tenant_id, id) on delete set null (incident_id)
        deferrable initially deferred;
-- So with what was collected about it.
alter table diagnostics_collection
    drop constraint diagnostics_collection_incident_id_same_tenant,
    add constraint diagnostics_collection_incident_id_same_tenant
        foreign key (tenant_id, incident_id) references rooms_incident (tenant_id, id)
        on delete set null (incident_id) deferrable initially deferred;
grant select, insert, update on diagnostics_remediation to rooms_web;
grant select, insert, update, delete on diagnostics_remediation to rooms_worker;

alter table diagnostics_wave enable row level security, force row level security;
create policy owner_keeps on diagnostics_wave to rooms_owner using (true) with check (true);
create policy worker_works on diagnostics_wave to rooms_worker using (true) with check (true);
create policy seen on diagnostics_wave for select to rooms_web using (
    (tenant_id = (select lock.tenant_for('health.view'))
     and (select lock.rooms_for('health.view')) is null)
    or requested_by_id = (select lock.actor())
    or tenant_id = any((select lock.tenants('may_decide'))::uuid[]));
create policy ordered on diagnostics_wave for insert to rooms_web with check ({act_tenant});
create policy moved on diagnostics_wave for update to rooms_web
    using (requested_by_id = (select lock.actor())
           or tenant_id = any((select lock.tenants('may_decide'))::uuid[]))
    with check (requested_by_id = (select lock.actor())
                or tenant_id = any((select lock.tenants('may_decide'))::uuid[]));
alter table diagnostics_wave drop constraint diagnostics_wave_pkey,
    add primary key (tenant_id, id);
grant select, insert, update on diagnostics_wave to rooms_web;
grant select, insert, update, delete on diagnostics_wave to rooms_worker;

alter table diagnostics_remediation
    add constraint remediation_of_a_wave foreign key (tenant_id, wave_id)
        references diagnostics_wave (tenant_id, id) deferrable initially deferred;

-- Rings and exclusions open with their wave; only the worker writes them.
alter table diagnostics_wavering enable row level security, force row level security;
alter table diagnostics_waveexclusion enable row level security, force row level security;
create policy owner_keeps on diagnostics_wavering to rooms_owner using (true) with check (true);
create policy owner_keeps on diagnostics_waveexclusion to rooms_owner
    using (true) with check (true);
create policy worker_works on diagnostics_wavering to rooms_worker using (true) with check (true);
create policy worker_works on diagnostics_waveexclusion to rooms_worker
    using (true) with check (true);
create policy with_its_wave on diagnostics_wavering for select to rooms_web
    using (exists (select from diagnostics_wave w
                   where w.tenant_id = diagnostics_wavering.tenant_id
                     and w.id = diagnostics_wavering.wave_id));
create policy with_its_wave on diagnostics_waveexclusion for select to rooms_web
    using (exists (select from diagnostics_wave w
                   where w.tenant_id = diagnostics_waveexclusion.tenant_id
                     and w.id = diagnostics_waveexclusion.wave_id));
alter table diagnostics_wavering drop constraint diagnostics_wavering_pkey,
    add primary key (tenant_id, id),
    add constraint ring_of_a_wave foreign key (tenant_id, wave_id)
        references diagnostics_wave (tenant_id, id) deferrable initially deferred;
alter table diagnostics_waveexclusion drop constraint diagnostics_waveexclusion_pkey,
    add primary key (tenant_id, id),
    add constraint exclusion_of_a_wave foreign key (tenant_id, wave_id)
        references diagnostics_wave (tenant_id, id) deferrable initially deferred;
grant select on diagnostics_wavering, diagnostics_waveexclusion to rooms_web;
grant select, insert, update, delete on diagnostics_wavering to rooms_worker;
grant select, insert, delete on diagnostics_waveexclusion to rooms_worker;

-- Versions of settings and policies: read by whoever sees health of the tenant or decides for it.
alter table diagnostics_automationpolicy enable row level security, force row level security;
alter table diagnostics_remediationsettings enable row level security, force row level security;
create policy owner_keeps on diagnostics_automationpolicy to rooms_owner
    using (true) with check (true);
create policy owner_keeps on diagnostics_remediationsettings to rooms_owner
    using (true) with check (true);
create policy worker_works on diagnostics_automationpolicy to rooms_worker
    using (true) with check (true);
create policy worker_works on diagnostics_remediationsettings to rooms_worker
    using (true) with check (true);
create policy seen on diagnostics_automationpolicy for select to rooms_web using (
    tenant_id = (select lock.tenant_for('health.view'))
    or proposed_by_id = (select lock.actor())
    or tenant_id = any((select lock.tenants('may_decide'))::uuid[]));
create policy seen on diagnostics_remediationsettings for select to rooms_web using (
    tenant_id = (select lock.tenant_for('health.view'))
    or proposed_by_id = (select lock.actor())
    or tenant_id = any((select lock.tenants('may_decide'))::uuid[]));
create policy proposed on diagnostics_automationpolicy for insert to rooms_web with check (
    tenant_id = (select lock.tenant_for('incident.work'))
    and (select lock.rooms_for('incident.work')) is null);
create policy proposed on diagnostics_remediationsettings for insert to rooms_web with check (
    tenant_id = (select lock.tenant_for('incident.work'))
    and (select lock.rooms_for('incident.work')) is null);
create policy moved on diagnostics_automationpolicy for update to rooms_web
    using (proposed_by_id = (select lock.actor())
           or tenant_id = any((select lock.tenants('may_decide'))::uuid[]));
create policy moved on diagnostics_remediationsettings for update to rooms_web
    using (proposed_by_id = (select lock.actor())
           or tenant_id = any((select lock.tenants('may_decide'))::uuid[]));
alter table diagnostics_automationpolicy drop constraint diagnostics_automationpolicy_pkey,
    add primary key (tenant_id, id);
alter table diagnostics_remediationsettings drop constraint diagnostics_remediationsettings_pkey,
    add primary key (tenant_id, id);
alter table diagnostics_remediation
    add constraint remediation_of_a_policy foreign key (tenant_id, policy_id)
        references diagnostics_automationpolicy (tenant_id, id) deferrable initially deferred;
grant select, insert, update on diagnostics_automationpolicy, diagnostics_remediationsettings
    to rooms_web;
grant select, delete on diagnostics_automationpolicy, diagnostics_remediationsettings
    to rooms_worker;

alter table diagnostics_remediationvote enable row level security, force row level security;
create policy owner_keeps on diagnostics_remediationvote to rooms_owner
    using (true) with check (true);
create policy worker_works on diagnostics_remediationvote to rooms_worker
    using (true) with check (true);
create policy seen on diagnostics_remediationvote for select to rooms_web using (
    tenant_id = (select lock.tenant_for('health.view'))
    or voter_id = (select lock.actor())
    or tenant_id = any((select lock.tenants('may_ask') || lock.tenants('may_decide'))::uuid[]));
create policy voted on diagnostics_remediationvote for insert to rooms_web
    with check (voter_id = (select lock.actor()));
alter table diagnostics_remediationvote drop constraint diagnostics_remediationvote_pkey,
    add primary key (tenant_id, id);
grant select, insert on diagnostics_remediationvote to rooms_web;
grant select, delete on diagnostics_remediationvote to rooms_worker;

-- Notices go out through the worker; nobody else reads them here.
alter table diagnostics_remediationnotice enable row level security, force row level security;
create policy owner_keeps on diagnostics_remediationnotice to rooms_owner
    using (true) with check (true);
create policy worker_works on diagnostics_remediationnotice to rooms_worker
    using (true) with check (true);
create policy written on diagnostics_remediationnotice for insert to rooms_web
    with check ((select lock.actor()) is not null and carried_at is null);
alter table diagnostics_remediationnotice drop constraint diagnostics_remediationnotice_pkey,
    add primary key (tenant_id, id);
grant insert on diagnostics_remediationnotice to rooms_web;
grant select, insert, update, delete on diagnostics_remediationnotice to rooms_worker;

-- A stop is known to everybody who is signed in; it names a tenant by its reference at most.
alter table diagnostics_emergencystop enable row level security, force row level security;
create policy owner_keeps on diagnostics_emergencystop to rooms_owner using (true) with check (true);
create policy worker_works on diagnostics_emergencystop for select to rooms_worker using (true);
create policy worker_forgets on diagnostics_emergencystop for delete to rooms_worker
    using (released_at is not null);
create policy known on diagnostics_emergencystop to rooms_web
    using ((select lock.actor()) is not null) with check ((select lock.actor()) is not null);
grant select, insert, update on diagnostics_emergencystop to rooms_web;
grant select, delete on diagnostics_emergencystop to rooms_worker;
