-- What holds for the queue whoever writes it: orders stay as they were made, moves are those of
-- diagnostics/remediation/states.py, and nothing is sent that a grant, a vote or a policy does not
-- cover at that moment. The same is judged in Python first, with better words.

create function diagnostics.may_move_item(was text, next text, mover text) returns boolean
    language sql immutable set search_path = pg_catalog, pg_temp
    as $$
        select exists (select from (values {item_moves}) as m (a, b, who)
                       where m.a = was and m.b = next and m.who = mover)
    $$;

create function diagnostics.may_move_wave(was text, next text, mover text) returns boolean
    language sql immutable set search_path = pg_catalog, pg_temp
    as $$
        select exists (select from (values {wave_moves}) as m (a, b, who)
                       where m.a = was and m.b = next and m.who = mover)
    $$;

-- Whether somebody holds a live grant for the scope in that room; null is the whole tenant.
create function diagnostics.grant_lives(tenant uuid, room uuid, holder uuid, wanted text)
    returns boolean
    language sql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
        select exists (
            select from lock.effective_grant g
            where g.holder_id = holder and g.tenant_id = tenant and wanted = any(g.scopes)
              and (g.whole_tenant or room = any(g.room_ids)))
    $$;

-- Whether an emergency stop holds that action in that tenant: of the queue, or of all access.
create function diagnostics.is_stopped(tenant uuid, what text) returns boolean
    language sql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
        select exists (
            select from diagnostics_emergencystop s
            where s.released_at is null
              and (s.level = 'everything' or s.stopped_tenant_id = tenant
                   or (s.level = 'action' and s.target = what)))
            or exists (select from access_lockout l
                       where l.released_at is null and l.kind = 'tenant' and l.target_id = tenant)
    $$;

-- Distinct people who said yes to exactly this, none of them whoever asked; null after a no.
create function diagnostics.votes_for(tenant uuid, what uuid, of_digest text, asked_by uuid)
    returns bigint
    language sql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
        select case when bool_or(not v.approves) then null
                    else count(distinct v.voter_person) end
        from diagnostics_remediationvote v
        where v.tenant_id = tenant and v.subject_id = what and v.digest = of_digest
          and v.voter_person is distinct from asked_by
    $$;

-- Whether the item may leave now, as far as rights go: the grant, the approval or the policy.
create function diagnostics.is_covered(i diagnostics_remediation) returns boolean
    language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        t timestamptz := lock.now();
        w diagnostics_wave;
    begin
        if i.wave_id is not null then
            select * into w from diagnostics_wave v
            where v.tenant_id = i.tenant_id and v.id = i.wave_id;
            if w.state not in ('running', 'rolling_back')
               or (i.undoes = '' and coalesce(diagnostics.votes_for(
                    w.tenant_id, w.id, w.digest, w.requested_by_person), 0) < w.votes_needed) then
                return false;
            end if;
        end if;
        case i.covered_by
            when 'grant' then
                return diagnostics.grant_lives(
                    i.tenant_id, i.room_id, i.requested_by_id, i.scope);
            when 'approval' then
                if w.id is not null then
                    return t < w.approval_ends_at;
                end if;
                return i.digest <> '' and i.approved_digest = i.digest
                    and t < i.approval_ends_at
                    and t >= i.window_begins_at and t < i.window_ends_at;
            when 'policy' then
                return exists (
                    select from diagnostics_automationpolicy p
                    where p.tenant_id = i.tenant_id and p.id = i.policy_id
                      and p.state = 'in_force' and p.action = i.action
                      and p.parameters = i.parameters);
        end case;
        return false;
    end $$;

create function diagnostics.guard_remediation() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        worker boolean := session_user = 'rooms_worker';
        mutable text[] := '{state,reason_code,state_at,mover,moved_by_label,told,next_at}';
        c lock.context;
        w diagnostics_wave;
        t timestamptz := lock.now();
    begin
        if session_user = 'rooms_owner' then
            return new;
        end if;
        if not worker then
            c := lock.context();
        end if;
        if tg_op = 'INSERT' then
            new.state_at := t;
            if not exists (
                select from rooms_device d
                where d.tenant_id = new.tenant_id and d.id = new.device_id
                  and d.room_id = new.room_id and d.reference = new.device_reference) then
                perform lock.refuse('An item names a device in its room.');
            end if;
            if (new.attempt, new.command_id, new.sent_at, new.outcome) is distinct from
               (1::smallint, null::uuid, null::timestamptz, '') then
                perform lock.refuse('An item begins unsent.');
            end if;
            if worker then
                if new.wave_id is not null then
                    select * into w from diagnostics_wave v
                    where v.tenant_id = new.tenant_id and v.id = new.wave_id;
                    if new.state <> 'proposed' or new.action <> w.action
                       or (new.undoes = '' and (w.state <> 'draft'
                           or new.parameters is distinct from w.parameters))
                       or (new.undoes <> '' and w.state <> 'rolling_back')
                       or (new.requested_by_id, new.requested_by_person, new.covered_by)
                          is distinct from
                          (w.requested_by_id, w.requested_by_person, w.covered_by::varchar) then
                        perform lock.refuse('An item of a wave is as its wave says.');
                    end if;
                elsif new.covered_by <> 'policy' or new.state <> 'approved'
                      or new.requested_by_id is not null
                      or not coalesce(diagnostics.is_covered(new), false) then
                    perform lock.refuse('A worker orders under a policy in force only.');
                end if;
                return new;
            end if;
            if (new.requested_by_id, new.requested_by_person) is distinct from (c.actor, c.person)
            then
                perform lock.refuse('An item is ordered in one''s own name.');
            end if;
            if new.wave_id is not null or new.policy_id is not null
               or (new.covered_by, new.state) not in
                  (('grant', 'approved'), ('approval', 'proposed'))
               or new.approved_digest <> '' or new.approval_ends_at is not null
               or (new.covered_by = 'approval' and new.digest = '') then
                perform lock.refuse('An item begins under a grant, or waits for an approval.');
            end if;
            if not exists (
                select from access_grant g
                join lock.effective_grant e on e.tenant_id = g.tenant_id and e.id = g.id
                where g.tenant_id = new.tenant_id and g.holder_id = c.actor
                  and g.reference = new.grant_reference and new.scope = any(g.scopes)
                  and (g.whole_tenant or new.room_id = any(g.room_ids))) then
                perform lock.refuse('An item is ordered under a live grant for it.');
            end if;
            new.requested_at := t;
            return new;
        end if;
        if worker then
            mutable := mutable || '{attempt,command_id,operation,operations_known,sent_at,accepted_at,running_at,answered_at,observed_at,outcome,detail_code,window_begins_at,window_ends_at}'::text[];
        elsif new.state = 'approved' then
            mutable := mutable || '{approved_digest,approval_ends_at}'::text[];
        end if;
        if worker and new.incident_id is null then
            mutable := mutable || 'incident_id'::text;  -- the incident's own time was over
        end if;
        if (to_jsonb(new) - mutable) is distinct from (to_jsonb(old) - mutable) then
            perform lock.refuse('What was ordered, and by whom, stays as it is.');
        end if;
        if new.state = old.state then
            if not worker then
                perform lock.refuse('Only a move changes an item.');
            end if;
            return new;
        end if;
        new.state_at := t;
        if not (case new.mover
                    when 'system' then worker
                    when 'device' then worker
                    when 'requester' then not worker
                        and c.person is not distinct from old.requested_by_person
                    when 'approver' then not worker
                        and c.person is distinct from old.requested_by_person
                        and coalesce(lock.claims('may_decide:' || old.tenant_id), false)
                    else false end)
           or not diagnostics.may_move_item(old.state, new.state, new.mover) then
            perform lock.refuse('An item does not move from ' || old.state || ' to ' || new.state
                || ' by the ' || new.mover || '.');
        end if;
        if new.state = 'approved' then
            if worker then
                if not exists (select from diagnostics_wave v
                               where v.tenant_id = new.tenant_id and v.id = new.wave_id
                                 and v.state in ('running', 'rolling_back')) then
                    perform lock.refuse('A worker approves nothing but what its wave has planned.');
                end if;
            elsif new.wave_id is not null or new.approved_digest <> old.digest
                  or coalesce(diagnostics.votes_for(
                        old.tenant_id, old.id, old.digest, old.requested_by_person), 0) < 1
                  or new.approval_ends_at is null
                  or new.approval_ends_at > old.window_ends_at + interval '2 days' then
                perform lock.refuse('An item is approved by a vote for exactly this.');
            end if;
        elsif new.state = 'dispatched' then
            if diagnostics.is_stopped(new.tenant_id, new.action) then
                perform lock.refuse('An emergency stop is in force.');
            end if;
            if not coalesce(diagnostics.is_covered(new), false) then
                perform lock.refuse('Nothing covers sending this now.');
            end if;
        end if;
        return new;
    end $$;
create trigger guard before insert or update on diagnostics_remediation
    for each row execute function diagnostics.guard_remediation();

-- The run log writes itself. The words are the step's: the row keeps none.
create function diagnostics.log_step() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        if tg_op = 'INSERT' or new.state <> old.state or new.reason_code <> old.reason_code then
            insert into diagnostics_remediationstep (tenant_id, item_id, room_id, at, was, state,
                reason_code, attempt, mover, moved_by_label, sentence)
            values (new.tenant_id, new.id, new.room_id, lock.now(),
                case tg_op when 'INSERT' then '' else old.state end,
                new.state, new.reason_code, new.attempt, new.mover, new.moved_by_label, new.told);
        end if;
        new.told := '';
        return new;
    end $$;
-- After the guard, by its name.
create trigger log_step before insert or update on diagnostics_remediation
    for each row execute function diagnostics.log_step();

create function diagnostics.guard_wave() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        worker boolean := session_user = 'rooms_worker';
        mutable text[] := '{state,state_at,mover,moved_by_label,why,next_at}';
        c lock.context;
        t timestamptz := lock.now();
    begin
        if session_user = 'rooms_owner' then
            return new;
        end if;
        if not worker then
            c := lock.context();
        end if;
        if tg_op = 'INSERT' then
            if worker
               or (new.requested_by_id, new.requested_by_person) is distinct from (c.actor, c.person)
            then
                perform lock.refuse('A wave is ordered in one''s own name.');
            end if;
            if new.state <> 'draft' or new.digest <> '' or new.approval_ends_at is not null then
                perform lock.refuse('A wave begins as a draft.');
            end if;
            if not exists (
                select from access_grant g
                join lock.effective_grant e on e.tenant_id = g.tenant_id and e.id = g.id
                where g.tenant_id = new.tenant_id and g.holder_id = c.actor and g.whole_tenant
                  and g.reference = new.grant_reference and new.scope = any(g.scopes)) then
                perform lock.refuse('A wave is ordered under a live grant for the whole tenant.');
            end if;
            new.requested_at := t;
            new.state_at := t;
            new.next_at := t;
            return new;
        end if;
        if old.state = 'draft' and worker then
            mutable := mutable || '{digest,votes_needed,planned_at,devices,left_out}'::text[];
        elsif new.state in ('approved', 'rolling_back') then
            mutable := mutable || '{approval_ends_at}'::text[];
        end if;
        if (to_jsonb(new) - mutable) is distinct from (to_jsonb(old) - mutable) then
            perform lock.refuse('What was ordered and planned stays as it is.');
        end if;
        if new.state = old.state then
            if not worker then
                perform lock.refuse('Only a move changes a wave.');
            end if;
            return new;
        end if;
        new.state_at := t;
        if not worker then
            -- What a person has moved, a worker looks at next.
            new.next_at := t;
        end if;
        if not (case new.mover
                    when 'system' then worker
                    when 'requester' then not worker
                        and c.person is not distinct from old.requested_by_person
                    when 'approver' then not worker
                        and c.person is distinct from old.requested_by_person
                        and coalesce(lock.claims('may_decide:' || old.tenant_id), false)
                    else false end)
           or not diagnostics.may_move_wave(old.state, new.state, new.mover) then
            perform lock.refuse('A wave does not move from ' || old.state || ' to ' || new.state
                || ' by the ' || new.mover || '.');
        end if;
        case new.state
            when 'planned' then
                if new.digest = '' or new.planned_at is null then
                    perform lock.refuse('A plan has a digest.');
                end if;
                new.votes_needed := greatest(
                    new.votes_needed, case when new.devices > 10 then 2 else 1 end);
            when 'approved' then
                if coalesce(diagnostics.votes_for(old.tenant_id, old.id, old.digest,
                        old.requested_by_person), 0) < old.votes_needed then
                    perform lock.refuse('A wave is approved by the votes for its plan.');
                end if;
            when 'running' then
                if diagnostics.is_stopped(new.tenant_id, new.action) then
                    perform lock.refuse('An emergency stop is in force.');
                end if;
            else null;
        end case;
        return new;
    end $$;
create trigger guard before insert or update on diagnostics_wave
    for each row execute function diagnostics.guard_wave();

-- Versions of settings and policies: their content never changes, and nobody agrees alone.
create function diagnostics.guard_version() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c lock.context;
        mutable text[] := '{state,state_at,ended_by_label}';
        last integer;
        decides boolean;
        mine boolean;
    begin
        if session_user = 'rooms_owner' then
            return new;
        end if;
        c := lock.context();
        if tg_op = 'INSERT' then
            if (new.proposed_by_id, new.proposed_by_person) is distinct from (c.actor, c.person)
               or new.state <> 'proposed' then
                perform lock.refuse('A version is proposed in one''s own name.');
            end if;
            execute format('select coalesce(max(version), 0) from %I.%I v where v.tenant_id = $1%s',
                tg_table_schema, tg_table_name,
                case tg_table_name when 'diagnostics_automationpolicy'
                    then ' and v.signal = $2' else '' end)
            into last using new.tenant_id, to_jsonb(new) ->> 'signal';
            new.version := last + 1;
            new.proposed_at := lock.now();
            new.state_at := new.proposed_at;
            return new;
        end if;
        if (to_jsonb(new) - mutable) is distinct from (to_jsonb(old) - mutable) then
            perform lock.refuse('A version is never changed; propose another.');
        end if;
        decides := coalesce(lock.claims('may_decide:' || old.tenant_id), false);
        mine := c.person = old.proposed_by_person;
        if not (case old.state || '>' || new.state
                    when 'proposed>in_force' then decides and not mine
                        and coalesce(diagnostics.votes_for(old.tenant_id, old.id, old.digest,
                                old.proposed_by_person), 0) >= 1
                    when 'proposed>refused' then decides and not mine
                    when 'proposed>withdrawn' then mine
                    when 'in_force>replaced' then decides
                    when 'in_force>ended' then decides or mine
                    else false end) then
            perform lock.refuse('A version does not move from ' || old.state || ' to '
                || new.state || ' so.');
        end if;
        new.state_at := lock.now();
        return new;
    end $$;
create trigger guard before insert or update on diagnostics_automationpolicy
    for each row execute function diagnostics.guard_version();
create trigger guard before insert or update on diagnostics_remediationsettings
    for each row execute function diagnostics.guard_version();

create function diagnostics.guard_remediation_vote() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c lock.context;
        asked_by uuid;
        of_digest text;
        waits boolean;
    begin
        if session_user = 'rooms_owner' then
            return new;
        end if;
        c := lock.context();
        case new.subject
            when 'item' then
                select requested_by_person, digest, state = 'proposed' and wave_id is null
                into asked_by, of_digest, waits from diagnostics_remediation
                where tenant_id = new.tenant_id and id = new.subject_id for update;
            when 'wave' then
                select requested_by_person, digest, state = 'planned'
                into asked_by, of_digest, waits from diagnostics_wave
                where tenant_id = new.tenant_id and id = new.subject_id for update;
            when 'policy' then
                select proposed_by_person, digest, state = 'proposed'
                into asked_by, of_digest, waits from diagnostics_automationpolicy
                where tenant_id = new.tenant_id and id = new.subject_id for update;
            when 'settings' then
                select proposed_by_person, digest, state = 'proposed'
                into asked_by, of_digest, waits from diagnostics_remediationsettings
                where tenant_id = new.tenant_id and id = new.subject_id for update;
        end case;
        if not coalesce(waits, false) or of_digest is distinct from new.digest then
            perform lock.refuse('It is not open for votes any more, or it has changed.');
        end if;
        if new.voter_id is distinct from c.actor or new.voter_person is distinct from c.person
           or c.person is not distinct from asked_by
           or not coalesce(lock.claims('may_decide:' || new.tenant_id), false)
           or not coalesce(lock.claims('step_up:remediation:' || new.subject_id), false) then
            perform lock.refuse('Another approver of the tenant votes, with a fresh second factor.');
        end if;
        if lock.is_locked_out(c.person, new.tenant_id) then
            perform lock.refuse('An emergency stop is in force.');
        end if;
        new.voted_at := lock.now();
        return new;
    end $$;
create trigger guard before insert on diagnostics_remediationvote
    for each row execute function diagnostics.guard_remediation_vote();

create function diagnostics.guard_stop() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c lock.context;
    begin
        if session_user = 'rooms_owner' then
            return new;
        end if;
        c := lock.context();
        if tg_op = 'INSERT' then
            if (new.placed_by_id, new.placed_by_person) is distinct from (c.actor, c.person)
               or new.released_at is not null or new.release_asked_at is not null then
                perform lock.refuse('A stop names who placed it.');
            end if;
            if not coalesce(lock.claims('halt'), false) then
                perform lock.refuse('Whoever may ask or decide for a tenant places a stop.');
            end if;
            new.placed_at := lock.now();
            return new;
        end if;
        if old.released_at is not null or not coalesce(lock.claims('stop'), false)
           or (new.id, new.reference, new.level, new.stopped_tenant_id, new.target, new.reason,
               new.placed_by_id, new.placed_by_person, new.placed_by_label, new.placed_at)
              is distinct from
              (old.id, old.reference, old.level, old.stopped_tenant_id, old.target, old.reason,
               old.placed_by_id, old.placed_by_person, old.placed_by_label, old.placed_at) then
            perform lock.refuse('A stop is not changed; approvers release it.');
        end if;
        if old.release_asked_at is null then
            if new.release_asked_by_person is distinct from c.person
               or new.released_at is not null then
                perform lock.refuse('A release is asked for first.');
            end if;
            new.release_asked_at := lock.now();
        else
            if (new.release_asked_by_person, new.release_asked_by_label, new.release_asked_at)
               is distinct from
               (old.release_asked_by_person, old.release_asked_by_label, old.release_asked_at)
               or new.released_by_person is distinct from c.person
               or c.person = old.release_asked_by_person then
                perform lock.refuse('A second person releases a stop.');
            end if;
            new.released_at := lock.now();
        end if;
        return new;
    end $$;
create trigger guard before insert or update on diagnostics_emergencystop
    for each row execute function diagnostics.guard_stop();

grant execute on function
    diagnostics.may_move_item(text, text, text), diagnostics.may_move_wave(text, text, text),
    diagnostics.is_stopped(uuid, text)
    to rooms_web, rooms_worker;
revoke execute on function diagnostics.grant_lives(uuid, uuid, uuid, text) from public;
revoke execute on function diagnostics.votes_for(uuid, uuid, text, uuid) from public;
revoke execute on function diagnostics.is_covered(diagnostics_remediation) from public;
grant execute on function
    diagnostics.grant_lives(uuid, uuid, uuid, text),
    diagnostics.votes_for(uuid, uuid, text, uuid),
    diagnostics.is_covered(diagnostics_remediation)
    to rooms_worker;
