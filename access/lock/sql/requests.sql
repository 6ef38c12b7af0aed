-- Guards on requests, and on what requester and approvers write to each other.

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

create trigger guard_insert before insert on access_accessrequest
    for each row execute function lock.guard_request_insert();
create trigger guard_update before update on access_accessrequest
    for each row execute function lock.guard_request_update();
create trigger guard before insert on access_requestmessage
    for each row execute function lock.guard_message();
