-- Which keys sign a log from now on. The signer says so itself, for nobody else knows; the words
-- are public, as the keys are.
create function lock.record_keys(what jsonb) returns void
    language sql volatile security definer set search_path = pg_catalog, public, pg_temp
    as $$
        insert into {event} (id, recorded_at, type, outcome, actor_label, session, tenant_id,
            tenant_reference, scopes, grant_references, purpose, subject_type, subject_reference,
            detail)
        values (gen_random_uuid(), lock.now(), 'record.keys_changed', 'ok', 'Rooms Ops', '', null,
            '', '{{}}', '{{}}', '', '', '', what)
    $$;
revoke execute on function lock.record_keys(jsonb) from public;
grant execute on function lock.record_keys(jsonb) to rooms_auditor;
