"""Which key seals what, and what is left once it was destroyed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from access import residency
from access.models import Staff, Tenant
from access.scopes import Scope
from diagnostics.kinds import KeyClass
from diagnostics.models import ActivityKey, ContentKey, KeyLevel
from diagnostics.vault.destroying import destroy_all_keys, destroy_data_keys
from diagnostics.vault.keys import (
    Destroyed,
    reading,
    search_hasher,
    writing_key,
)
from tests.acts import granted
from tests.diagnostics.vault.sealed import (
    DECEMBER,
    NOVEMBER,
    activity_entry,
    log_entry,
    ring,
)

Become = Callable[[], None]
pytestmark = pytest.mark.usefixtures("regions")


# -- Months, classes and destruction --------------------------------------------------------------


def test_a_key_for_each_tenant_class_and_month(
    tenant: Tenant, other_tenant: Tenant, as_worker: Become
) -> None:
    as_worker()
    last = datetime(2026, 11, 30, 23, 59, 59, 999999, tzinfo=UTC)
    keys = [
        writing_key("eu", who.pk, klass, at).id
        for who in (tenant, other_tenant)
        for klass in KeyClass
        for at in (NOVEMBER, DECEMBER)
    ]
    assert len(set(keys)) == 2 * (2 * len(KeyClass) - 1), "search has one key and no months"
    assert writing_key("eu", tenant.pk, KeyClass.LOG, last).id == keys[0]
    assert (
        writing_key("eu", tenant.pk, KeyClass.LOG, last + timedelta(microseconds=1)).id == keys[1]
    )
    with residency.region("eu"):
        assert ContentKey.objects.filter(level=KeyLevel.TENANT).count() == 2
        assert set(ActivityKey.objects.values_list("klass", flat=True)) == {"", "activity"}


def test_search_words_hash_alike_for_writer_and_reader(
    tenant: Tenant, asha: Staff, bo: Staff, as_worker: Become, as_web: Become
) -> None:
    as_worker()
    written = search_hasher("eu", tenant.pk)("Display")
    as_web()
    with ring(asha, tenant, None) as keys:
        assert keys.hasher() is None
    grant = granted(asha, tenant, [bo], Scope.DIAGNOSTICS_VIEW)
    with ring(asha, tenant, grant) as keys:
        hasher = keys.hasher()
        assert hasher is not None
        assert hasher("DISPLAY") == written
    as_worker()
    destroy_data_keys("eu", tenant.pk, [KeyClass.SEARCH])
    as_web()
    with ring(asha, tenant, grant) as keys:
        assert keys.hasher() is None


def test_a_destroyed_key_says_when(
    tenant: Tenant, asha: Staff, bo: Staff, as_worker: Become, as_web: Become
) -> None:
    as_worker()
    old, new = log_entry(tenant, b"old", NOVEMBER), log_entry(tenant, b"new", DECEMBER)
    gone = destroy_data_keys("eu", tenant.pk, [KeyClass.LOG], before=date(2026, 12, 1))
    assert len(gone) == 1
    assert destroy_data_keys("eu", tenant.pk, [KeyClass.LOG], before=date(2026, 12, 1)) == []
    as_web()
    grant = granted(asha, tenant, [bo], Scope.DIAGNOSTICS_VIEW)
    with ring(asha, tenant, grant) as keys:
        assert keys.open(new, "content") == b"new"
        with pytest.raises(Destroyed) as destroyed:
            keys.open(old, "content")
        assert destroyed.value.at == ContentKey.objects.get(pk=gone[0]).destroyed_at
        assert bytes(ContentKey.objects.get(pk=gone[0]).wrapped) == b""


def test_a_month_whose_key_was_destroyed_gets_another(tenant: Tenant, as_worker: Become) -> None:
    as_worker()
    first = writing_key("eu", tenant.pk, KeyClass.LOG, NOVEMBER)
    destroy_data_keys("eu", tenant.pk, [KeyClass.LOG])
    second = writing_key("eu", tenant.pk, KeyClass.LOG, NOVEMBER)
    assert second.id != first.id
    assert writing_key("eu", tenant.pk, KeyClass.LOG, NOVEMBER).id == second.id


def test_a_tenant_whose_keys_were_destroyed_gets_none(tenant: Tenant, as_worker: Become) -> None:
    as_worker()
    line, activity = log_entry(tenant), activity_entry(tenant)
    assert len(destroy_all_keys("eu", tenant.pk)) == 4
    assert destroy_all_keys("eu", tenant.pk) == []
    for klass in KeyClass:
        with pytest.raises(Destroyed):
            writing_key("eu", tenant.pk, klass, NOVEMBER)
    for table, row in ((ContentKey, line), (ActivityKey, activity)):
        with reading("eu", tenant.pk, table) as keys, pytest.raises(Destroyed):
            keys.open(row, "content")
        with residency.region("eu"):
            assert {bytes(one) for one in table.objects.values_list("wrapped", flat=True)} == {b""}
