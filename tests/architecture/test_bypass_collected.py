"""Rows of collected data: for nobody without a live grant of this tenant and the right scope."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.utils import timezone

from access.models import Staff, Tenant
from access.residency import region
from rooms.models import Device
from tests.architecture import canaries, remediated
from tests.architecture.attack import REFUSED, Attacker
from tests.architecture.canaries import Planted
from tests.architecture.collected import NO_ROOM, OWNER, SCOPE_OF, plant
from tests.architecture.conftest import Connect

SCOPES = ("health.view", "diagnostics.view", "activity.view")
# Looked at from outside as well, each with its own kind of owner.
WITH_CASES = [*SCOPE_OF, "diagnostics_case", "diagnostics_casevote", "diagnostics_casestep"]
WITH_CASES += ["diagnostics_casecertificate"]


@pytest.fixture
def both(
    vault: Path,
    ours: Planted,
    theirs: Planted,
    as_worker: Callable[[], None],
    as_web: Callable[[], None],
) -> tuple[Planted, Planted]:
    """Each room of two tenants with a checked collection."""
    as_worker()
    for planted in (ours, theirs):
        with region("eu"):
            devices = Device.objects.using(OWNER).select_related("room")
            mine = list(devices.filter(tenant_id=planted.tenant.pk))
        for device in mine:
            plant(planted.tenant, device, planted.word)
    as_web()
    return ours, theirs


def context(
    web: Attacker, who: Staff, tenant: Tenant, superuser: dict[str, psycopg.Connection]
) -> canaries.Token:
    return canaries.token_of(who, tenant, web.pid, canaries.event_row(superuser["eu"], who, tenant))


def seen(web: Attacker, tables: Collection[str] = WITH_CASES) -> set[str]:
    """The tables that show a row."""
    return {one for one in tables if web.rows(f"select * from {one}")}


def test_every_table_of_collected_data_is_planted(both, superuser) -> None:
    """Without this, the tests below could pass because nothing is there."""
    line = superuser["eu"]
    rows = line.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace"
        " and relkind in ('r', 'p') and relname ~ '^diagnostics_'"
    )
    # Those of the queue are planted in test_bypass_remediated.py.
    queue = {*remediated.SCOPE_OF, *remediated.APART} - {"rooms_devicecommand"}
    assert {name for (name,) in rows.fetchall()} == {*WITH_CASES, *queue}
    for table in SCOPE_OF:
        tenants = line.execute(f"select count(distinct tenant_id) from {table}").fetchone()
        assert tenants == (2,), table


def test_no_context_shows_no_collected_row(web, both) -> None:
    assert seen(web) == set()


def test_signed_context_without_a_grant_shows_none(web, both, asha, tenant, superuser) -> None:
    with web.under(context(web, asha, tenant, superuser)):
        assert seen(web) == set()


def test_casey_with_every_scope_elsewhere_shows_none(
    web, both, casey, tenant, other_tenant, superuser
) -> None:
    canaries.grant_row(casey, other_tenant, *SCOPES)
    with web.under(context(web, casey, tenant, superuser)):
        assert seen(web) == set()


def test_ended_grant_shows_none(web, both, asha, tenant, superuser) -> None:
    now = timezone.now()
    canaries.grant_row(
        asha, tenant, *SCOPES, starts=now - timedelta(hours=1), ends=now - timedelta(seconds=1)
    )
    with web.under(context(web, asha, tenant, superuser)):
        assert seen(web) == set()


@pytest.mark.parametrize("scope", [*SCOPES, "inventory.view", "audit.view", "diagnostics.collect"])
def test_scope_opens_its_own_tables_of_its_own_tenant(
    web, both, asha, tenant, superuser, scope
) -> None:
    canaries.grant_row(asha, tenant, scope)
    with web.under(context(web, asha, tenant, superuser)):
        assert seen(web, SCOPE_OF) == {one for one, by in SCOPE_OF.items() if by == scope}
        for table in SCOPE_OF:
            assert "Obsidian" not in repr(web.rows(f"select * from {table}")), table
            tenants = {row[0] for row in web.rows(f"select tenant_id from {table}")}
            assert tenants <= {tenant.pk}, table


def test_grant_of_one_room_shows_that_room_only(web, both, asha, tenant, superuser) -> None:
    here = both[0].rooms[0]
    canaries.grant_row(asha, tenant, *SCOPES, rooms=[here])
    with web.under(context(web, asha, tenant, superuser)):
        for table in set(SCOPE_OF) - NO_ROOM:
            assert {row[0] for row in web.rows(f"select room_id from {table}")} == {here}, table
        whole = NO_ROOM - {"diagnostics_contentkey", "diagnostics_activitykey"}
        assert seen(web, whole) == set(), "these tell of all rooms at once"


@pytest.mark.parametrize("role", ["rooms_device", "rooms_auditor"])
def test_other_roles_read_no_collected_row(connect: Connect, both, role) -> None:
    other = connect(role, "eu")
    for table in WITH_CASES:
        with pytest.raises(REFUSED):
            other.rows(f"select * from {table}")
