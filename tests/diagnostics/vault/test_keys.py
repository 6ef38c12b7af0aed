"""Whoever may read a key's row can unwrap it, in that transaction; nobody else can."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from access import residency
from access.lock.context import NoContext
from access.models import Staff, Tenant
from access.scopes import Scope
from diagnostics.models import ActivityEntry, ActivityKey, ContentKey, LogEntry
from diagnostics.vault.keys import (
    RingClosed,
    opening,
)
from tests import people
from tests.acts import granted
from tests.conftest import HeldClock
from tests.diagnostics.vault.sealed import (
    CANARY,
    DECEMBER,
    NOVEMBER,
    activity_entry,
    log_entry,
    refused,
    ring,
)
from tests.rooms.reading import reading as viewing

Become = Callable[[], None]
pytestmark = pytest.mark.usefixtures("regions")


# -- Grants ---------------------------------------------------------------------------------------


def test_a_grant_opens(tenant: Tenant, asha: Staff, bo: Staff, entry: LogEntry) -> None:
    grant = granted(asha, tenant, [bo], Scope.DIAGNOSTICS_VIEW)
    with ring(asha, tenant, grant) as keys:
        assert keys.open(LogEntry.objects.get(), "content") == CANARY


def test_without_a_grant_there_is_no_key(
    tenant: Tenant, asha: Staff, bo: Staff, entry: LogEntry
) -> None:
    """Not even for whoever has the ciphertext already, from a back-up or a log."""
    with ring(asha, tenant, None) as keys:
        assert not ContentKey.objects.exists()
        refused(keys, entry)
    grant = granted(asha, tenant, [bo], Scope.HEALTH_VIEW, Scope.INVENTORY_VIEW)
    with ring(asha, tenant, grant) as keys:
        assert not ContentKey.objects.exists()
        refused(keys, entry)


def test_a_grant_that_ended_opens_nothing(
    tenant: Tenant, asha: Staff, bo: Staff, entry: LogEntry, held_clock: HeldClock
) -> None:
    grant = granted(asha, tenant, [bo], Scope.DIAGNOSTICS_VIEW)
    assert grant.ends_at is not None
    held_clock.hold(grant.ends_at - timedelta(microseconds=1))
    with ring(asha, tenant, grant) as keys:
        assert keys.open(entry, "content") == CANARY
    held_clock.hold(grant.ends_at)
    with ring(asha, tenant, grant) as keys:
        assert not ContentKey.objects.exists()
        refused(keys, entry)


def test_a_grant_that_ends_in_mid_transaction_unwraps_no_more(
    tenant: Tenant, asha: Staff, bo: Staff, entry: LogEntry, held_clock: HeldClock
) -> None:
    grant = granted(asha, tenant, [bo], Scope.DIAGNOSTICS_VIEW)
    with ring(asha, tenant, grant) as keys:
        held_clock.hold(grant.ends_at)
        refused(keys, entry)


def test_another_tenants_grant_opens_nothing(
    tenant: Tenant, other_tenant: Tenant, casey: Staff, bo: Staff, entry: LogEntry
) -> None:
    people.relate(bo, people.Relation.MAY_DECIDE, other_tenant)
    grant = granted(casey, other_tenant, [bo], Scope.DIAGNOSTICS_VIEW)
    with ring(casey, other_tenant, grant) as keys:
        assert not ContentKey.objects.exists()
        refused(keys, entry)


def test_each_class_has_its_scope(
    tenant: Tenant, asha: Staff, bo: Staff, bea: Staff, as_worker: Become, as_web: Become
) -> None:
    as_worker()
    line, activity = log_entry(tenant), activity_entry(tenant)
    as_web()
    content = granted(asha, tenant, [bo], Scope.DIAGNOSTICS_VIEW)
    with ring(asha, tenant, content, ActivityKey) as keys:
        assert not ActivityKey.objects.exists()
        refused(keys, activity)
    eva = people.person("eva", asks=[tenant])
    theirs = granted(eva, tenant, [bo, bea], Scope.ACTIVITY_VIEW)
    with ring(eva, tenant, theirs) as keys:
        assert not ContentKey.objects.exists()
        refused(keys, line)
    with ring(eva, tenant, theirs, ActivityKey) as keys:
        assert keys.open(ActivityEntry.objects.get(), "content") == CANARY


# -- How long a key lives -------------------------------------------------------------------------


def test_a_ring_ends_with_its_transaction(
    tenant: Tenant, asha: Staff, bo: Staff, entry: LogEntry
) -> None:
    grant = granted(asha, tenant, [bo], Scope.DIAGNOSTICS_VIEW)
    with ring(asha, tenant, grant) as keys:
        keys.open(entry, "content")
    assert not keys._keys
    assert not keys._parents
    with pytest.raises(RingClosed):
        keys.open(entry, "content")
    with viewing(asha, tenant, grant), pytest.raises(RingClosed):
        keys.open(entry, "content")


def test_a_ring_that_was_never_closed_is_of_no_use_in_the_next_transaction(
    tenant: Tenant, asha: Staff, bo: Staff, entry: LogEntry
) -> None:
    grant = granted(asha, tenant, [bo], Scope.DIAGNOSTICS_VIEW)
    left_open = opening(ContentKey)
    with viewing(asha, tenant, grant):
        keys = left_open.__enter__()
        keys.open(entry, "content")
    with pytest.raises(RingClosed):
        keys.open(entry, "content")
    with viewing(asha, tenant, grant), pytest.raises(RingClosed):
        keys.open(entry, "content")


def test_no_context_opens_no_ring(db: None) -> None:
    with residency.region("eu"), pytest.raises(NoContext), opening(ContentKey):
        pass


def test_a_page_of_lines_takes_one_statement_for_its_keys(
    tenant: Tenant, asha: Staff, bo: Staff, as_worker: Become, as_web: Become
) -> None:
    as_worker()
    rows = [log_entry(tenant, b"%d" % at, when) for at in range(5) for when in (NOVEMBER, DECEMBER)]
    as_web()
    grant = granted(asha, tenant, [bo], Scope.DIAGNOSTICS_VIEW)
    with ring(asha, tenant, grant) as keys, CaptureQueriesContext(connections["eu"]) as asked:
        texts = keys.open_all(rows, "content")
        again = keys.open_all(rows, "content")
    assert texts == again == [b"%d" % at for at in range(5) for _ in range(2)]
    assert len(asked) == 1
