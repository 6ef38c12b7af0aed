-- Four eyes that cannot be talked round: what rooms_web may write is judged here again, from
-- the signed context and the rows themselves.
-- This file: the limits and moves that the guards judge by.

-- Written by the owner from scopes.py and states.py (migrate_all).
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
