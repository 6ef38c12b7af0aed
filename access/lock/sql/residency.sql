-- What compliance pages count, and what the proof of residency goes by: tables, tenants, numbers
-- and times. Nothing here gives out what stands in a row.

-- The tables whose rows are of tenants. Partitions belong to their table.
create function lock.tenant_tables() returns table (name text)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
        select c.relname::text from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
            and not a.attisdropped and a.atttypid = 'uuid'::regtype
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
          and not c.relispartition
        order by 1
    $$;

-- How many rows of one table each tenant has; the worker compares them with the directory.
-- What is of no tenant (a refusal in the record before one was named) is counted under null.
create function lock.rows_by_tenant(of_table text) returns table (tenant uuid, number bigint)
    language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
    begin
        if not exists (select from lock.tenant_tables() t where t.name = of_table) then
            raise exception 'No table of tenants is called %.', of_table using errcode = '42P01';
        end if;
        return query execute format(
            'select t.tenant_id, count(*) from public.%I t group by t.tenant_id', of_table);
    end $$;

-- The oldest time in a column of the tenant's rows, or null. The partitions of a table are asked
-- from the oldest on, until one has any. Only times: an error would quote anything else.
create function lock.oldest(of_table text, in_column text, tenant uuid) returns timestamptz
    language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        part text;
        found timestamptz;
    begin
        if not exists (
            select from pg_attribute a
            where a.attrelid = format('public.%I', of_table)::regclass and a.attname = in_column
              and not a.attisdropped
              and a.atttypid in ('timestamptz'::regtype, 'date'::regtype)) then
            return null;
        end if;
        for part in
            select c.oid::regclass::text from pg_class c
            where c.oid = format('public.%I', of_table)::regclass and c.relkind = 'r'
               or c.oid in (select i.inhrelid from pg_inherits i
                            where i.inhparent = format('public.%I', of_table)::regclass)
            order by substring(pg_get_expr(c.relpartbound, c.oid) from 'FROM \(''([^'']+)')
                nulls first
        loop
            execute format('select min(t.%I)::timestamptz from %s t where t.tenant_id = $1',
                in_column, part) into found using tenant;
            exit when found is not null;
        end loop;
        return found;
    end $$;

-- How much is stored of the tenant in hand, under a grant for the whole tenant's record: rows
-- counted up to `most`, and the oldest by the column beside the table ('' for none). A name that
-- is no table of tenants here is left out.
create function lock.stored(tables text[], columns text[], most integer)
    returns table (name text, number bigint, oldest timestamptz)
    language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        tenant uuid := lock.tenant_for('audit.view');
        at integer;
    begin
        if tenant is null or lock.rooms_for('audit.view') is not null then
            return;
        end if;
        for at, name in
            select g.place, t.name from unnest(tables) with ordinality g(name, place)
            join lock.tenant_tables() t on t.name = g.name order by g.place
        loop
            execute format('select count(*) from (select from public.%I t where t.tenant_id = $1'
                ' limit $2) counted', name) into number using tenant, most;
            oldest := case when number > 0 then lock.oldest(name, columns[at], tenant) end;
            return next;
        end loop;
    end $$;

-- Who could look at the tenant in hand at this moment: people by scope, counted.
create function lock.open_scopes() returns table (scope text, people bigint, until timestamptz)
    language sql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
        select s.scope, count(distinct g.holder_id), max(g.ends_at)
        from lock.effective_grant g, unnest(g.scopes) s(scope)
        where g.tenant_id = (select lock.tenant_for('audit.view'))
          and (select lock.rooms_for('audit.view')) is null
        group by s.scope
    $$;

revoke all on function lock.tenant_tables(), lock.rows_by_tenant(text),
    lock.oldest(text, text, uuid), lock.stored(text[], text[], integer), lock.open_scopes()
    from public;
grant execute on function lock.tenant_tables(), lock.rows_by_tenant(text) to rooms_worker;
grant execute on function lock.stored(text[], text[], integer), lock.open_scopes() to rooms_web;
