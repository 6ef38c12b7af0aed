-- Guards on votes.

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

create trigger guard_insert before insert on access_vote
    for each row execute function lock.guard_vote_insert();
create trigger guard_update before update on access_vote
    for each row execute function lock.guard_vote_update();
