"""Access ends by the database's clock, at once, whatever the application believes."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from access.actions.grants import revoke_grant
from access.lock import context
from access.models import Staff, Tenant
from access.relations import of
from rooms.models import Room
from tests import acts
from tests.architecture import canaries
from tests.architecture.attack import NO_CONTEXT, Attacker
from tests.architecture.canaries import Planted
from tests.architecture.conftest import Connect, Hand
from tests.conftest import HeldClock

COUNT = "select count(*) from rooms_room"
MICROSECOND = timedelta(microseconds=1)


def test_access_ends_at_its_end_to_the_microsecond_52(
    web: Attacker,
    asha: Staff,
    tenant: Tenant,
    ours: Planted,
    superuser: dict,
    held_clock: HeldClock,
) -> None:
    """Half open: at E - 1 µs there are rows, at E and at E + 1 µs there are none."""
    ends = datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    canaries.grant_row(asha, tenant, starts=ends - timedelta(hours=1), ends=ends)
    held_clock.hold(ends - timedelta(hours=2))  # the record is of the same day
    event = canaries.event_row(superuser["eu"], asha, tenant)
    with web.under(canaries.token_of(asha, tenant, web.pid, event)):
        for at, rows in (
            (ends - MICROSECOND, 2),
            (ends, 0),
            (ends + MICROSECOND, 0),
            (ends - timedelta(hours=1), 2),
            (ends - timedelta(hours=1) - MICROSECOND, 0),
        ):
            held_clock.hold(at)
            assert web.one(COUNT) == rows, at


def test_access_ends_inside_an_open_transaction_52(asha_in: Hand, held_clock: HeldClock) -> None:
    """The end is judged by each statement, not once a transaction."""
    with asha_in.web.under(asha_in.token):
        assert asha_in.web.one(COUNT) == 2
        held_clock.shift(timedelta(hours=2))
        assert asha_in.web.one(COUNT) == 0


def test_access_ends_with_no_job_running_53(
    asha_in: Hand, held_clock: HeldClock, superuser: dict
) -> None:
    """The row still says "active", for nobody has labelled it; nothing opens all the same."""
    held_clock.shift(timedelta(hours=2))
    state = superuser["eu"].execute("select state from access_grant").fetchone()
    assert state == ("active",)
    with asha_in.web.under(asha_in.token):
        assert asha_in.web.one(COUNT) == 0
        assert asha_in.web.rows("select * from lock.open_grants()") == []
        assert asha_in.web.rows("select * from lock.held(%s)", asha_in.token.signed()) == []


@pytest.mark.parametrize("error", [-86400.0, -7200.0, 7200.0, 86400.0])
def test_wrong_application_clock_decides_nothing_54(
    asha: Staff,
    tenant: Tenant,
    ours: Planted,
    superuser: dict,
    held_clock: HeldClock,
    monkeypatch: pytest.MonkeyPatch,
    error: float,
) -> None:
    """A portal that is hours off still opens what is live and not what has ended."""
    canaries.grant_row(asha, tenant)
    event = canaries.event_row(superuser["eu"], asha, tenant)
    right = time.time
    monkeypatch.setattr(time, "time", lambda: right() + error)
    connections["eu"].close()  # a fresh connection reads the server's clock, not ours

    def rooms_seen() -> int:
        with context.opened("eu", by=asha, tenant=tenant, event_id=event, session="attack"):
            return Room.objects.count()

    assert rooms_seen() == 2
    held_clock.shift(timedelta(hours=2))
    assert rooms_seen() == 0


def test_context_dated_by_a_wrong_clock_opens_nothing_54(
    asha: Staff,
    tenant: Tenant,
    ours: Planted,
    superuser: dict,
    held_clock: HeldClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If even the connection's picture of the database's clock were wrong: late is refused, and
    early lasts no longer than the grant."""
    ends = datetime.now(UTC) + timedelta(minutes=50)
    canaries.grant_row(asha, tenant, ends=ends)
    event = canaries.event_row(superuser["eu"], asha, tenant)
    eu = connections["eu"]
    eu.ensure_connection()
    true = eu.database_epoch
    monkeypatch.setattr(eu, "database_epoch", lambda: true() - 3600)
    with (
        pytest.raises(Exception, match="expired"),
        context.opened("eu", by=asha, tenant=tenant, event_id=event, session="attack"),
    ):
        Room.objects.count()
    monkeypatch.setattr(eu, "database_epoch", lambda: true() + 3600)
    with context.opened("eu", by=asha, tenant=tenant, event_id=event, session="attack"):
        assert Room.objects.count() == 2
        held_clock.hold(ends)
        assert Room.objects.count() == 0


def test_revoked_grant_opens_nothing_more_on_another_connection_91(
    asha: Staff,
    bo: Staff,
    tenant: Tenant,
    ours: Planted,
    superuser: dict,
    connect: Connect,
) -> None:
    """Two connections and a barrier: asha's request is in flight when bo's revoke commits."""
    grant = acts.granted(asha, tenant, [bo])
    web = connect("rooms_web", "eu")
    event = canaries.event_row(superuser["eu"], asha, tenant)
    reading, revoked = threading.Barrier(2, timeout=60), threading.Event()
    seen: list[object] = []

    def read() -> None:
        with web.under(canaries.token_of(asha, tenant, web.pid, event)):
            seen.append(web.one(COUNT))
            reading.wait()
            revoked.wait(60)
            seen.append(web.one(COUNT))
            seen.append(web.rows("select * from lock.open_grants()"))

    holder = threading.Thread(target=read)
    holder.start()
    reading.wait()
    with acts.entered(bo, tenant, f"step_up:revoke:{grant.pk}"):
        revoke_grant(
            by=bo, standing=of(bo), grant_id=grant.pk, reason="Enough", step_up_method="totp"
        )
    revoked.set()
    holder.join(60)
    assert seen == [2, 0, []]


def test_revoke_that_is_not_committed_closes_nothing_yet_91(
    asha: Staff, bo: Staff, tenant: Tenant, ours: Planted, superuser: dict, connect: Connect
) -> None:
    """Before the commit the read comes first; after it there is none. Nothing lies between."""
    acts.granted(asha, tenant, [bo])
    web, owner = connect("rooms_web", "eu"), connect("rooms_owner", "eu").line
    event = canaries.event_row(superuser["eu"], asha, tenant)
    with web.under(canaries.token_of(asha, tenant, web.pid, event)):
        with owner.transaction():
            owner.execute("update access_grant set state = 'revoked'")
            assert web.one(COUNT) == 2
        assert web.one(COUNT) == 0


def test_open_cursor_does_not_read_past_the_end(asha_in: Hand) -> None:
    """Neither by name nor held: see also the cursors in test_bypass_rows."""
    with pytest.raises(NO_CONTEXT), asha_in.web.under(asha_in.token) as line:
        line.execute("declare slow cursor for select * from rooms_room")
        line.execute("fetch 1 from slow")
