"""Under the lock the list of incidents walks its indexes, however many there are of others."""

from __future__ import annotations

import psycopg
import pytest
from django.db.models import QuerySet

from access.models import Staff, Tenant
from rooms.models import Incident, IncidentEntry
from tests.acts import granted
from tests.rooms.incidents import HEALTH
from tests.rooms.reading import reading

TENANTS, INCIDENTS = 20, 2000
FILL = f"""
set session_replication_role = replica;
insert into rooms_incident
    (tenant_id, id, reference, room_id, code, instance, category, severity, severity_rank,
     sentence, state, assignment, assignee_label, high_impact, high_impact_reason,
     recorded_by_label, opened_at, activated_at, activations, cause, updated_at)
    select t.id, gen_random_uuid(), 'INC-' || upper(left(md5(random()::text), 8)) || n,
           gen_random_uuid(), case when n % 9 = 0 then 'network' else 'display_front' end, '',
           'display', 'important', n % 4, '',
           case when n % 5 > 0 then 'active' else 'closed' end, 'pending', '', false, '', '',
           now(), now() - random() * interval '90 days', 1, '', now()
    from (select gen_random_uuid() as id from generate_series(1, {TENANTS})
          union all select '{{tenant}}'::uuid) t, generate_series(1, {INCIDENTS}) n;
insert into rooms_incidententry (tenant_id, id, incident_id, room_id, at, kind, by_label, text)
    select tenant_id, gen_random_uuid(), id, room_id, now(), 'opened', '', '' from rooms_incident
    where severity_rank = 0;
set session_replication_role = origin;
analyze rooms_incident; analyze rooms_incidententry;
"""


@pytest.fixture
def crowded(tenant: Tenant, superuser: dict[str, psycopg.Connection]) -> Tenant:
    """The tenant among many others, in tables large enough that a scan would be a mistake."""
    for statement in FILL.format(tenant=tenant.pk).strip().split(";\n"):
        superuser["eu"].execute(statement)
    return tenant


def plan(rows: QuerySet) -> str:
    return rows.explain()


def test_lists_walk_their_indexes(crowded: Tenant, asha: Staff, bo: Staff):
    grant = granted(asha, crowded, [bo], HEALTH)
    with reading(asha, crowded, grant):
        some = Incident.objects.active().first()
        active = Incident.objects.filter(state="active")
        worst = active.order_by("severity_rank", "activated_at", "id")
        expected = {
            plan(worst[:50]): "incident_worst_first",
            plan(active.order_by("-activated_at", "id")[:50]): "incident_newest",
            plan(Incident.objects.filter(reference=some.reference)): "incident_reference",
            plan(
                active.filter(code="network").order_by("-activated_at")[:200]
            ): "incident_by_signal",
            plan(
                IncidentEntry.objects.filter(incident=some).order_by("-at", "-id")[:100]
            ): "entry_by_incident",
        }
        for text, index in expected.items():
            assert index in text, text
            assert "Seq Scan on rooms_incident" not in text, text
