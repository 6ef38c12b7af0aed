-- Standing relations: changed by an act under a grant for people.manage, with a reason; kept by a
-- review; suspended by themselves when no review has kept them in time.

-- A review is of a quarter, and has 30 days of it (GRACE in access/relations.py). What was neither
-- given, kept nor restored since the last quarter whose review is over does not count.
create function lock.confirmed_since() returns timestamptz
    language sql stable parallel safe set search_path = pg_catalog, pg_temp
    as $$
        select date_trunc('quarter', (lock.now() - interval '30 days') at time zone 'UTC')
               at time zone 'UTC'
    $$;

alter table access_tenantrelation enable row level security, force row level security;
create policy owner_keeps on access_tenantrelation to rooms_owner using (true) with check (true);
-- No page sees a suspended relation, whoever asks and whatever it forgot to ask.
create policy confirmed_in_time on access_tenantrelation for select to rooms_web
    using (confirmed_at >= (select lock.confirmed_since()));

-- Those that are suspended, to be shown as such; they count for nothing.
create function lock.suspended_relations() returns table (
        staff_id uuid, tenant_id uuid, relation text, confirmed_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
        select r.user_id, r.content_object_id, p.codename::text, r.confirmed_at
        from access_tenantrelation r join auth_permission p on p.id = r.permission_id
        where r.confirmed_at < lock.confirmed_since()
        order by r.confirmed_at, r.id
    $$;

-- The tenants that the context's actor may audit, by the relations and not by what is claimed.
create function lock.audited() returns uuid[]
    language sql stable security definer set search_path = pg_catalog, public, pg_temp
    as $$
        select coalesce(array_agg(r.content_object_id), '{}')
        from access_tenantrelation r
        join auth_permission p on p.id = r.permission_id and p.codename = 'may_audit'
        join access_staff s on s.id = r.user_id and s.is_active
        where r.user_id = lock.actor() and r.confirmed_at >= lock.confirmed_since()
    $$;

alter table access_relationact enable row level security, force row level security;
create policy owner_keeps on access_relationact to rooms_owner using (true) with check (true);
create policy reviewed_or_managed on access_relationact for select to rooms_web
    using ((kind in ('keep', 'remove') and tenant_id = any((select lock.audited())::uuid[]))
        or (select lock.opens_control('people.manage'))
        or (select lock.opens_control('audit.view')));
create policy own_acts on access_relationact for insert to rooms_web
    with check (by_id = (select lock.actor()) and by_person_id = (select (lock.context()).person)
        and case when kind in ('keep', 'remove')
                 then tenant_id = any((select lock.audited())::uuid[])
                 else (select lock.opens_control('people.manage')) end);

-- Judges an act, and does it: no process role may write to the relations themselves.
create function lock.do_relation_act() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    as $$
    declare
        subject access_staff;
        wanted integer;
        stands access_tenantrelation;
        live boolean;
    begin
        new.made_at := lock.now();
        select * into subject from access_staff where id = new.subject_id;
        select p.id into wanted from auth_permission p
        join django_content_type t on t.id = p.content_type_id
        where t.app_label = 'access' and t.model = 'tenant' and p.codename = new.relation;
        if subject.id is null or wanted is null
           or not exists (select from access_tenant where id = new.tenant_id) then
            perform lock.refuse('A relation is of a person to a tenant.');
        end if;
        new.subject_person_id := subject.person_id;
        if subject.person_id = new.by_person_id then
            perform lock.refuse('Nobody changes or reviews their own relations.');
        end if;
        if new.kind in ('give', 'take', 'restore') and new.reason !~ '\w.*\w.*\w' then
            perform lock.refuse('A relation is changed with a reason.');
        end if;
        select * into stands from access_tenantrelation r
        where r.user_id = new.subject_id and r.permission_id = wanted
          and r.content_object_id = new.tenant_id for update;
        live := coalesce(stands.confirmed_at >= lock.confirmed_since(), false);
        if (new.kind = 'give') <> (stands.id is null) then
            perform lock.refuse(case new.kind when 'give' then 'The relation stands already.'
                                else 'The relation does not stand any more.' end);
        end if;
        case new.kind
            when 'give' then
                if not subject.is_active then
                    perform lock.refuse('A closed account is given no relation.');
                end if;
                insert into access_tenantrelation
                    (user_id, permission_id, content_object_id, confirmed_at)
                values (new.subject_id, wanted, new.tenant_id, new.made_at)
                on conflict do nothing;
                if not found then  -- two at once
                    perform lock.refuse('The relation stands already.');
                end if;
            when 'take' then
                delete from access_tenantrelation where id = stands.id;
            when 'keep' then
                if not live then
                    perform lock.refuse('The relation is suspended: a review does not restore it.');
                end if;
                update access_tenantrelation set confirmed_at = new.made_at where id = stands.id;
            when 'remove' then
                -- Confirmed by nothing of this quarter: suspended when its review is over, or now.
                update access_tenantrelation set confirmed_at = least(
                    confirmed_at,
                    date_trunc('quarter', new.made_at, 'UTC') - interval '1 microsecond')
                where id = stands.id;
            when 'restore' then
                if live then
                    perform lock.refuse('The relation is not suspended.');
                end if;
                update access_tenantrelation set confirmed_at = new.made_at where id = stands.id;
        end case;
        return new;
    end $$;
create trigger act before insert on access_relationact
    for each row execute function lock.do_relation_act();
create trigger keep before update or delete on access_relationact
    for each row execute function lock.keep_record();
create trigger keep_all before truncate on access_relationact
    for each statement execute function lock.keep_record();

revoke all on function lock.confirmed_since(), lock.suspended_relations(), lock.audited() from public;
grant execute on function lock.confirmed_since(), lock.suspended_relations(), lock.audited()
    to rooms_web;
