"""Django's own connection: what one request opened is not there for the next one."""

from __future__ import annotations

import psycopg
import pytest
from django.db import DatabaseError, connections, transaction
from django.http import HttpRequest, HttpResponse

from access import residency
from access.lock import context
from access.models import Staff, Tenant
from rooms.models import Device, Room
from tests.architecture import canaries
from tests.architecture.canaries import Planted


@pytest.fixture
def live(
    asha: Staff, tenant: Tenant, ours: Planted, theirs: Planted, superuser: dict
) -> dict[str, object]:
    """What the gate would open for asha, under a live grant."""
    canaries.grant_row(asha, tenant)
    event = canaries.event_row(superuser["eu"], asha, tenant)
    return {"by": asha, "tenant": tenant, "event_id": event, "session": "attack"}


def test_pooled_connection_keeps_nothing_of_a_grant_77(
    live: dict, bo: Staff, tenant: Tenant, superuser: dict
) -> None:
    with context.opened("eu", **live):
        assert Room.objects.count() == 2
        pid = connections["eu"].connection.info.backend_pid
    with residency.region("eu"):
        assert Room.objects.count() == 0
        assert connections["eu"].connection.info.backend_pid == pid
    event = canaries.event_row(superuser["eu"], bo, tenant)
    with context.opened("eu", by=bo, tenant=tenant, event_id=event, session="attack"):
        assert Room.objects.count() == 0
        assert connections["eu"].connection.info.backend_pid == pid
        with connections["eu"].cursor() as cursor:
            cursor.execute("select count(*) from pg_cursors where name <> ''")
            assert cursor.fetchone() == (0,)


def test_pooled_connection_keeps_nothing_after_a_failure_77(live: dict) -> None:
    with pytest.raises(ZeroDivisionError), context.opened("eu", **live):
        assert Room.objects.count() == 2
        raise ZeroDivisionError
    with residency.region("eu"):
        assert Room.objects.count() == 0


def test_savepoint_does_not_carry_a_context_out_77(live: dict) -> None:
    """Rolled back or kept, inner savepoints change nothing about whose context it is."""
    with context.opened("eu", **live):
        with transaction.atomic(using="eu"):
            assert Room.objects.count() == 2
        with pytest.raises(ZeroDivisionError), transaction.atomic(using="eu"):
            raise ZeroDivisionError
        assert Room.objects.count() == 2
    with residency.region("eu"), transaction.atomic(using="eu"):
        assert Room.objects.count() == 0


def test_context_set_inside_a_savepoint_goes_with_it_77(live: dict, tenant: Tenant) -> None:
    """And a second context inside the first is an error of our own, not a mixture."""
    with pytest.raises(RuntimeError), context.opened("eu", **live), context.opened("eu", **live):
        pass
    with residency.region("eu"), transaction.atomic(using="eu"):
        with pytest.raises(ZeroDivisionError), transaction.atomic(using="eu"):
            connections["eu"].cursor().execute("select set_config('lock.context', 'x', true)")
            raise ZeroDivisionError
        assert Room.objects.count() == 0


def test_context_outside_of_a_transaction_is_gone_at_once_77(live: dict) -> None:
    with residency.region("eu"):
        token = context.Context(
            region="eu",
            actor_id=live["by"].pk,
            person_id=live["by"].person_id,
            actor_label="",
            session="attack",
            tenant=live["tenant"],
            event_id=live["event_id"],
        ).token()
        context.run_with_token("eu", "select set_config('lock.context', %s, true)", [token])
        assert Room.objects.count() == 0


def test_connection_that_was_given_back_starts_empty_77(live: dict) -> None:
    with context.opened("eu", **live):
        assert Room.objects.count() == 2
    connections["eu"].close()
    with residency.region("eu"):
        assert Room.objects.count() == 0


def forgetful_view(request: HttpRequest) -> HttpResponse:
    """A view whose author forgot every check and asks for all there is."""
    with residency.region("eu"):
        names = [room.name for room in Room.objects.all()]
        names += [device.serial for device in Device.objects.all()]
    return HttpResponse("\n".join(names))


def test_view_that_forgets_its_check_shows_an_empty_page_78(ours: Planted, theirs: Planted) -> None:
    assert forgetful_view(HttpRequest()).content == b""


def test_view_that_names_another_tenant_shows_nothing_of_it_78(live: dict, theirs: Planted) -> None:
    """The context is for one tenant; a query for another's rows in the same view finds none."""
    with context.opened("eu", **live):
        assert not Room.objects.filter(tenant_id=theirs.tenant.pk).exists()
        assert not Room.objects.filter(pk=theirs.rooms[0]).exists()
        assert not Room.objects.exclude(tenant_id=live["tenant"].pk).exists()
        assert Room.objects.count() == 2


def test_raw_sql_in_a_view_is_bound_all_the_same_78(live: dict, theirs: Planted) -> None:
    with context.opened("eu", **live), connections["eu"].cursor() as cursor:
        cursor.execute("select tenant_id from rooms_room where '1' = '1' or tenant_id is not null")
        assert {row[0] for row in cursor.fetchall()} == {live["tenant"].pk}


def test_injected_context_changes_nothing_but_breaks_the_page(
    live: dict, other_tenant: Tenant
) -> None:
    """An attacker inside a query can overwrite the setting, and is then nobody at all."""
    forged = f"2|k1|eu|{live['by'].pk}|{live['by'].pk}|s|{other_tenant.pk}||||1|99999999999|00"
    with (
        pytest.raises(DatabaseError),
        context.opened("eu", **live),
        connections["eu"].cursor() as cursor,
    ):
        cursor.execute("select set_config('lock.context', %s, true)", [forged])
        Room.objects.count()


def test_token_is_bound_on_the_server_and_not_written_into_the_statement(
    live: dict, superuser: dict[str, psycopg.Connection]
) -> None:
    """Even where activity is tracked, the statement's text holds "$1" and not the context."""
    behind = superuser["eu"]
    role = f"alter role rooms_web in database {behind.info.dbname}"
    behind.execute(f"{role} set track_activities = on")
    connections["eu"].close()
    try:
        with context.opened("eu", **live):
            pid = connections["eu"].connection.info.backend_pid
            rows = behind.execute("select query from pg_stat_activity where pid = %s", [pid])
            seen = rows.fetchone()[0]
        assert "lock.context" in seen
        assert "$1" in seen
        assert str(live["by"].pk) not in seen
    finally:
        behind.execute(f"{role} reset track_activities")
        connections["eu"].close()
