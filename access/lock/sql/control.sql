-- Privileges in the control plane, by table and role. Run after every migration: it takes
-- everything back first, so that a new table is closed until it is named here.

revoke all on all tables in schema public from rooms_web, rooms_device, rooms_worker, rooms_auditor;
revoke all on all sequences in schema public
    from rooms_web, rooms_device, rooms_worker, rooms_auditor;
grant usage on schema public to rooms_web, rooms_device, rooms_worker, rooms_auditor;
revoke all on all functions in schema lock from public;
alter default privileges revoke execute on functions from public;
grant execute on function lock.now() to rooms_web, rooms_device, rooms_worker, rooms_auditor;

-- People and sign-in. Who somebody is, is not changed from a page; how they sign in, is.
grant select on access_staff, access_tenant, access_tenantrelation, access_policyversion,
    access_certificate, auth_group, access_staff_groups, auth_permission, django_content_type,
    guardian_userobjectpermission, guardian_groupobjectpermission to rooms_web;
grant update (password, last_login, theme, density, shortcuts, mail_notices) on access_staff to rooms_web;
grant select on auth_group_permissions, access_staff_user_permissions to rooms_web;
grant select, insert, update, delete on django_session, otp_totp_totpdevice,
    otp_static_staticdevice, otp_static_statictoken, axes_accessattempt, axes_accesslog,
    axes_accessfailurelog, axes_accessattemptexpiration to rooms_web;
grant select, insert, update (used_at) on access_stepup to rooms_web;
grant insert on access_certificate to rooms_web;
grant usage on all sequences in schema public to rooms_web;

-- A page can accept the wording for its reader; training comes from elsewhere.
alter table access_certificate enable row level security, force row level security;
drop policy if exists owner_keeps on access_certificate;
drop policy if exists read on access_certificate;
drop policy if exists accept_wording on access_certificate;
create policy owner_keeps on access_certificate to rooms_owner using (true) with check (true);
create policy read on access_certificate for select to rooms_web using (true);
create policy accept_wording on access_certificate for insert to rooms_web
    with check (kind = 'privacy');

-- The record.
grant select, insert on access_controlevent, access_auditevent, access_auditrepeat to rooms_web;
grant insert on access_controlevent, access_auditevent to rooms_worker;
grant select on access_controlevent, access_auditrepeat to rooms_auditor;
grant select on access_controldisclosure, access_controltile, access_controlcheckpoint,
    access_auditdisclosure, access_regionalleaf, access_regionalhead, access_regionaltile,
    access_regionalcheckpoint to rooms_web;
grant select, insert, delete on access_savedview to rooms_web;
grant select, insert on access_controlleaf to rooms_auditor;
grant select, update on access_controlhead to rooms_auditor;
grant select on access_controlleaf, access_controlhead to rooms_web;
grant select, insert, update on access_controltile, access_controlcheckpoint to rooms_auditor;
grant select on access_controldisclosure to rooms_auditor;
grant execute on function lock.record_state() to rooms_web, rooms_auditor;
grant execute on function lock.record_export(uuid, text, jsonb) to rooms_auditor;

grant execute on function lock.delivery_lag() to rooms_web, rooms_auditor;

-- Requests and grants of the control plane, under the lock as in a region; standing relations are
-- changed by acts on them and by nothing else.
grant select, insert, update on access_accessrequest, access_vote, access_grant, access_lockout
    to rooms_web;
grant select, insert on access_requestmessage, access_relationact to rooms_web;
grant select, insert, update (decision, decided_by_id, decided_by_person_id, decided_by_label)
    on access_policychange to rooms_web;
grant select, update (state, decided_at, version) on access_accessrequest to rooms_worker;
grant select, update (state, closed_at, closed_by_label, close_reason) on access_grant
    to rooms_worker;

-- Checks of standing access: made by the monitor, which logs in as the staff pages do.
grant select, insert on access_standingcheck to rooms_web;

-- Proofs of residency: the worker compares the regions' rows with the directory, and keeps what
-- came of it.
grant select (id, region) on access_tenant to rooms_worker;
grant select, insert on access_residencyproof to rooms_worker;
grant select on access_residencyproof to rooms_web;

-- Notices: people see and mark their own; the worker brings them from the regions and mails them.
grant select, update (seen_at) on access_notice to rooms_web;
grant select, insert, delete, update (mailed_at, mail_attempts, mail_next_at) on access_notice
    to rooms_worker;
grant select (id, email, is_active, mail_notices) on access_staff to rooms_worker;
