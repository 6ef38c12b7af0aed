-- Changes of the access policy: proposed by one person under a grant for policy.manage, published
-- by another under their own. A version follows from that and from nothing else.

alter table access_policychange enable row level security, force row level security;
create policy owner_keeps on access_policychange to rooms_owner using (true) with check (true);
create policy under_a_grant on access_policychange for select to rooms_web
    using ((select lock.opens_control('policy.manage')));
create policy own_proposals on access_policychange for insert to rooms_web
    with check ((select lock.opens_control('policy.manage'))
        and proposed_by_id = (select lock.actor())
        and proposed_by_person_id = (select (lock.context()).person));
create policy own_decisions on access_policychange for update to rooms_web
    using ((select lock.opens_control('policy.manage')))
    with check ((select lock.opens_control('policy.manage'))
        and decided_by_id = (select lock.actor())
        and decided_by_person_id = (select (lock.context()).person));

create function lock.guard_policy_proposal() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        if new.decision <> '' or new.decided_by_id is not null or new.reason !~ '\w.*\w.*\w' then
            perform lock.refuse('A policy is proposed with a reason, and decided by somebody else.');
        end if;
        new.proposed_at := lock.now();
        new.decided_at := null;
        select coalesce(max(number), 0) + 1 into new.number from access_policyversion;
        return new;
    end $$;

create function lock.guard_policy_decision() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        if old.decision <> '' or new.decision not in ('published', 'refused')
           or (new.id, new.number, new.document, new.reason, new.proposed_by_id,
               new.proposed_by_person_id, new.proposed_by_label, new.proposed_at)
              is distinct from
              (old.id, old.number, old.document, old.reason, old.proposed_by_id,
               old.proposed_by_person_id, old.proposed_by_label, old.proposed_at) then
            perform lock.refuse('A proposal is decided once, as it was made.');
        end if;
        new.decided_at := lock.now();
        if new.decision = 'refused' then
            return new;
        end if;
        if new.decided_by_person_id = old.proposed_by_person_id then
            perform lock.refuse('Nobody publishes their own policy.');
        end if;
        if new.number <> (select coalesce(max(number), 0) + 1 from access_policyversion) then
            perform lock.refuse('Another policy was published meanwhile.');
        end if;
        insert into access_policyversion
            (number, document, published_at, proposed_by_id, approved_by_id)
        values (new.number, new.document, new.decided_at, old.proposed_by_id, new.decided_by_id);
        return new;
    end $$;

create trigger guard_insert before insert on access_policychange
    for each row execute function lock.guard_policy_proposal();
create trigger guard_update before update on access_policychange
    for each row execute function lock.guard_policy_decision();
create trigger keep before delete on access_policychange
    for each row execute function lock.keep_record();
create trigger keep_all before truncate on access_policychange
    for each statement execute function lock.keep_record();
-- A version is never changed, by anybody.
create trigger keep before update or delete on access_policyversion
    for each row execute function lock.keep_record();
create trigger keep_all before truncate on access_policyversion
    for each statement execute function lock.keep_record();
