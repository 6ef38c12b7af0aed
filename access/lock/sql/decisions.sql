-- Four eyes that cannot be talked round: what rooms_web may write about requests, votes,
-- grants and lock-outs is judged here again, from the signed context and the rows themselves.

-- Limits and moves are written by the owner from scopes.py and states.py (migrate_all).
create table lock.scope_limit (
    scope text primary key,
    maximum interval not null,
    votes integer not null check (votes >= 1),
    offered boolean not null
);
create table lock.move (
    thing text not null,
    old text not null,
    new text not null,
    primary key (thing, old, new)
);

create function lock.refuse(sentence text) returns void
    language plpgsql immutable set search_path = pg_catalog, pg_temp
    as $$ begin raise exception '%', sentence using errcode = '42501'; end $$;

create function lock.strictest(scopes text[]) returns interval
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
        -- An unknown scope has no limit row; null then makes every comparison fail closed.
        select case when count(l.scope) = cardinality(scopes) and bool_and(l.offered)
                    then min(l.maximum) end
        from unnest(scopes) s left join lock.scope_limit l on l.scope = s
    $$;

-- At least this many; a policy version may ask for more, never for fewer.
create function lock.votes_needed(scopes text[]) returns integer
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
        select case when count(l.scope) = cardinality(scopes) then max(l.votes) end
        from unnest(scopes) s left join lock.scope_limit l on l.scope = s
    $$;

create function lock.may_move(thing text, old text, new text) returns boolean
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
        select exists (select from lock.move m
                       where m.thing = $1 and m.old = $2 and m.new = $3)
    $$;

-- The key of a room, as access.references.room_key() derives it: a version 8 UUID
-- (RFC 9562, 5.8) of the SHA-256 of tenant and reference.
create function lock.room_key(tenant uuid, reference text) returns uuid
    language plpgsql immutable strict set search_path = pg_catalog, pg_temp
    as $$
    declare
        digest bytea := substr(
            sha256(decode(replace(tenant::text, '-', ''), 'hex')
                   || convert_to(reference, 'UTF8')), 1, 16);
    begin
        digest := set_byte(digest, 6, (get_byte(digest, 6) & 15) | 128);
        digest := set_byte(digest, 8, (get_byte(digest, 8) & 63) | 128);
        return encode(digest, 'hex')::uuid;
    end $$;

-- Approvers read references, and the lock compares keys: they must be of the same rooms.
create function lock.are_rooms(tenant uuid, keys uuid[], room_references text[]) returns boolean
    language sql immutable set search_path = pg_catalog, pg_temp
    as $$
        select cardinality(keys) = cardinality(room_references)
           and not exists (select from unnest(keys, room_references) r(key, reference)
                           where r.key is distinct from lock.room_key(tenant, r.reference))
    $$;

-- Requests -----------------------------------------------------------------------------------

create function lock.guard_request_insert() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c lock.context := lock.context();
        t timestamptz := lock.now();
    begin
        if session_user = 'rooms_owner' then
            return new;
        end if;
        if c.actor is null or new.requester_id <> c.actor
           or new.requester_person_id <> c.person or new.tenant_id is distinct from c.tenant then
            perform lock.refuse('A request is made by its requester, for the tenant in hand.');
        end if;
        if not (lock.claims('may_ask:' || c.tenant) or lock.claims('may_audit:' || c.tenant)) then
            perform lock.refuse('The requester may not ask for this tenant.');
        end if;
        if new.state <> 'submitted' or new.revision <> 1 or new.decided_at is not null then
            perform lock.refuse('A request starts undecided.');
        end if;
        if not coalesce(new.duration > interval '0'
                        and new.duration <= lock.strictest(new.scopes), false) then
            perform lock.refuse('A request asks for offered scopes, within their limit.');
        end if;
        if lock.is_locked_out(c.person, c.tenant) then
            perform lock.refuse('An emergency stop is in force.');
        end if;
        if new.lapses_at > t + interval '24 hours' then
            perform lock.refuse('A request lapses within a day.');
        end if;
        if not lock.are_rooms(new.tenant_id, new.room_ids, new.room_references::text[]) then
            perform lock.refuse('Each room is asked for by its reference.');
        end if;
        new.created_at := t;
        new.votes_needed := greatest(new.votes_needed, lock.votes_needed(new.scopes));
        return new;
    end $$;

create function lock.guard_request_update() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c lock.context := lock.context();
        t timestamptz := lock.now();
        mine boolean := coalesce(old.requester_id = c.actor, false);
        deciding boolean := coalesce(lock.claims('may_decide:' || old.tenant_id)
                                     and old.requester_person_id <> c.person, false);
    begin
        if session_user = 'rooms_owner' then
            return new;
        end if;
        if (new.id, new.tenant_id, new.reference, new.tenant_reference, new.requester_id,
            new.requester_person_id, new.requester_label, new.created_at, new.lapses_at)
           is distinct from
           (old.id, old.tenant_id, old.reference, old.tenant_reference, old.requester_id,
            old.requester_person_id, old.requester_label, old.created_at, old.lapses_at) then
            perform lock.refuse('Who asked for what, and when, does not change.');
        end if;
        if (new.scopes, new.whole_tenant, new.room_ids, new.room_references, new.purpose,
            new.reason, new.incident_reference, new.duration, new.not_before, new.revision,
            new.votes_needed, new.policy_version)
           is distinct from
           (old.scopes, old.whole_tenant, old.room_ids, old.room_references, old.purpose,
            old.reason, old.incident_reference, old.duration, old.not_before, old.revision,
            old.votes_needed, old.policy_version) then
            if not (mine and new.revision = old.revision + 1 and new.state = 'submitted'
                    and old.state in ('submitted', 'in_review', 'question_asked')
                    and t < old.lapses_at) then
                perform lock.refuse('Only the requester changes a request, as a new revision.');
            end if;
            if not coalesce(new.duration > interval '0'
                            and new.duration <= lock.strictest(new.scopes), false) then
                perform lock.refuse('A request asks for offered scopes, within their limit.');
            end if;
            if not lock.are_rooms(new.tenant_id, new.room_ids, new.room_references::text[]) then
                perform lock.refuse('Each room is asked for by its reference.');
            end if;
            if lock.is_locked_out(c.person, old.tenant_id) then
                perform lock.refuse('An emergency stop is in force.');
            end if;
            new.votes_needed := greatest(new.votes_needed, lock.votes_needed(new.scopes));
        end if;
        if new.version < old.version or new.version > old.version + 1
           or (new.state = old.state and new.decided_at is distinct from old.decided_at) then
            perform lock.refuse('The version counts changes, and a decision has its own time.');
        end if;
        if new.state = old.state then
            if not (mine or deciding) or old.decided_at is not null then
                perform lock.refuse('Only the requester or an approver works on an open request.');
            end if;
            return new;
        end if;
        if not lock.may_move('request', old.state, new.state) then
            perform lock.refuse('A request does not move from ' || old.state || ' to ' || new.state);
        end if;
        case new.state
            when 'lapsed' then
                if t < old.lapses_at then
                    perform lock.refuse('The request has not lapsed yet.');
                end if;
            when 'void' then
                -- The claim alone is not enough: the stop itself must stand.
                if session_user <> 'rooms_worker'
                   and not (lock.claims('stop')
                            and lock.is_locked_out(old.requester_person_id, old.tenant_id)) then
                    perform lock.refuse('A request is voided by the system.');
                end if;
            when 'withdrawn' then
                if not mine then
                    perform lock.refuse('The requester withdraws a request.');
                end if;
            when 'submitted' then
                if not mine then
                    perform lock.refuse('The requester changes a request.');
                end if;
            when 'approved' then
                if not exists (select from access_grant g
                               where g.tenant_id = old.tenant_id and g.request_id = old.id) then
                    perform lock.refuse('An approved request has a grant.');
                end if;
            when 'denied' then
                if not exists (select from access_vote v
                               where v.tenant_id = old.tenant_id and v.request_id = old.id
                                 and v.revision = old.revision and v.decision = 'deny'
                                 and not v.superseded and v.not_counted_because = '') then
                    perform lock.refuse('A denied request has a vote against it.');
                end if;
            else
                if not (mine or deciding) then
                    perform lock.refuse('Only the requester or an approver moves a request.');
                end if;
                if t >= old.lapses_at then
                    perform lock.refuse('The request has lapsed.');
                end if;
        end case;
        if new.state in ('approved', 'denied', 'withdrawn', 'lapsed', 'void') then
            new.decided_at := case new.state when 'lapsed' then old.lapses_at else t end;
        end if;
        return new;
    end $$;

-- Votes ----------------------------------------------------------------------------------------

create function lock.guard_vote_insert() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c lock.context := lock.context();
        r access_accessrequest;
    begin
        if session_user = 'rooms_owner' then
            return new;
        end if;
        select * into r from access_accessrequest
        where tenant_id = new.tenant_id and id = new.request_id for update;
        if not found or new.voter_id is distinct from c.actor
           or new.voter_person_id is distinct from c.person
           or not lock.claims('may_decide:' || r.tenant_id)
           or not lock.claims('step_up:vote:' || r.id) then
            perform lock.refuse('A vote is cast by an approver, with a fresh second factor.');
        end if;
        if r.requester_person_id = new.voter_person_id then
            perform lock.refuse('Nobody decides their own request.');
        end if;
        if r.state not in ('submitted', 'in_review', 'question_asked')
           or lock.now() >= r.lapses_at then
            perform lock.refuse('The request is no longer open.');
        end if;
        if new.revision <> r.revision or new.superseded or new.not_counted_because <> '' then
            perform lock.refuse('A vote is about the request as it stands.');
        end if;
        if not (new.scopes <@ r.scopes) or new.duration > r.duration
           or new.duration <= interval '0'
           or (new.decision = 'approve' and cardinality(new.scopes) = 0) then
            perform lock.refuse('An approval is never wider or longer than what was asked.');
        end if;
        if lock.is_locked_out(c.person, r.tenant_id)
           or lock.is_locked_out(r.requester_person_id, r.tenant_id) then
            perform lock.refuse('An emergency stop is in force.');
        end if;
        new.voted_at := lock.now();
        return new;
    end $$;

create function lock.guard_vote_update() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c lock.context := lock.context();
    begin
        if session_user = 'rooms_owner' then
            return new;
        end if;
        -- A vote is history: it may stop counting, and it never starts again.
        if (new.id, new.tenant_id, new.request_id, new.revision, new.voter_id,
            new.voter_person_id, new.voter_label, new.voter_groups, new.decision, new.scopes,
            new.duration, new.reason, new.step_up_method, new.voted_at)
           is distinct from
           (old.id, old.tenant_id, old.request_id, old.revision, old.voter_id,
            old.voter_person_id, old.voter_label, old.voter_groups, old.decision, old.scopes,
            old.duration, old.reason, old.step_up_method, old.voted_at)
           or (old.superseded and not new.superseded)
           or (old.not_counted_because <> '' and new.not_counted_because = '') then
            perform lock.refuse('A vote is never changed.');
        end if;
        -- Nobody takes back another's vote; and only approvers find that one no longer counts.
        if (new.superseded and not old.superseded and c.person is distinct from old.voter_person_id)
           or (new.not_counted_because <> old.not_counted_because
               and not (lock.claims('may_decide:' || old.tenant_id)
                        and old.not_counted_because = ''
                        and not exists (
                            select from access_accessrequest r
                            where r.tenant_id = old.tenant_id and r.id = old.request_id
                              and r.requester_person_id = c.person))) then
            perform lock.refuse('A vote is its voter''s own.');
        end if;
        return new;
    end $$;

-- Grants ---------------------------------------------------------------------------------------

create function lock.guard_grant_insert() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c lock.context := lock.context();
        t timestamptz;
        r access_accessrequest;
        approving integer;
        denying integer;
        shortest interval;
        agreed text[];
    begin
        if session_user = 'rooms_owner' then
            return new;
        end if;
        select * into r from access_accessrequest
        where tenant_id = new.tenant_id and id = new.request_id for update;
        t := lock.now();
        if not found or not coalesce(lock.claims('may_decide:' || r.tenant_id), false) then
            perform lock.refuse('A grant follows from the votes on a request.');
        end if;
        if r.state not in ('submitted', 'in_review') or t >= r.lapses_at then
            perform lock.refuse('The request is no longer open.');
        end if;
        select count(distinct v.voter_person_id) filter (where v.decision = 'approve'),
               count(*) filter (where v.decision = 'deny'),
               min(v.duration) filter (where v.decision = 'approve')
        into approving, denying, shortest
        from access_vote v
        where v.tenant_id = r.tenant_id and v.request_id = r.id and v.revision = r.revision
          and not v.superseded and v.not_counted_because = ''
          and v.voter_person_id <> r.requester_person_id;
        -- Only scopes that every counted approval agrees to.
        select array_agg(s) into agreed from unnest(r.scopes) s
        where not exists (
            select from access_vote v
            where v.tenant_id = r.tenant_id and v.request_id = r.id and v.revision = r.revision
              and not v.superseded and v.not_counted_because = '' and v.decision = 'approve'
              and not s = any(v.scopes));
        if denying > 0
           or not coalesce(approving >= greatest(r.votes_needed, lock.votes_needed(r.scopes)), false)
        then
            perform lock.refuse('The request does not have the votes it needs.');
        end if;
        if (new.holder_id, new.holder_person_id, new.whole_tenant, new.room_ids,
            new.room_references, new.purpose, new.holder_label, new.tenant_reference,
            new.request_reference)
           is distinct from
           (r.requester_id, r.requester_person_id, r.whole_tenant, r.room_ids,
            r.room_references, r.purpose, r.requester_label, r.tenant_reference,
            r.reference)
           or not (new.scopes::text[] <@ coalesce(agreed, '{}')) then
            perform lock.refuse('A grant opens what was asked and agreed, and nothing else.');
        end if;
        if not coalesce(new.duration > interval '0' and new.duration <= shortest
                        and new.duration <= r.duration
                        and new.duration <= lock.strictest(new.scopes), false) then
            perform lock.refuse('A grant is never longer than asked, agreed and allowed.');
        end if;
        if new.state <> 'ready' or new.starts_at is not null or new.ends_at is not null
           or new.closed_at is not null or new.claim_by <= t
           or new.claim_by > greatest(t, coalesce(r.not_before, t)) + interval '24 hours'
           or new.not_before is distinct from r.not_before then
            perform lock.refuse('A grant waits to be started.');
        end if;
        if lock.is_locked_out(r.requester_person_id, r.tenant_id) then
            perform lock.refuse('An emergency stop is in force.');
        end if;
        new.created_at := t;
        return new;
    end $$;

create function lock.guard_grant_update() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c lock.context := lock.context();
        t timestamptz := lock.now();
        mine boolean := coalesce(old.holder_id = c.actor, false);
    begin
        if session_user = 'rooms_owner' then
            return new;
        end if;
        if (new.id, new.tenant_id, new.reference, new.tenant_reference, new.request_id,
            new.request_reference, new.holder_id, new.holder_person_id, new.holder_label,
            new.scopes, new.whole_tenant, new.room_ids, new.room_references, new.purpose, new.duration,
            new.not_before, new.claim_by, new.policy_version, new.created_at)
           is distinct from
           (old.id, old.tenant_id, old.reference, old.tenant_reference, old.request_id,
            old.request_reference, old.holder_id, old.holder_person_id, old.holder_label,
            old.scopes, old.whole_tenant, old.room_ids, old.room_references, old.purpose, old.duration,
            old.not_before, old.claim_by, old.policy_version, old.created_at) then
            perform lock.refuse('What was granted does not change.');
        end if;
        if old.starts_at is not null
           and (new.starts_at is distinct from old.starts_at
                or new.ends_at is null or new.ends_at > old.ends_at) then
            perform lock.refuse('An end only ever moves earlier.');
        end if;
        if new.state = old.state then
            if new is distinct from old then
                perform lock.refuse('A grant changes by its moves only.');
            end if;
            return new;
        end if;
        if not lock.may_move('grant', old.state, new.state) then
            perform lock.refuse('A grant does not move from ' || old.state || ' to ' || new.state);
        end if;
        case new.state
            when 'active' then
                if not (mine and coalesce(lock.claims('step_up:start:' || old.id), false)) then
                    perform lock.refuse('The holder starts a grant, with a fresh second factor.');
                end if;
                if t >= old.claim_by or t < coalesce(old.not_before, t) then
                    perform lock.refuse('The grant cannot be started now.');
                end if;
                if lock.is_locked_out(old.holder_person_id, old.tenant_id) then
                    perform lock.refuse('An emergency stop is in force.');
                end if;
                new.starts_at := t;
                new.ends_at := least(new.ends_at, t + old.duration);
                if new.ends_at <= t then
                    perform lock.refuse('A grant ends after it starts.');
                end if;
            when 'returned' then
                if not mine then
                    perform lock.refuse('The holder returns a grant.');
                end if;
            when 'revoked' then
                if not (coalesce(lock.claims('may_decide:' || old.tenant_id), false)
                        and coalesce(lock.claims('step_up:revoke:' || old.id), false)) then
                    perform lock.refuse('An approver ends another''s grant, with a fresh second factor.');
                end if;
            when 'suspended' then
                -- The claim alone is not enough: the stop itself must stand.
                if not (mine or (lock.claims('stop')
                                 and lock.is_locked_out(old.holder_person_id, old.tenant_id))) then
                    perform lock.refuse('A grant is suspended by a stop, or at its own use.');
                end if;
            when 'ended' then
                if t < old.ends_at then
                    perform lock.refuse('The grant has not ended yet.');
                end if;
            when 'lapsed' then
                if t < old.claim_by then
                    perform lock.refuse('The grant can still be started.');
                end if;
        end case;
        if new.state in ('returned', 'revoked', 'suspended') then
            new.closed_at := t;
            new.closed_by_id := c.actor;
            new.ends_at := case when old.ends_at is null then null
                                else greatest(old.starts_at, least(old.ends_at, t)) end;
        elsif new.state = 'ended' then
            -- The true end, however late the job that labels it.
            new.closed_at := coalesce(old.closed_at, old.ends_at);
        elsif new.state = 'lapsed' then
            new.closed_at := old.claim_by;
        end if;
        return new;
    end $$;

-- Messages ---------------------------------------------------------------------------------------

create function lock.guard_message() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c lock.context := lock.context();
        r access_accessrequest;
    begin
        if session_user = 'rooms_owner' then
            return new;
        end if;
        select * into r from access_accessrequest q
        where q.tenant_id = new.tenant_id and q.id = new.request_id;
        if not found or new.author_id is distinct from c.actor
           or not (r.requester_id = c.actor or lock.claims('may_decide:' || r.tenant_id)) then
            perform lock.refuse('Requester and approvers write to each other, as themselves.');
        end if;
        new.written_at := lock.now();
        return new;
    end $$;

-- The emergency stop -----------------------------------------------------------------------------

create function lock.guard_lockout() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c lock.context := lock.context();
    begin
        if session_user = 'rooms_owner' then
            return new;
        end if;
        if not coalesce(lock.claims('stop'), false) then
            perform lock.refuse('An approver presses or releases an emergency stop.');
        end if;
        if tg_op = 'INSERT' then
            if new.pressed_by_id <> c.actor or new.pressed_by_person_id <> c.person
               or new.released_at is not null or new.release_asked_at is not null then
                perform lock.refuse('A stop names who pressed it.');
            end if;
            new.pressed_at := lock.now();
            return new;
        end if;
        if old.released_at is not null
           or (new.id, new.kind, new.target_id, new.target_label, new.reason, new.pressed_by_id,
               new.pressed_by_person_id, new.pressed_by_label, new.pressed_at)
              is distinct from
              (old.id, old.kind, old.target_id, old.target_label, old.reason, old.pressed_by_id,
               old.pressed_by_person_id, old.pressed_by_label, old.pressed_at) then
            perform lock.refuse('A stop is not changed.');
        end if;
        if old.release_asked_at is null then
            if new.release_asked_by_person_id is distinct from c.person
               or new.released_at is not null then
                perform lock.refuse('A release is asked for first.');
            end if;
            new.release_asked_at := lock.now();
        else
            if (new.release_asked_by_person_id, new.release_asked_by_label, new.release_asked_at)
               is distinct from (old.release_asked_by_person_id, old.release_asked_by_label,
                                 old.release_asked_at)
               or new.released_by_person_id is distinct from c.person
               or c.person = old.release_asked_by_person_id
               or (old.kind = 'person' and c.person = old.target_id) then
                perform lock.refuse('A second person releases a stop.');
            end if;
            new.released_at := lock.now();
        end if;
        return new;
    end $$;

create trigger guard_insert before insert on access_accessrequest
    for each row execute function lock.guard_request_insert();
create trigger guard_update before update on access_accessrequest
    for each row execute function lock.guard_request_update();
create trigger guard_insert before insert on access_vote
    for each row execute function lock.guard_vote_insert();
create trigger guard_update before update on access_vote
    for each row execute function lock.guard_vote_update();
create trigger guard_insert before insert on access_grant
    for each row execute function lock.guard_grant_insert();
create trigger guard_update before update on access_grant
    for each row execute function lock.guard_grant_update();
create trigger guard before insert on access_requestmessage
    for each row execute function lock.guard_message();
create trigger guard before insert or update on access_lockout
    for each row execute function lock.guard_lockout();
