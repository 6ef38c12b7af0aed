"""A region of the size that the bench promises: a million rooms, made in the database itself."""

from __future__ import annotations

import os
import time
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

import psycopg
from django.utils import timezone

from access.models import Staff, Tenant
from access.references import room_key
from tests import people
from tests.architecture import canaries

# 1 is the full size; a smaller fraction is for trying out, and writes no docs/bench.md.
SCALE = float(os.environ.get("ROOMS_BENCH_SCALE", "1"))
WORDS = ("Aspen", "Birch", "Cedar", "Delta", "Ember", "Fjord", "Grove", "Harbor", "Iris", "Juniper")


@dataclass
class Fleet:
    """How much there is, and who looks at it."""

    tenant: Tenant
    asha: Staff
    rooms: int = int(1_000_000 * SCALE)
    tenants: int = max(int(500 * SCALE), 20)
    mine: int = max(int(10_000 * SCALE), 500)
    grants: int = int(100_000 * SCALE)
    references: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def room_ids(self) -> list[uuid.UUID]:
        """The keys of the measured tenant's rooms."""
        return [room_key(self.tenant.pk, reference) for reference in self.references]


STATEMENTS = [
    # The other tenants, of equal size, in their order: an index page belongs to one tenant.
    "create temp table t as select gen_random_uuid() id, n from generate_series(1, {others}) n",
    "insert into rooms_tenantprofile (id, tenant_id, reference, name, contact_name, contact_email,"
    " settings) select gen_random_uuid(), id, 'TN-' || n, 'Tenant ' || n, 'Contact',"
    " 'c@tenant.example', '{{}}' from t",
    "create temp table s as select gen_random_uuid() id, t.id tenant_id, n, k"
    " from t, generate_series(1, 10) k union all"
    " select gen_random_uuid(), '{mine}', 0, k from generate_series(1, 10) k",
    "insert into rooms_site (id, tenant_id, name, building, city, country, time_zone)"
    " select id, tenant_id, 'Site ' || k, 'Building ' || k, 'Town', 'DE', 'Europe/Berlin' from s",
    "create temp table r as select gen_random_uuid() id, t.id tenant_id, t.n,"
    " row_number() over (partition by t.id) k from t, generate_series(1, {each})",
    "insert into r select id, '{mine}', 0, k from mine",
    "create index on s (tenant_id, k)",
    "insert into rooms_room (id, tenant_id, reference, name, name_sort, site_id, floor, capacity,"
    " room_type, ring) select r.id, r.tenant_id, 'RM-' || (10000 + r.k),"
    " ('{words}'::text[])[1 + r.k * 7 % 10] || ' ' || r.k,"
    " lower(('{words}'::text[])[1 + r.k * 7 % 10]) || ' ' || lpad(r.k::text, 6, '0'), s.id,"
    " (r.k % 9)::text, 4 + r.k % 16, (array['focus','small','medium','large'])[1 + r.k % 4],"
    " 'General' from r join s on s.tenant_id = r.tenant_id and s.k = 1 + r.k % 10"
    " order by r.n, r.k",
    "insert into rooms_roomtoken (id, tenant_id, token, room_id)"
    " select gen_random_uuid(), tenant_id, lower(('{words}'::text[])[1 + k * 7 % 10]), id"
    " from r order by n",
    "insert into rooms_roomtoken (id, tenant_id, token, room_id)"
    " select gen_random_uuid(), tenant_id, k::text, id from r order by n",
    "insert into rooms_device (id, tenant_id, reference, room_id, kind, platform, manufacturer,"
    " model, serial, os_name, os_build, state, time_zone, last_seen_at)"
    " select gen_random_uuid(), tenant_id, 'DV-' || (10000 + k), id, 'compute', 'windows', 'Maker',"
    " 'Model 4', 'S' || k, 'Windows 11', '22631', 'monitored', 'Europe/Berlin', now()"
    " from r order by n",
    "insert into rooms_roomhealth (id, tenant_id, room_id, status, attention, worst_signal,"
    " worst_severity, faults, warnings, since) select gen_random_uuid(), tenant_id, id,"
    " case when k % 12 = 0 then 'unhealthy' else 'healthy' end,"
    " case when k % 12 = 0 then k % 2 else 9 end,"
    " case when k % 12 = 0 then 'hdmi' else '' end, '', (k % 12 = 0)::int, 0,"
    " now() - k * interval '1 minute' from r order by n",
    # One room in twelve has an active incident, another one has had three that are closed.
    "create temp table i as select gen_random_uuid() id, r.tenant_id, r.id room_id, n, k, g,"
    " case when k % 12 = 0 then 'active' else 'closed' end state,"
    " ('{signals}'::text[])[1 + (k / 12 + g) % 4] code,"
    " now() - (k % 1000) * interval '1 minute' - (g - 1) * interval '20 days' as at"
    " from r, generate_series(1, 3) g where k % 12 = 0 and g = 1 or k % 12 = 1",
    "insert into rooms_incident (id, tenant_id, reference, room_id, code, instance, category,"
    " severity, severity_rank, sentence, state, assignment, assignee_label, high_impact,"
    " high_impact_reason, recorded_by_label, opened_at, activated_at, activations, closed_at,"
    " cause, updated_at) select id, tenant_id,"
    " 'INC-{wave}' || lpad(n::text, 3, '0') || lpad(k::text, 6, '0') || g, room_id, code,"
    " '', 'hardware', 'important', 1, 'Not found.', state, 'pending', '', false, '', '', at, at, 1,"
    " case when state = 'closed' then at + interval '8 days' end, '', at from i order by n, k",
    "insert into rooms_incidententry (id, tenant_id, incident_id, room_id, at, kind, by_label,"
    " text) select gen_random_uuid(), tenant_id, id, room_id, at, 'opened', '', 'Not found.'"
    " from i order by n, k",
    "insert into rooms_triageitem (id, reference, tenant_id, tenant_reference, signal, severity,"
    " severity_rank, opened_at) select gen_random_uuid(),"
    " 'INC-{wave}' || lpad(n::text, 3, '0') || lpad(k::text, 6, '0') || g,"
    " tenant_id, case when n = 0 then '{reference}' else 'TN-' || n end, code, 'important', 1, at"
    " from i where state = 'active'",
    "drop table i",
    # Days on which some rooms were unhealthy.
    "insert into rooms_roomday (id, tenant_id, room_id, day, unhealthy_minutes, working_minutes,"
    " unmonitored_minutes) select gen_random_uuid(), tenant_id, id, current_date - d * 9, 60, 45, 0"
    " from r, generate_series(0, 5) d where k % 12 = 0 order by n, k",
    # Two days of counts by the hour, as the roll-ups leave them.
    "insert into rooms_healthcount (id, tenant_id, as_of, dimension, value, status, rooms)"
    " select gen_random_uuid(), c.tenant_id, date_trunc('hour', now()) - h * interval '1 hour',"
    " v.dimension, v.value, v.status, greatest(1, c.rooms * v.share / 100)"
    " from (select tenant_id, count(*) rooms from r group by 1) c, generate_series(0, 48) h,"
    " (values ('status', 'healthy', '', 92), ('status', 'unhealthy', '', 8),"
    " ('signal', 'camera_room', '', 3), ('signal', 'display_front', '', 2),"
    " ('signal', 'microphone', '', 2), ('signal', 'speaker', '', 2),"
    " ('category', 'hardware', '', 6), ('category', 'display', '', 2),"
    " ('ring', 'General', '', 100), ('ring', 'General', 'unhealthy', 8),"
    " ('model', 'Model 4', '', 100),"
    " ('model', 'Model 4', 'unhealthy', 8), ('version', 'Meeting app 4.13.132.0', '', 80),"
    " ('version', 'Meeting app 4.13.132.0', 'unhealthy', 5),"
    " ('version', 'Meeting app 4.12.126.0', '', 20),"
    " ('version', 'Meeting app 4.12.126.0', 'unhealthy', 3)) v(dimension, value, status, share)",
    "insert into rooms_healthcount (id, tenant_id, as_of, dimension, value, status, rooms)"
    " select gen_random_uuid(), s.tenant_id, date_trunc('hour', now()) - h * interval '1 hour',"
    " 'site', 'Site ' || s.k, v.status, v.rooms from s, generate_series(0, 48) h,"
    " (values ('', 200), ('unhealthy', 16)) v(status, rooms)",
    # A year of other people's work.
    "insert into access_grant (id, tenant_id, tenant_reference, reference, request_id,"
    " request_reference, holder_id, holder_person_id, holder_label, scopes, whole_tenant, room_ids,"
    " room_references, purpose, duration, claim_by, starts_at, ends_at, state, closed_by_label,"
    " close_reason, policy_version, created_at)"
    " select gen_random_uuid(), id, 'TN-' || n, 'GR-' || n || '-' || g, gen_random_uuid(), 'AR',"
    " a.holder, a.holder, 'Somebody', array['inventory.view', 'health.view'], true, '{{}}', '{{}}',"
    " 'mitigate', '4 hours', now(), now() - a.age, now() - a.age + interval '4 hours',"
    " case when a.age < interval '4 hours' then 'active' else 'ended' end, '', '', 1, now() - a.age"
    " from t, generate_series(1, {grants_each}) g, lateral (select"
    " md5('person ' || (random() * 2000 + n * 0)::int)::uuid holder,"
    " (random() * 365 + g * 0) * interval '1 day' age) a",
    "insert into access_auditevent (id, recorded_at, type, outcome, actor_id, actor_label, session,"
    " tenant_id, tenant_reference, scopes, grant_references, purpose, subject_type,"
    " subject_reference, detail) select gen_random_uuid(), now() - g * interval '1 minute',"
    " 'view.rooms', 'opened', md5('person ' || g % 2000)::uuid, '', '', id, '', '{{}}', '{{}}', '',"
    " 'tenant', '', '{{}}' from t, generate_series(1, {grants_each} * 2) g",
]
TABLES = "rooms_tenantprofile, rooms_site, rooms_room, rooms_roomtoken, rooms_device,"
TABLES += " rooms_roomhealth, access_grant, access_auditevent, access_lockout, rooms_incident,"
TABLES += " rooms_incidententry, rooms_triageitem, rooms_roomday, rooms_healthcount"


def load(behind: psycopg.Connection, **sizes: int) -> Fleet:
    """Make people, tenants and rooms; `sizes` are those of Fleet, where they are to be others."""
    begun = time.monotonic()
    people.publish_policy()
    tenant = people.tenant("eu")
    fleet = Fleet(tenant, people.person("asha", asks=[tenant]), **sizes)
    people.person("bo", decides=[tenant])
    fleet.references = [f"RM-{10_000 + k}" for k in range(1, fleet.mine + 1)]
    others = fleet.tenants - 1
    fill(
        behind,
        fleet.room_ids,
        mine=tenant.pk,
        reference=tenant.reference,
        others=others,
        each=(fleet.rooms - fleet.mine) // others,
        grants_each=max(fleet.grants // others, 1),
    )
    now = timezone.now()
    for age in range(20):  # asha has worked here before
        ends = now - timedelta(days=age + 1)
        canaries.grant_row(
            fleet.asha, tenant, starts=ends - timedelta(hours=1), ends=ends, state="ended"
        )
    canaries.grant_row(fleet.asha, tenant, ends=now + timedelta(hours=4))
    fleet.seconds = time.monotonic() - begun
    return fleet


def grow(behind: psycopg.Connection, *, rooms: int, tenants: int, grants: int) -> None:
    """Put more tenants of equal size beside those of a region that is filled already."""
    values = {
        "mine": uuid.uuid4(),
        "reference": "TN-OTHER",
        "others": tenants,
        "each": rooms // tenants,
        "grants_each": max(grants // tenants, 1),
    }
    fill(behind, [], wave="B", **values)


def fill(
    behind: psycopg.Connection,
    keys: list[uuid.UUID],
    *,
    wave: str = "A",  # tells the references of one filling from those of another
    **values: object,
) -> None:
    """Run the statements behind the lock, with triggers and foreign keys asleep."""
    values |= {
        "words": "{" + ",".join(WORDS) + "}",
        "signals": "{camera_room,display_front,microphone,speaker}",
        "wave": wave,
    }
    with behind.transaction():
        behind.execute("set local session_replication_role = replica")
        behind.execute("set local maintenance_work_mem = '256MB'; set local work_mem = '128MB'")
        behind.execute("create temp table mine (id uuid, k int)")
        with behind.cursor() as cursor, cursor.copy("copy mine from stdin") as copy:
            for k, key in enumerate(keys, start=1):
                copy.write_row((key, k))
        for statement in STATEMENTS:
            behind.execute(statement.format(**values))
        behind.execute("drop table t, s, r, mine")
    behind.execute(f"vacuum (analyze) {TABLES}")
