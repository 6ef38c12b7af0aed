"""The tables of the app under the lock: which scope opens which, and how far one room reaches."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connections, models, transaction

from access import residency
from access.residency import RegionalModel, RegionalReference
from access.scopes import SCOPES, Scope
from rooms.models import (
    Device,
    FleetCount,
    Room,
    RoomAccount,
    RoomHealth,
    RoomToken,
    Site,
    TenantProfile,
    TriageItem,
)
from tests.acts import granted
from tests.factories import count_fleet, furnish
from tests.rooms.reading import reading

OPENED = {
    Scope.INVENTORY_VIEW: {
        "tenantprofile", "site", "room", "roomtoken", "device", "peripheral", "softwareversion",
        "devicecommand",
    },
    Scope.ACCOUNT_VIEW: {
        "roomaccount", "deviceaddress", "roomposition", "reportinbox", "devicereport",
    },
    Scope.HEALTH_VIEW: {
        "roomhealth", "signalstate", "roomday", "roomeventhour", "incident", "incidententry",
        "suppression", "signalsetting", "signalthresholds", "healthcount",
    },
    Scope.INCIDENT_WORK: {"incidentmessage"},
    Scope.LIFECYCLE_MANAGE: {
        "enrolmentkey", "trustedendorsement", "enrolmentchallenge", "deviceidentity", "devicekey",
    },
}  # fmt: skip
# What a furnished tenant has rows of; the others fill when devices report and people work.
FURNISHED = {
    "tenantprofile", "site", "room", "roomtoken", "device", "peripheral", "softwareversion",
    "roomaccount", "deviceaddress", "roomposition", "roomhealth", "signalstate",
}  # fmt: skip
# The web role may write these, under the scope beside them in rooms/migrations/0004.
WRITTEN = {
    "incident", "incidententry", "incidentmessage", "suppression", "signalsetting",
    "signalthresholds", "enrolmentkey", "trustedendorsement",
}  # fmt: skip
OF_TENANTS = [model for model in apps.get_app_config("rooms").get_models()
              if issubclass(model, RegionalModel)]  # fmt: skip


def filled() -> set[str]:
    """The tables of the app that show any row here."""
    return {model._meta.model_name for model in OF_TENANTS if model.objects.exists()}


def test_every_regional_table_names_the_scope_that_opens_it():
    named = set().union(*OPENED.values())
    assert {model._meta.model_name for model in OF_TENANTS} == named


def test_no_context_shows_nothing(tenant, asha):
    furnish(tenant)
    count_fleet("eu", healthy=3)
    with residency.region("eu"), transaction.atomic(using="eu"):
        assert filled() == set()
        assert not FleetCount.objects.exists()
        assert not TriageItem.objects.exists()


def test_counts_and_triage_take_no_grant(tenant, asha):
    furnish(tenant)
    count_fleet("eu", healthy=2, unhealthy=1)
    with reading(asha, tenant, None):
        assert filled() == set()
        assert {row.status: row.rooms for row in FleetCount.objects.newest()} == {
            "healthy": 2,
            "unhealthy": 1,
        }
        assert [item.signal for item in TriageItem.objects.all()] == ["display_front"]


@pytest.mark.parametrize("scope", list(OPENED))
def test_scope_opens_its_own_tables_and_no_other(tenant, asha, bo, bea, scope):
    furnish(tenant)
    grant = granted(asha, tenant, [bo, bea][: SCOPES[scope].votes], scope)
    with reading(asha, tenant, grant):
        shown = filled()
        assert shown <= OPENED[scope]
        assert shown >= OPENED[scope] & FURNISHED


def test_grant_for_one_room_shows_that_room_and_its_site(tenant, asha, bo):
    small = furnish(tenant, rooms=3)
    wanted = small.rooms[1]
    grant = granted(asha, tenant, [bo], Scope.INVENTORY_VIEW, rooms=[wanted.reference])
    with reading(asha, tenant, grant):
        assert [room.pk for room in Room.objects.all()] == [wanted.pk]
        assert set(Device.objects.values_list("room_id", flat=True)) == {wanted.pk}
        assert set(RoomToken.objects.values_list("room_id", flat=True)) == {wanted.pk}
        assert [site.pk for site in Site.objects.all()] == [wanted.site_id]
        assert TenantProfile.objects.count() == 1
        assert not RoomHealth.objects.exists()
        assert not RoomAccount.objects.exists()


def test_web_role_may_write_none_of_them(tenant, asha, bo, bea):
    furnish(tenant)
    grant = granted(asha, tenant, [bo, bea], *OPENED)
    closed = [model for model in OF_TENANTS if model._meta.model_name not in WRITTEN]
    for model in (*closed, FleetCount, TriageItem):
        for act in (
            "delete from {0}",
            "update {0} set {1} = {1}",
            "insert into {0} default values",
        ):
            column = model._meta.pk.column or "tenant_id"
            statement = act.format(model._meta.db_table, column)
            with (
                reading(asha, tenant, grant),
                pytest.raises(Exception, match="permission denied"),
                transaction.atomic(using="eu"),
                connections["eu"].cursor() as cursor,
            ):
                cursor.execute(statement)


def test_search_finds_by_the_beginning_of_every_word(tenant, asha, bo):
    small = furnish(tenant, rooms=3)
    grant = granted(asha, tenant, [bo], Scope.INVENTORY_VIEW)
    room = small.rooms[2]
    with reading(asha, tenant, grant):
        assert list(Room.objects.matching(room.name[:-1].upper())) == [room]
        assert list(Room.objects.matching(room.reference)) == [room]
        assert Room.objects.matching(small.made.sites[0].city).count() == 3
        both = f"{small.made.sites[0].city} {room.name}"
        assert list(Room.objects.matching(both)) == [room]
        assert not Room.objects.matching("nothing like it").exists()


def test_worst_rooms_come_first(tenant, asha, bo):
    small = furnish(tenant, rooms=3)
    grant = granted(asha, tenant, [bo], Scope.INVENTORY_VIEW, Scope.HEALTH_VIEW)
    with reading(asha, tenant, grant):
        rows = RoomHealth.objects.select_related("room", "room__site").worst_first()
        assert rows[0].room == small.rooms[0]
        assert [row.attention for row in rows] == [1, 9, 9]


def indexes(model: type[models.Model]) -> list[str]:
    with connections["eu"].cursor() as cursor:
        cursor.execute(
            "select indexdef from pg_indexes where tablename = %s", [model._meta.db_table]
        )
        return [row[0] for row in cursor.fetchall()]


# Found before the tenant is known, or by the worker; tests/architecture/test_catalogue.py says why.
BEFORE_THE_TENANT = {
    "enrolment_key_secret", "challenge_name", "device_key_name", "one_device_a_tpm",
    "inbox_oldest", "health_due", "incident_to_close", "incident_to_destroy", "command_unsigned",
}  # fmt: skip


def test_every_index_leads_with_the_tenant(db):
    for model in OF_TENANTS:
        for definition in indexes(model):
            named = definition.split()[2 + ("UNIQUE" in definition)]
            assert "(tenant_id" in definition or named in BEFORE_THE_TENANT, definition


def test_counts_hold_no_tenant():
    fields = {field.name for field in FleetCount._meta.get_fields()}
    assert "tenant_id" not in fields
    assert issubclass(FleetCount, RegionalReference)
