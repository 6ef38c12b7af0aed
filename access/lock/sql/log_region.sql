-- Disclosures are of every tenant's people: only the exporter reads them.
alter table access_auditdisclosure enable row level security, force row level security;
create policy owner_keeps on access_auditdisclosure to rooms_owner using (true) with check (true);
create policy exporter_reads on access_auditdisclosure for select to rooms_auditor using (true);
