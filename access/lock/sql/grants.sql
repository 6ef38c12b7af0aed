-- Guards on grants.

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

create trigger guard_insert before insert on access_grant
    for each row execute function lock.guard_grant_insert();
create trigger guard_update before update on access_grant
    for each row execute function lock.guard_grant_update();
