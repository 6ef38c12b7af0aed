-- What the record needs to be verified from outside: disclosures, tiles, checkpoints.
-- {event} {leaf} {head} {disclosure} {tile} {checkpoint} are the tables of this plane's log.

-- After the insert, so that a repeated view (on conflict do nothing) is not staged again.
-- The disclosure of the actor's name (RFC 9901, section 4.2.1: [salt, name, value] in base64url,
-- the salt of 128 random bits) is made here and not by the writer: none is forgotten, and none is
-- added later. What the system does by itself is nobody's name. All in one function: every act
-- waits for it.
create or replace function lock.stage_event() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        salt text;
        said bytea;
    begin
        insert into lock.staged (event_id, staged_at) values (new.id, new.recorded_at);
        if new.actor_id is not null and new.actor_label <> '' then
            salt := rtrim(translate(encode(substr(
                sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 1, 16),
                'base64'), E'+/\n', '-_'), '=');
            said := convert_to(
                json_build_array(salt, 'actor_label', new.actor_label)::text, 'UTF8');
            insert into {disclosure} (event_id, name, disclosure) values (
                new.id, 'actor_label',
                rtrim(translate(encode(said, 'base64'), E'+/\n', '-_'), '='));
        end if;
        return null;
    end $$;

-- A tile keeps the hashes it has; more may follow.
create function lock.grow_tile() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
    as $$
    begin
        if (new.level, new.number) is distinct from (old.level, old.number)
           or substr(new.hashes, 1, length(old.hashes)) <> old.hashes then
            raise exception 'A tile only grows.' using errcode = '42501';
        end if;
        return new;
    end $$;

-- A checkpoint stays as it was published; cosignatures are added to it.
create function lock.cosign_checkpoint() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
    as $$
    begin
        if (new.size, new.root, new.note, new.keys, new.published_at)
           is distinct from (old.size, old.root, old.note, old.keys, old.published_at)
           or new.cosignatures[1:cardinality(old.cosignatures)] <> old.cosignatures then
            raise exception 'A checkpoint is not changed.' using errcode = '42501';
        end if;
        return new;
    end $$;

create trigger grow before update on {tile}
    for each row execute function lock.grow_tile();
create trigger keep before delete on {tile}
    for each row execute function lock.keep_record();
create trigger keep_all before truncate on {tile}
    for each statement execute function lock.keep_record();
create trigger cosign before update on {checkpoint}
    for each row execute function lock.cosign_checkpoint();
create trigger keep before delete on {checkpoint}
    for each row execute function lock.keep_record();
create trigger keep_all before truncate on {checkpoint}
    for each statement execute function lock.keep_record();
create trigger keep before update on {disclosure}
    for each row execute function lock.keep_record();
create trigger keep_all before truncate on {disclosure}
    for each statement execute function lock.keep_record();

-- An event stays as it is, except for the name in it, which the law may ask to have taken out.
-- The leaf holds only the name's digest: the tree does not change.
create function lock.keep_event() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
    as $$
    begin
        if new.actor_label = '' then
            new.actor_label := old.actor_label;
            if new is not distinct from old then
                new.actor_label := '';
                return new;
            end if;
        end if;
        raise exception 'The record is append-only.' using errcode = '42501';
    end $$;
drop trigger keep on {event};
create trigger keep before delete on {event}
    for each row execute function lock.keep_record();
create trigger keep_but_the_name before update on {event}
    for each row execute function lock.keep_event();

-- Take a person's name out of this record, and record that. For the owner only: no process role
-- may call it. Returns how many events held the name.
create function lock.erase_name(of_actor uuid, basis text) returns bigint
    language plpgsql volatile set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        erased bigint;
    begin
        delete from {disclosure} d using {event} e
        where e.id = d.event_id and e.actor_id = of_actor and d.name = 'actor_label';
        update {event} set actor_label = '' where actor_id = of_actor and actor_label <> '';
        get diagnostics erased = row_count;
        insert into {event} (id, recorded_at, type, outcome, actor_label, session,
            tenant_reference, scopes, grant_references, purpose, subject_type, subject_reference,
            detail)
        values (gen_random_uuid(), lock.now(), 'disclosure.redacted', 'ok', 'Rooms Ops', '', '',
            '{{}}', '{{}}', '', 'person', of_actor::text,
            jsonb_build_object('name', 'actor_label', 'basis', basis, 'events', erased));
        return erased;
    end $$;

-- How the log is doing: sizes and seconds, and nothing of what is in it.
create function lock.record_state(
        out staged bigint, out oldest_seconds float8, out size bigint, out signed bigint,
        out unsigned_seconds float8, out checked_seconds float8, out problem text)
    language sql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
        select s.staged, s.oldest_seconds, h.size, c.signed,
               case when h.size > c.signed then extract(epoch from lock.now() - coalesce(
                   (select e.recorded_at from {leaf} l join {event} e on e.id = l.event_id
                    where l.position = c.signed), h.updated_at))::float8
               else 0 end,
               extract(epoch from lock.now() - h.checked_at)::float8, h.check_problem
        from {head} h,
             (select count(*) staged,
                     coalesce(extract(epoch from lock.now() - min(staged_at)), 0)::float8
                         oldest_seconds from lock.staged) s,
             (select coalesce(max(k.size), 0) signed from {checkpoint} k) c
        where h.id = 1
    $$;

-- Handing out the record is itself recorded, also when a command does it.
create function lock.record_export(of_tenant uuid, reference text, what jsonb) returns void
    language sql volatile security definer set search_path = pg_catalog, public, pg_temp
    as $$
        insert into {event} (id, recorded_at, type, outcome, actor_label, session, tenant_id,
            tenant_reference, scopes, grant_references, purpose, subject_type, subject_reference,
            detail)
        values (gen_random_uuid(), lock.now(), 'record.exported', 'ok', 'Rooms Ops', '', of_tenant,
            reference, '{{}}', '{{}}', '', '', '', what)
    $$;

grant select, insert, update on {tile}, {checkpoint} to rooms_auditor;
grant select on {disclosure} to rooms_auditor;
revoke all on function lock.record_state(), lock.record_export(uuid, text, jsonb),
    lock.erase_name(uuid, text) from public;
grant execute on function lock.record_state() to rooms_web, rooms_auditor;
grant execute on function lock.record_export(uuid, text, jsonb) to rooms_auditor;
