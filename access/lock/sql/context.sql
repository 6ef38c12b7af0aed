-- The signed context: who acts, on which tenant, under which audit event, until when.
-- A plain setting is worth nothing; these functions believe only what carries a good MAC.

create table lock.setting (
    name text primary key,
    value text not null
);

-- HMAC-SHA-256 (RFC 2104) with the built-in sha256(): the padded keys are kept ready-made.
create table lock.key (
    kid text primary key,
    inner_pad bytea not null check (length(inner_pad) = 64),
    outer_pad bytea not null check (length(outer_pad) = 64),
    retired_at timestamptz
);

create type lock.context as (
    actor uuid,
    person uuid,
    session text,
    tenant uuid,
    room uuid,
    claims text[],
    event uuid
);

-- The verified context that a token holds, or null for no token.
-- Raises 28000 for one that is malformed, forged, expired, of another backend or region, and
-- where rows could outlive the check: inside a cursor, or under a snapshot of the past.
-- It runs for every locked table of every statement. So it is one function without helpers, and
-- without rights or a path of its own: only the owner's functions call it, under theirs. They all
-- have the same path: under another one PostgreSQL would plan each of these lines anew.
create function lock.read(token text) returns lock.context
    language plpgsql stable parallel restricted
    as $$
    declare
        part text[];
        signed text;
        mac text;
        region text;
        cursors boolean;
    begin
        if coalesce(token, '') = '' then
            return null;
        end if;
        part := string_to_array(token, '|');
        if coalesce(array_length(part, 1), 0) <> 13 or part[1] <> '2' then
            raise exception 'The signed context is malformed.' using errcode = '28000';
        end if;
        signed := left(token, length(token) - length(part[13]) - 1);
        -- All that stands in tables comes in one query: this is most of what the lock costs.
        select encode(
                   sha256(k.outer_pad || sha256(k.inner_pad || convert_to(signed, 'UTF8'))), 'hex'),
               (select s.value from lock.setting s where s.name = 'region'),
               exists (select from pg_cursor() where name <> '')
        into mac, region, cursors
        from lock.key k where k.kid = part[2] and k.retired_at is null;
        if not found then
            raise exception 'The signed context names an unknown key.' using errcode = '28000';
        end if;
        if mac is distinct from part[13] then
            raise exception 'The signed context is forged.' using errcode = '28000';
        end if;
        if part[11] is distinct from pg_backend_pid()::text then
            raise exception 'The signed context belongs to another connection.'
                using errcode = '28000';
        end if;
        -- Real time, also when a test holds lock.now() still: this is about replay, not access.
        if extract(epoch from clock_timestamp()) >= part[12]::float8 then
            raise exception 'The signed context has expired.' using errcode = '28000';
        end if;
        if part[3] is distinct from region then
            raise exception 'The signed context is for another region.' using errcode = '28000';
        end if;
        -- An older snapshot would not see that a grant was revoked meanwhile.
        if current_setting('transaction_isolation') <> 'read committed' then
            raise exception 'The lock is read under read committed only.' using errcode = '28000';
        end if;
        -- A cursor is checked once and gives out rows later, WITH HOLD even to the next user of
        -- the connection. The unnamed portal is the statement that runs now.
        if cursors then
            raise exception 'No cursor is open while the lock is read.' using errcode = '28000';
        end if;
        return row(
            part[4]::uuid, part[5]::uuid, part[6], nullif(part[7], '')::uuid,
            nullif(part[8], '')::uuid, string_to_array(nullif(part[9], ''), ','),
            nullif(part[10], '')::uuid
        )::lock.context;
    end $$;

create function lock.context() returns lock.context
    language plpgsql stable security definer parallel restricted
    set search_path = pg_catalog, public, pg_temp
    as $$ begin return lock.read(current_setting('lock.context', true)); end $$;

create function lock.actor() returns uuid
    language plpgsql stable security definer parallel restricted
    set search_path = pg_catalog, public, pg_temp
    as $$ begin return (lock.read(current_setting('lock.context', true))).actor; end $$;

-- Whether the signed context carries the claim, word for word.
create function lock.claims(wanted text) returns boolean
    language plpgsql stable security definer parallel restricted
    set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        return coalesce(
            wanted = any((lock.read(current_setting('lock.context', true))).claims), false);
    end $$;

-- The tenants that the context names for a relation: claims such as "may_decide:<uuid>".
create function lock.tenants(relation text) returns uuid[]
    language sql stable security definer parallel restricted
    set search_path = pg_catalog, public, pg_temp
    as $$
        select coalesce(array_agg(split_part(claim, ':', 2)::uuid), '{}')
        from unnest((lock.context()).claims) claim
        where split_part(claim, ':', 1) = relation
    $$;
