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
grant update (password, last_login, theme, density, shortcuts) on access_staff to rooms_web;
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
grant select, insert on access_controlevent to rooms_web;
grant select on access_controlevent to rooms_auditor;
grant select, insert on access_controlleaf to rooms_auditor;
grant select, update on access_controlhead to rooms_auditor;
grant select on access_controlleaf, access_controlhead to rooms_web;
grant select, insert, update on access_controltile, access_controlcheckpoint to rooms_auditor;
grant select on access_controldisclosure to rooms_auditor;
grant execute on function lock.record_state() to rooms_web, rooms_auditor;
grant execute on function lock.record_export(uuid, text, jsonb) to rooms_auditor;

grant execute on function lock.delivery_lag() to rooms_web, rooms_auditor;

-- Checks of standing access: made by the monitor, which logs in as the staff pages do.
grant select, insert on access_standingcheck to rooms_web;

-- The worker has nothing to do here yet: it labels what the clock ended, in the regions.
