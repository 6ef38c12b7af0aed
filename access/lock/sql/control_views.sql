-- The control plane's own log under the names that a region's log has, so that the lock, the
-- record and the auditors' pages are one code. Each view reads as who asks: row security of the
-- table below holds.
create view access_auditevent with (security_invoker = true) as
    select * from access_controlevent;
create view access_auditdisclosure with (security_invoker = true) as
    select * from access_controldisclosure;
create view access_regionalleaf with (security_invoker = true) as
    select * from access_controlleaf;
create view access_regionalhead with (security_invoker = true) as
    select * from access_controlhead;
create view access_regionaltile with (security_invoker = true) as
    select * from access_controltile;
create view access_regionalcheckpoint with (security_invoker = true) as
    select * from access_controlcheckpoint;
