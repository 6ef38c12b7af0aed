-- Guard on the emergency stop.

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

create trigger guard before insert or update on access_lockout
    for each row execute function lock.guard_lockout();
