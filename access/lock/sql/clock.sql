-- The one clock. Every decision, policy and record in this database asks lock.now().
-- A decision that waited for a row lock must read the time after the wait, so this is
-- clock_timestamp() and not the transaction's start.
create schema if not exists lock;
grant usage on schema lock to rooms_web, rooms_device, rooms_worker, rooms_auditor;

-- No `set search_path` here: the name is qualified, and so the call can be folded into its query.
create or replace function lock.now() returns timestamptz
    language sql volatile parallel safe
    as $$ select pg_catalog.clock_timestamp() $$;
