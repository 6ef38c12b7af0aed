"""Rows of the remediation queue: for nobody without a part in them, a grant or a relation."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import psycopg
import pytest
from django.utils import timezone

from access.models import Staff, Tenant
from access.residency import region
from rooms.models import Device
from tests.architecture import canaries, remediated
from tests.architecture.attack import REFUSED, Attacker
from tests.architecture.canaries import Planted
from tests.architecture.conftest import Connect
from tests.architecture.remediated import APART, OF_ALL_ROOMS, OF_ROOMS, OWNER, SCOPE_OF

Both = tuple[Planted, Planted]
ORDERS = ("diagnostics_remediation", "diagnostics_wave")
# What a wave's rings and left-out devices open with.
WITH_WAVE = ("diagnostics_wavering", "diagnostics_waveexclusion")
VERSIONS = ("diagnostics_automationpolicy", "diagnostics_remediationsettings")
# What was said or measured: never without health.view.
SAID = ("diagnostics_remediationstep", "diagnostics_remediationfinding")


@pytest.fixture
def both(ours: Planted, theirs: Planted) -> Both:
    """Each room of two tenants with rows of its own in every table of the queue."""
    for planted in (ours, theirs):
        with region("eu"):
            devices = Device.objects.using(OWNER).select_related("room")
            mine = list(devices.filter(tenant_id=planted.tenant.pk))
        for device in mine:
            remediated.plant(planted.tenant, device, planted.word)
    return ours, theirs


def under(
    web: Attacker, who: Staff, tenant: Tenant, superuser: dict[str, psycopg.Connection], **more
) -> canaries.Token:
    event = canaries.event_row(superuser["eu"], who, tenant)
    return canaries.token_of(who, tenant, web.pid, event, **more)


def seen(web: Attacker, tables: Collection[str] = tuple(SCOPE_OF)) -> set[str]:
    """The tables that show a row."""
    return {one for one in tables if web.rows(f"select * from {one}")}


def test_every_table_of_the_queue_is_planted(both: Both, superuser) -> None:
    """Without this, the tests below could pass because nothing is there."""
    for table in (*SCOPE_OF, "diagnostics_remediationnotice"):
        rows = superuser["eu"].execute(f"select count(distinct tenant_id) from {table}")
        assert rows.fetchone() == (2,), table


def test_no_context_shows_no_row(web, both, asha) -> None:
    remediated.stop(asha)
    assert seen(web) == set()
    assert web.rows("select * from diagnostics_emergencystop") == []


def test_signed_context_without_a_grant_shows_none(web, both, asha, tenant, superuser) -> None:
    with web.under(under(web, asha, tenant, superuser)):
        assert seen(web) == set()


def test_casey_with_every_scope_elsewhere_shows_none(
    web, both, casey, tenant, other_tenant, superuser
) -> None:
    canaries.grant_row(casey, other_tenant, *set(SCOPE_OF.values()))
    with web.under(under(web, casey, tenant, superuser)):
        assert seen(web) == set()


def test_ended_grant_shows_none(web, both, asha, tenant, superuser) -> None:
    now = timezone.now()
    canaries.grant_row(
        asha, tenant, *set(SCOPE_OF.values()),
        starts=now - timedelta(hours=1), ends=now - timedelta(seconds=1),
    )  # fmt: skip
    with web.under(under(web, asha, tenant, superuser)):
        assert seen(web) == set()


@pytest.mark.parametrize(
    "scope",
    ["health.view", "inventory.view", "audit.view", "remediate.usb", "incident.work"],
)
def test_scope_opens_its_own_tables_of_its_own_tenant(
    web, both, asha, tenant, superuser, scope
) -> None:
    """Holding the scope of an action opens no order: it lets one order."""
    canaries.grant_row(asha, tenant, scope)
    with web.under(under(web, asha, tenant, superuser)):
        assert seen(web) == {one for one, by in SCOPE_OF.items() if by == scope}
        for table in SCOPE_OF:
            assert "Obsidian" not in repr(web.rows(f"select * from {table}")), table
            tenants = {row[0] for row in web.rows(f"select tenant_id from {table}")}
            assert tenants <= {tenant.pk}, table


def test_grant_of_one_room_shows_that_room_only(web, both, asha, tenant, superuser) -> None:
    here = both[0].rooms[0]
    canaries.grant_row(asha, tenant, *set(SCOPE_OF.values()), rooms=[here])
    with web.under(under(web, asha, tenant, superuser)):
        for table in OF_ROOMS:
            assert {row[0] for row in web.rows(f"select room_id from {table}")} == {here}, table
        assert seen(web, OF_ALL_ROOMS) == set(), "a wave is about all rooms at once"


# -- Without a grant: approvers and requesters ----------------------------------------------------


def test_approver_sees_what_waits_for_a_decision_and_no_finding(
    web, both, bo, tenant, superuser
) -> None:
    claims = (f"may_decide:{tenant.pk}",)
    with web.under(under(web, bo, tenant, superuser, claims=claims)):
        states = web.rows("select distinct tenant_id, state from diagnostics_remediation")
        assert states == [(tenant.pk, "proposed")]
        shown = (*ORDERS, *WITH_WAVE, *VERSIONS, "diagnostics_remediationvote")
        assert seen(web) == set(shown)
        for table in shown:
            assert "Obsidian" not in repr(web.rows(f"select * from {table}")), table


def test_claim_for_one_tenant_opens_no_other(
    web, both, bo, tenant, other_tenant, superuser
) -> None:
    with web.under(under(web, bo, tenant, superuser, claims=(f"may_decide:{other_tenant.pk}",))):
        rows = web.rows("select distinct tenant_id from diagnostics_remediation")
        assert rows == [(other_tenant.pk,)]


def test_whoever_asks_sees_votes_but_no_order(web, both, asha, tenant, superuser) -> None:
    with web.under(under(web, asha, tenant, superuser, claims=(f"may_ask:{tenant.pk}",))):
        assert seen(web) == {"diagnostics_remediationvote"}


def test_requester_sees_orders_and_states_and_never_what_a_device_said(
    web, both, asha, tenant, superuser
) -> None:
    with region("eu"):
        device = Device.objects.using(OWNER).select_related("room").filter(
            tenant_id=tenant.pk
        ).order_by("reference").first()  # fmt: skip
    mine = [
        remediated.item(
            tenant, device, asha.pk, "mine", state="failed", reason_code="failed", kind=kind
        ).pk
        for kind in ("restart", "update")
    ]
    wave = remediated.wave(tenant, asha.pk, "mine", state="done").pk
    proposed = remediated.version(
        remediated.models.AutomationPolicy, tenant, asha.pk, "mine", signal="mine"
    ).pk
    with web.under(under(web, asha, tenant, superuser)):
        orders = {row[0] for row in web.rows("select id from diagnostics_remediation")}
        assert orders == set(mine)
        assert web.rows("select id, why from diagnostics_wave") == [(wave, "mine")]
        assert web.rows("select wave_id from diagnostics_wavering") == [(wave,)]
        assert web.rows("select wave_id from diagnostics_waveexclusion") == [(wave,)]
        assert web.rows("select id from diagnostics_automationpolicy") == [(proposed,)]
        assert seen(web, SAID) == set()
        # The words of a move stand in the step alone.
        assert web.rows("select distinct told from diagnostics_remediation") == [("",)]


def test_stop_is_known_to_whoever_is_signed_in_and_names_no_customer(
    web, both, casey, asha, other_tenant, tenant, superuser
) -> None:
    remediated.stop(asha, "tenant", stopped_tenant_id=tenant.pk, target=tenant.reference)
    with web.under(under(web, casey, other_tenant, superuser)):
        ((row,),) = web.rows("select row_to_json(s) from diagnostics_emergencystop s")
    assert row["target"] == tenant.reference
    assert "Quartzite" not in repr(row)


# -- Everybody else -------------------------------------------------------------------------------


def test_page_reads_no_notice(web, both, asha, tenant, superuser) -> None:
    canaries.grant_row(asha, tenant, *set(SCOPE_OF.values()))
    with web.under(under(web, asha, tenant, superuser)), pytest.raises(REFUSED):
        web.rows("select * from diagnostics_remediationnotice")


@pytest.mark.parametrize("role", ["rooms_device", "rooms_auditor"])
def test_other_roles_read_no_row(connect: Connect, both, role) -> None:
    other = connect(role, "eu")
    for table in (*SCOPE_OF, *APART):
        with pytest.raises(REFUSED):
            other.rows(f"select * from {table}")


def test_nobody_changes_what_is_another_tenants(web, both, asha, tenant, superuser) -> None:
    canaries.grant_row(asha, tenant, "health.view", "remediate.usb", "incident.work")
    changes = {
        "diagnostics_remediation": "update diagnostics_remediation set reason_code = 'cancelled'",
        "diagnostics_wave": "update diagnostics_wave set why = 'x'",
        "diagnostics_automationpolicy": "update diagnostics_automationpolicy set state = 'ended'",
        "diagnostics_remediationsettings": (
            "update diagnostics_remediationsettings set state = 'ended'"
        ),
    }
    with web.under(under(web, asha, tenant, superuser)) as line:
        for table, statement in changes.items():
            assert line.execute(statement).rowcount == 0, table


@pytest.mark.parametrize(
    "statement",
    [
        "insert into diagnostics_remediationstep (tenant_id, item_id, room_id, at, was, state,"
        " reason_code, attempt, mover, moved_by_label, sentence) select tenant_id, id, room_id,"
        " now(), '', 'succeeded', 'success', 1, 'system', '', '' from diagnostics_remediation",
        "update diagnostics_remediationstep set sentence = ''",
        "delete from diagnostics_remediationstep",
        "update diagnostics_remediationfinding set after = '{}'",
        "delete from diagnostics_remediation",
        "delete from diagnostics_wave",
        "delete from diagnostics_remediationvote",
        "update diagnostics_remediationvote set approves = true",
        "update diagnostics_wavering set passed_at = now()",
        "delete from diagnostics_waveexclusion",
        "delete from diagnostics_emergencystop",
        "update rooms_devicecommand set parameters = '{}'",
    ],
    ids=lambda statement: " ".join(statement.split()[:3]),
)
def test_page_writes_no_log_and_takes_nothing_back(
    web, both, asha, tenant, superuser, statement
) -> None:
    canaries.grant_row(asha, tenant, *set(SCOPE_OF.values()), "remediate.usb")
    token = under(web, asha, tenant, superuser, claims=(f"may_decide:{tenant.pk}",))
    assert web.gets_away_with(statement, token) is None


@pytest.mark.parametrize(
    "statement",
    [
        "update diagnostics_remediationstep set sentence = ''",
        "insert into diagnostics_remediationvote (id, tenant_id, subject, subject_id, digest,"
        " voter_id, voter_person, voter_label, approves, reason, step_up_method, voted_at)"
        " select gen_random_uuid(), tenant_id, 'item', id, digest, gen_random_uuid(),"
        " gen_random_uuid(), '', true, '', '', now() from diagnostics_remediation",
        "update diagnostics_remediationvote set approves = true",
        "insert into diagnostics_automationpolicy select * from diagnostics_automationpolicy",
        "update diagnostics_automationpolicy set state = 'in_force'",
        "update diagnostics_remediationsettings set state = 'in_force'",
        "update diagnostics_emergencystop set released_at = now()",
        "delete from rooms_devicecommand",
    ],
    ids=lambda statement: " ".join(statement.split()[:3]),
)
def test_worker_agrees_to_nothing_and_writes_no_log(connect: Connect, both, statement) -> None:
    worker = connect("rooms_worker", "eu")
    with pytest.raises(REFUSED):
        worker.line.execute(statement)
