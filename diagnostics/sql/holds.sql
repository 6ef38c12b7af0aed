-- Legal holds: placed by one person, confirmed by another, released by two; and what they keep.
-- A hold counts from the moment it is placed, for what is destroyed cannot be had back; one that
-- nobody confirms lapses.

create function diagnostics.guard_hold() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        c lock.context;
        t timestamptz := lock.now();
    begin
        if session_user = 'rooms_owner' then
            return new;
        end if;
        c := lock.context();
        if c.actor is null then
            perform lock.refuse('A hold is a person''s act.');
        end if;
        if tg_op = 'INSERT' then
            -- Whoever destroys rows of the tenant holds the other side of this until they are gone.
            perform pg_advisory_xact_lock(214693, hashtext(new.tenant_id::text));
            if (new.placed_by_id, new.placed_by_person) is distinct from (c.actor, c.person) then
                perform lock.refuse('A hold is placed in one''s own name.');
            end if;
            if new.confirmed_at is not null or new.release_asked_at is not null
               or new.released_at is not null then
                perform lock.refuse('A hold begins unconfirmed.');
            end if;
            if (new.reach = 'room' and not exists (
                    select from rooms_room r
                    where r.tenant_id = new.tenant_id and r.id = new.reach_id))
               or (new.reach = 'collection' and not exists (
                    select from diagnostics_collection o
                    where o.tenant_id = new.tenant_id and o.id = new.reach_id)) then
                perform lock.refuse('There is no such room or collection.');
            end if;
            new.placed_at := lock.now();
            new.lapses_at := new.placed_at + interval '3 days';
            return new;
        end if;
        if (new.id, new.tenant_id, new.reference, new.tenant_reference, new.reach, new.reach_id,
            new.reach_reference, new.reason, new.grant_reference, new.placed_by_id,
            new.placed_by_person, new.placed_by_label, new.placed_at, new.lapses_at)
           is distinct from
           (old.id, old.tenant_id, old.reference, old.tenant_reference, old.reach, old.reach_id,
            old.reach_reference, old.reason, old.grant_reference, old.placed_by_id,
            old.placed_by_person, old.placed_by_label, old.placed_at, old.lapses_at) then
            perform lock.refuse('What is held, by whom and why, does not change.');
        end if;
        if old.released_at is not null then
            perform lock.refuse('A released hold does not come back; place another one.');
        end if;
        if old.confirmed_at is null then
            if new.confirmed_at is null or new.release_asked_at is not null
               or new.released_at is not null then
                perform lock.refuse('A hold is confirmed before anything else.');
            end if;
            if t >= old.lapses_at then
                perform lock.refuse('The hold has lapsed; place another one.');
            end if;
            if c.person = old.placed_by_person or new.confirmed_by_person is distinct from c.person
            then
                perform lock.refuse('Somebody else confirms a hold, in their own name.');
            end if;
            new.confirmed_at := t;
            return new;
        end if;
        if (new.confirmed_at, new.confirmed_by_person, new.confirmed_by_label) is distinct from
           (old.confirmed_at, old.confirmed_by_person, old.confirmed_by_label) then
            perform lock.refuse('A confirmation stays.');
        end if;
        if new.released_at is not null then
            if old.release_asked_at is null
               or (new.release_asked_at, new.release_asked_by_person, new.release_reason)
                  is distinct from
                  (old.release_asked_at, old.release_asked_by_person, old.release_reason)
               or c.person = old.release_asked_by_person
               or new.released_by_person is distinct from c.person then
                perform lock.refuse('Two people release a hold: one asks, another agrees.');
            end if;
            new.released_at := t;
        elsif new.release_asked_at is not null then
            if old.release_asked_at is not null or new.release_reason = ''
               or new.release_asked_by_person is distinct from c.person then
                perform lock.refuse('Asking for a release takes a reason, in one''s own name.');
            end if;
            new.release_asked_at := t;
        elsif old.release_asked_at is null then
            perform lock.refuse('Nothing was asked.');
        end if;
        return new;
    end $$;
create trigger guard before insert or update on diagnostics_legalhold
    for each row execute function diagnostics.guard_hold();
create trigger keep before delete on diagnostics_legalhold
    for each row execute function diagnostics.keep();

-- Whether a hold is in force that keeps this: any of the tenant, or of the room or collection.
create function diagnostics.is_held(tenant uuid, room uuid, collection uuid) returns boolean
    language sql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
        select exists (
            select from diagnostics_legalhold h
            where h.tenant_id = tenant and h.released_at is null
              and (h.confirmed_at is not null or lock.now() < h.lapses_at)
              and (h.reach = 'tenant' or (h.reach = 'room' and h.reach_id = room)
                   or (h.reach = 'collection' and h.reach_id = collection)))
    $$;

-- Whether any hold of the tenant is in force.
create function diagnostics.holds_any(tenant uuid) returns boolean
    language sql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
        select exists (
            select from diagnostics_legalhold h
            where h.tenant_id = tenant and h.released_at is null
              and (h.confirmed_at is not null or lock.now() < h.lapses_at))
    $$;

-- After a statement that deleted rows: nothing held may be among them. A statement names one
-- tenant in practice; with no hold in force, which is nearly always, this is one look at an index.
create function diagnostics.refuse_held_rows() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        whose uuid;
        held boolean;
    begin
        for whose in select distinct g.tenant_id from gone g loop
            perform pg_advisory_xact_lock_shared(214693, hashtext(whose::text));
            if not diagnostics.holds_any(whose) then
                continue;
            end if;
            if tg_argv[0] = 'collection' then
                select exists (select from gone g where g.tenant_id = whose
                    and diagnostics.is_held(g.tenant_id, g.room_id, g.id)) into held;
            elsif tg_argv[0] = 'of_collection' then
                select exists (select from gone g where g.tenant_id = whose
                    and diagnostics.is_held(g.tenant_id, g.room_id, g.collection_id)) into held;
            else
                select exists (
                    select from (select distinct g.room_id, g.file_id from gone g
                                 where g.tenant_id = whose) d
                    left join diagnostics_collectionfile f
                           on f.tenant_id = whose and f.id = d.file_id
                    where diagnostics.is_held(whose, d.room_id, f.collection_id)) into held;
            end if;
            if held then
                perform lock.refuse('A legal hold keeps this.');
            end if;
        end loop;
        return null;
    end $$;

create trigger held after delete on diagnostics_logentry referencing old table as gone
    for each statement execute function diagnostics.refuse_held_rows('of_file');
create trigger held after delete on diagnostics_logword referencing old table as gone
    for each statement execute function diagnostics.refuse_held_rows('of_file');
create trigger held after delete on diagnostics_loghour referencing old table as gone
    for each statement execute function diagnostics.refuse_held_rows('of_file');
create trigger held after delete on diagnostics_logmask referencing old table as gone
    for each statement execute function diagnostics.refuse_held_rows('of_file');
create trigger held after delete on diagnostics_systemquery referencing old table as gone
    for each statement execute function diagnostics.refuse_held_rows('of_file');
create trigger held after delete on diagnostics_activityentry referencing old table as gone
    for each statement execute function diagnostics.refuse_held_rows('of_file');
create trigger held after delete on diagnostics_download referencing old table as gone
    for each statement execute function diagnostics.refuse_held_rows('of_file');
create trigger held after delete on diagnostics_collectionfile referencing old table as gone
    for each statement execute function diagnostics.refuse_held_rows('of_collection');
create trigger held after delete on diagnostics_collectionpart referencing old table as gone
    for each statement execute function diagnostics.refuse_held_rows('of_collection');
create trigger held after delete on diagnostics_collection referencing old table as gone
    for each statement execute function diagnostics.refuse_held_rows('collection');

-- A file that is marked as destroyed is not shown any more, and then goes.
create function diagnostics.refuse_held_file() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        perform pg_advisory_xact_lock_shared(214693, hashtext(new.tenant_id::text));
        if diagnostics.is_held(new.tenant_id, new.room_id, new.collection_id) then
            perform lock.refuse('A legal hold keeps this.');
        end if;
        return new;
    end $$;
create trigger held_file before update of destroyed_at on diagnostics_collectionfile
    for each row when (new.destroyed_at is not null and old.destroyed_at is null)
    execute function diagnostics.refuse_held_file();

-- A key is destroyed only where it opens nothing that is held: the tenant's own, the one for
-- words, and that of the month in which a held file was stored.
create function diagnostics.refuse_held_key() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        perform pg_advisory_xact_lock_shared(214693, hashtext(old.tenant_id::text));
        if not diagnostics.holds_any(old.tenant_id) then
            return case tg_op when 'DELETE' then old else new end;
        end if;
        if diagnostics.is_held(old.tenant_id, null, null) or exists (
            select from diagnostics_collectionfile f
            where f.tenant_id = old.tenant_id
              and (old.month is null or date_trunc('month', f.made_at at time zone 'UTC')
                                        = old.month)
              and diagnostics.is_held(f.tenant_id, f.room_id, f.collection_id))
        then
            perform lock.refuse('A legal hold keeps this key.');
        end if;
        return case tg_op when 'DELETE' then old else new end;
    end $$;
create trigger held before update of destroyed_at on diagnostics_contentkey
    for each row when (new.destroyed_at is not null and old.destroyed_at is null)
    execute function diagnostics.refuse_held_key();
create trigger held before update of destroyed_at on diagnostics_activitykey
    for each row when (new.destroyed_at is not null and old.destroyed_at is null)
    execute function diagnostics.refuse_held_key();
-- The row of a destroyed key may go; that of one in use never goes at all.
create function diagnostics.refuse_live_key() returns trigger
    language plpgsql set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        if old.destroyed_at is null and session_user <> 'rooms_owner' then
            perform lock.refuse('A key is destroyed before its row goes.');
        end if;
        return old;
    end $$;
create trigger live before delete on diagnostics_contentkey
    for each row execute function diagnostics.refuse_live_key();
create trigger live before delete on diagnostics_activitykey
    for each row execute function diagnostics.refuse_live_key();
