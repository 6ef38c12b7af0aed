"""Who audits, who decides and who asks have different parts, and nobody can do another's."""

from __future__ import annotations

import uuid

import pytest
from django.db import DatabaseError, connections

from access import audit
from access.models import AuditEvent
from access.purposes import Purpose
from access.scopes import Relation, Scope
from access.verdict import Refused
from tests import people
from tests.acts import ask, entered, granted, vote


def test_auditor_asks_for_the_record_and_for_nothing_else_12(tenant, dana, bo):
    with pytest.raises(Refused) as refused:
        ask(dana, tenant, Scope.INVENTORY_VIEW)
    assert refused.value.denied.code == "not_offered"
    assert ask(dana, tenant, Scope.AUDIT_VIEW, purpose=Purpose.ASSURANCE).requester_id == dana.pk


def test_auditor_decides_nothing_12(tenant, asha, bo, dana):
    request = ask(asha, tenant)
    with pytest.raises(Refused) as refused:
        vote(dana, tenant, request)
    assert refused.value.denied.code == "not_decider"


def test_auditor_moves_nothing_by_any_address_12(tenant, asha, bo, dana, sign_in, superuser):
    """Every act on a request and a grant, posted by an auditor: nothing changes."""
    request = ask(asha, tenant)
    grant = granted(asha, tenant, [bo], Scope.HEALTH_VIEW)
    before = states(superuser)
    browser = sign_in(dana)
    acts = [
        *(
            f"requests/{request.reference}/{act}/"
            for act in ("decide", "question", "answer", "withdraw", "change")
        ),
        *(f"grants/{grant.reference}/{act}/" for act in ("start", "end", "revoke")),
    ]
    for act in acts:
        sent = {
            "decision": "approve",
            "version": "1",
            "minutes": "15",
            "text": "let me see",
            "reason": "let me see it",
            "code": people.code_of(dana),
            "scope": "inventory.view",
        }
        assert browser.post(f"/t/{tenant.reference}/{act}", sent).status_code in (
            403,
            404,
            409,
            422,
        )
    browser.post("/stop/", {"target": f"person:{asha.person_id}", "reason": "let me see it"})
    assert states(superuser) == before


def states(superuser) -> list[tuple]:
    """Every request, vote, grant and stop, as it stands."""
    tables = ("access_accessrequest", "access_vote", "access_grant", "access_lockout")
    return [
        superuser["eu"].execute(f"select * from {table} order by id").fetchall() for table in tables
    ]


@pytest.mark.parametrize("relation", [Relation.MAY_DECIDE, Relation.MAY_ASK])
def test_nobody_reads_or_changes_the_record_by_another_part_13(tenant, asha, bo, relation):
    """Deciding, or asking, opens no record; and no part lets anybody change it."""
    granted(asha, tenant, [bo])
    person = people.person("pia")
    people.relate(person, relation, tenant)
    event = uuid.uuid4()
    with entered(person, tenant, event_id=event):
        audit.record_view(
            event, "view.test", outcome="closed", subject=("tenant", ""), scopes=[], grants=[]
        )
        assert AuditEvent.objects.count() == 0
    for statement in (
        "update access_auditevent set outcome = 'ok'",
        "delete from access_auditevent",
        "truncate access_auditevent",
        "alter table access_auditevent disable trigger all",
    ):
        with (
            pytest.raises(DatabaseError),
            entered(person, tenant),
            connections["eu"].cursor() as cursor,
        ):
            cursor.execute(statement)
