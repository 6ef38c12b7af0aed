"""The weight of the three long lists at their fullest: under 60 KB of HTML, with room to spare."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpResponse

from access.models import AuditEvent, Staff, Tenant
from access.purposes import Purpose
from access.references import new_reference
from access.scopes import Relation, Scope
from rooms.models import Room, RoomEventHour, RoomHealth, Site, TriageItem
from rooms.signals import SIGNALS
from rooms.states import RoomStatus, Severity
from tests import people
from tests.acts import ask, granted
from tests.factories import furnish
from tests.rooms.pages import HEALTH, INVENTORY, main_of

MOST = 60 * 1024 - 1536
ROWS = 50
OWNER = "eu_owner"
LONGEST = max(SIGNALS.values(), key=lambda signal: len(signal.title))
PLACE = "Munich Laim, building {}"


class HashedNames(StaticFilesStorage):
    """Names as long as production's, which carry twelve letters of a hash."""

    def url(self, name: str | None) -> str:
        """The address with a hash before the ending."""
        return re.sub(r"(\.\w+)$", r".0123456789ab\1", super().url(name))


@pytest.fixture(autouse=True)
def production_names(settings: Any) -> None:
    """Every page here is written as production writes it."""
    names = {"BACKEND": f"{__name__}.{HashedNames.__name__}"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": names}


def weight(response: HttpResponse) -> int:
    """Bytes of a page that is in order, with every row that it may have."""
    rows = main_of(response).select("table.t tbody tr:not(.none)")
    assert len(rows) >= ROWS
    assert b"0123456789ab" in response.content
    return len(response.content)


def make_all_ill(tenant: Tenant) -> list[Room]:
    """Every room unhealthy in the signal with the longest name, with errors in each hour."""
    rooms = list(Room.objects.using(OWNER).filter(tenant_id=tenant.pk))
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    Site.objects.using(OWNER).filter(tenant_id=tenant.pk).update(name=PLACE.format(4))
    for number, room in enumerate(rooms):
        room.name, room.floor = f"Conference room Großglockner {number}", "12 north"
    Room.objects.using(OWNER).bulk_update(rooms, ["name", "floor"])
    RoomHealth.objects.using(OWNER).filter(tenant_id=tenant.pk).update(
        status=RoomStatus.UNHEALTHY,
        attention=0,
        worst_signal=LONGEST.code,
        worst_severity=Severity.IMPORTANT,
        since=now - timedelta(days=2, minutes=42),
    )
    RoomEventHour.objects.using(OWNER).filter(tenant_id=tenant.pk).delete()
    RoomEventHour.objects.using(OWNER).bulk_create(
        RoomEventHour(
            tenant_id=tenant.pk,
            room_id=room.pk,
            hour=now - timedelta(hours=hour),
            events=100 + (hour * 37 + number * 11) % 1900,
        )
        for number, room in enumerate(rooms)
        for hour in range(24)
    )
    return rooms


@pytest.mark.parametrize("query", ["", "&sort=name"])
def test_rooms_all_ill_with_the_panel_open(
    sign_in, asha: Staff, bo: Staff, tenant: Tenant, query: str
) -> None:
    furnish(tenant, rooms=60)
    rooms = make_all_ill(tenant)
    granted(asha, tenant, [bo], INVENTORY, HEALTH)
    client = sign_in(asha)
    first = client.get(f"/t/{tenant.reference}/rooms/?panel={rooms[0].reference}{query}")
    main = main_of(first)
    assert main.select_one("aside.panel h2").get_text() == rooms[0].name
    assert len(main.select("svg.spark")) == ROWS
    assert b'data-strip="GR-' in first.content
    following = main.find("a", string="Next")["href"]
    assert weight(first) < MOST
    assert len(client.get(f"/t/{tenant.reference}/rooms/{following}").content) < MOST


def test_triage_at_a_full_page(sign_in, asha: Staff, bo: Staff, tenant: Tenant) -> None:
    TriageItem.objects.using(OWNER).bulk_create(
        TriageItem(
            reference=new_reference("INC"),
            tenant_id=tenant.pk,
            tenant_reference=tenant.reference,
            signal=LONGEST.code,
            severity=Severity.RECOMMENDED,
            severity_rank=3,
            opened_at=datetime.now(UTC) - timedelta(days=2, minutes=number),
        )
        for number in range(60)
    )
    granted(asha, tenant, [bo], INVENTORY, HEALTH)
    assert weight(sign_in(asha).get("/triage/")) < MOST


def test_tenants_at_a_full_page(sign_in, asha: Staff, bo: Staff, tenant: Tenant) -> None:
    for _ in range(59):
        people.relate(asha, Relation.MAY_ASK, people.tenant("eu"))
    granted(asha, tenant, [bo], INVENTORY, HEALTH)
    assert weight(sign_in(asha).get("/tenants/")) < MOST


def test_record_at_a_full_page_with_an_event_open(
    sign_in, asha: Staff, bo: Staff, dana: Staff, tenant: Tenant
) -> None:
    people.relate(dana, Relation.MAY_ASK, tenant)
    granted(dana, tenant, [bo], Scope.AUDIT_VIEW, purpose=Purpose.ASSURANCE)
    scopes = (INVENTORY, HEALTH, Scope.ACCOUNT_VIEW)
    for number in range(10):
        room = f"RM-2345ABC{number}"
        request = ask(asha, tenant, *scopes, rooms=[room])
        assert request.reference
    client, path = sign_in(asha), f"/t/{tenant.reference}/rooms/RM-2345ABCD/"
    for number in range(45):
        client.get(f"{path[:-2]}{number % 10}/?tab=status")
        client.get(f"{path}devices/DV-2345{number:04d}/")
    asked = AuditEvent.objects.using(OWNER).filter(tenant_id=tenant.pk, type="request.submitted")
    event = asked.latest("recorded_at")
    page = sign_in(dana).get(f"/t/{tenant.reference}/audit/?event={event.pk}")
    assert weight(page) < MOST
