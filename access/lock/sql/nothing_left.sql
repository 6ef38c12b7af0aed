-- A grant ends before its time when what it names is gone. The rooms app says what that means, by
-- putting its own function in place of this one; until then nothing is ever gone.
create function lock.has_nothing_left(g access_grant) returns boolean
    language sql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$ select false $$;
revoke execute on function lock.has_nothing_left(access_grant) from public;

create or replace function lock.guard_grant_update() returns trigger
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
                if t < old.ends_at and not lock.has_nothing_left(old) then
                    perform lock.refuse('The grant has not ended yet.');
                end if;
            when 'lapsed' then
                if t < old.claim_by and not lock.has_nothing_left(old) then
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
            new.ends_at := greatest(old.starts_at, least(old.ends_at, t));
            new.closed_at := coalesce(old.closed_at, new.ends_at);
        elsif new.state = 'lapsed' then
            new.closed_at := least(old.claim_by, t);
        end if;
        return new;
    end $$;
