-- Reviews of standing relations: read with the record, made in one's own name, never changed.
alter table access_relationreview enable row level security, force row level security;
alter table access_relationreview drop constraint access_relationreview_pkey,
    add primary key (tenant_id, id);
create policy owner_keeps on access_relationreview to rooms_owner using (true) with check (true);
create policy under_a_grant on access_relationreview for select to rooms_web
    using (tenant_id = (select lock.tenant_for('audit.view')));
create policy under_a_grant_floor on access_relationreview as restrictive for select to rooms_web
    using (tenant_id = (select lock.tenant_for('audit.view')));
create policy own_decisions on access_relationreview for insert to rooms_web
    with check (tenant_id = (select lock.tenant_for('audit.view'))
        and decided_by_id = (select lock.actor())
        and decided_by_person_id = (select (lock.context()).person));
grant select, insert on access_relationreview to rooms_web;

create function lock.stamp_review() returns trigger
    language plpgsql set search_path = pg_catalog, public, pg_temp
    as $$ begin new.decided_at := lock.now(); return new; end $$;
create trigger stamp before insert on access_relationreview
    for each row execute function lock.stamp_review();
create trigger keep before update or delete on access_relationreview
    for each row execute function lock.keep_record();
create trigger keep_all before truncate on access_relationreview
    for each statement execute function lock.keep_record();
