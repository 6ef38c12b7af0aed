"""The compliance pages: the catalogue for everybody, counts of one tenant under a grant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from django.template import engines
from django.utils.html import escape

from access import residency
from access.catalogue import NEVER, entries, register
from access.catalogue.showing import UNLISTED, shown, shown_all
from access.pages import compliance
from access.pages.compliance import catalogue_page
from access.purposes import Purpose
from access.residency_proof import prove
from access.scopes import Relation, Scope
from rooms.models import Device, Peripheral, Room
from tests import people
from tests.access.conftest import let_audit
from tests.acts import granted
from tests.factories import furnish
from tests.html_lint import problems
from tests.rooms.reading import reading


def address(tenant):
    return f"/t/{tenant.reference}/compliance/"


def page(client, url):
    response = client.get(url)
    assert response.status_code == 200
    html = response.content.decode()
    assert problems(html) == []
    return response, html


# -- The catalogue --------------------------------------------------------------------------------


def test_catalogue_page_lists_every_item_and_what_is_never_collected(tenant, asha, sign_in):
    _, html = page(sign_in(asha), "/compliance/")
    for entry in entries():
        assert escape(entry.item.name) in html
    for one in NEVER:
        assert one.name in html
    assert len(html) < 60_000


def test_catalogue_page_takes_its_words_from_the_catalogue():
    """Nothing is told twice: whatever an item says is on the page, and nothing else is."""
    told = [
        one["entry"] for category in catalogue_page()["categories"] for one in category["entries"]
    ]
    assert sorted(one.item.name for one in told) == sorted(e.item.name for e in entries())


def test_catalogue_page_names_no_tenant_but_ones_own(tenant, other_tenant, dana, casey, sign_in):
    _, html = page(sign_in(dana), "/compliance/")
    assert tenant.reference in html
    assert other_tenant.reference not in html
    _, html = page(sign_in(casey), "/compliance/")
    assert tenant.reference not in html


def test_catalogue_page_without_signing_in_leads_to_the_way_in(client, db):
    assert client.get("/compliance/").headers["Location"].startswith("/sign-in/")


# -- One tenant -----------------------------------------------------------------------------------


@pytest.fixture
def audit_grant(tenant, dana, bo):
    return let_audit(dana, tenant, bo)


def rows_of(response):
    return {
        one.table.model: one for category in response.context["stored"] for one in category["rows"]
    }


def test_tenant_page_without_a_grant_is_closed_and_counts_nothing(tenant, dana, sign_in):
    furnish(tenant)
    response, html = page(sign_in(dana), address(tenant))
    assert "What is stored of this tenant is closed" in html
    assert "stored" not in response.context


def test_tenant_page_under_another_scope_is_closed(tenant, asha, bo, sign_in):
    furnish(tenant)
    granted(asha, tenant, [bo], Scope.INVENTORY_VIEW)
    response, _ = page(sign_in(asha), address(tenant))
    assert "stored" not in response.context


def test_tenant_page_of_somebody_elses_tenant_is_not_there(tenant, audit_grant, casey, sign_in):
    assert sign_in(casey).get(address(tenant)).status_code == 404


def test_tenant_page_counts_what_is_stored_and_shows_none_of_it(
    tenant, other_tenant, audit_grant, dana, sign_in
):
    small = furnish(tenant, rooms=3)
    furnish(other_tenant, rooms=5)
    response, html = page(sign_in(dana), address(tenant))
    rows = rows_of(response)
    assert rows["rooms.Room"].number == 3
    assert rows["rooms.RoomAccount"].number == 3
    with residency.region("eu"):
        oldest = Peripheral.objects.using("eu_owner").filter(tenant_id=tenant.pk).earliest("since")
    assert rows["rooms.Peripheral"].oldest == oldest.since
    assert "Messages with the customer" in response.context["nothing"]
    for canary in small.canaries:
        assert canary not in html
    assert len(html) < 60_000


def test_tenant_page_says_who_could_look_now(tenant, asha, bo, dana, audit_grant, sign_in):
    furnish(tenant)
    client = sign_in(dana)
    before = rows_of(client.get(address(tenant)))
    assert (before["rooms.Room"].people, before["access.AuditEvent"].people) == (0, 1)
    granted(asha, tenant, [bo], Scope.INVENTORY_VIEW)
    assert rows_of(client.get(address(tenant)))["rooms.Room"].people == 1


def test_tenant_page_counts_up_to_a_bound_and_says_so(
    tenant, dana, audit_grant, sign_in, monkeypatch
):
    furnish(tenant, rooms=3)
    monkeypatch.setattr(compliance, "MOST", 2)
    response, html = page(sign_in(dana), address(tenant))
    assert rows_of(response)["rooms.Room"].is_more
    assert "more than 2" in html


def test_tenant_page_of_a_grant_for_single_rooms_counts_nothing(tenant, dana, bo, sign_in):
    """The record can be asked for by room; what is stored of all rooms is not shown by that."""
    small = furnish(tenant)
    granted(
        dana, tenant, [bo], Scope.AUDIT_VIEW, purpose=Purpose.ASSURANCE,
        rooms=[small.rooms[0].reference],
    )  # fmt: skip
    response, html = page(sign_in(dana), address(tenant))
    assert response.context["stored"] == []
    assert "Your grant is for single rooms." in html


def test_tenant_page_shows_the_proofs_of_all_regions(
    tenant, dana, audit_grant, sign_in, as_worker, as_web
):
    as_worker()
    proof = prove("eu")
    as_web()
    _, html = page(sign_in(dana), address(tenant))
    assert proof.digest[:16] in html
    assert html.count("Not proved") == 2


def test_tenant_page_is_recorded_and_closes_with_its_grant(
    tenant, dana, audit_grant, sign_in, superuser, held_clock
):
    client = sign_in(dana)
    page(client, address(tenant))
    rows = superuser["eu"].execute(
        "select outcome from access_auditevent where type = 'view.tenant_compliance'"
    )
    assert rows.fetchall() == [("opened",)]
    held_clock.hold(audit_grant.ends_at)
    assert "is closed" in sign_in(dana).get(address(tenant)).content.decode()


def test_tenant_page_asks_a_fixed_number_of_statements(
    tenant, dana, audit_grant, sign_in, django_assert_max_num_queries
):
    furnish(tenant)
    client = sign_in(dana)
    client.get(address(tenant))
    # The context, the grants, the record; then what is stored, and who could look.
    with django_assert_max_num_queries(5, using="eu"):
        client.get(address(tenant))


def stored(table, column, most=10):
    with connections["eu"].cursor() as cursor:
        cursor.execute(
            "select name, number, oldest from lock.stored(%s, %s, %s)", [[table], [column], most]
        )
        return cursor.fetchall()


def test_oldest_of_a_partitioned_table_is_of_its_oldest_partition(
    tenant, dana, audit_grant, superuser
):
    now = datetime.now(UTC).replace(microsecond=0)
    for days in (2, 1, 3):
        superuser["eu"].execute(
            "insert into rooms_devicereport (tenant_id, device_id, received_at, report_id,"
            " observed_at, digest) values (%s, gen_random_uuid(), %s, gen_random_uuid(), %s, '')",
            [tenant.pk, now + timedelta(days=days), now],
        )
    with reading(dana, tenant, audit_grant):
        asked = stored("rooms_devicereport", "received_at")
    assert asked == [("rooms_devicereport", 3, now + timedelta(days=1))]


@pytest.mark.parametrize("column", ["name", "tenant_id", "no_such_column", "name; drop", ""])
def test_database_tells_times_and_nothing_else(tenant, dana, audit_grant, column):
    """A column that holds no time is left out, and no error message quotes what stands in it."""
    furnish(tenant)
    with reading(dana, tenant, audit_grant):
        assert stored("rooms_room", column) == [("rooms_room", 3, None)]


@pytest.mark.parametrize("table", ["django_migrations", "lock.key", "rooms_room; drop", "nothing"])
def test_database_counts_tables_of_tenants_and_no_other(tenant, dana, audit_grant, table):
    with reading(dana, tenant, audit_grant):
        assert stored(table, "") == []


def test_database_counts_nothing_without_the_grant(tenant, asha, bo):
    furnish(tenant)
    grant = granted(asha, tenant, [bo], Scope.INVENTORY_VIEW)
    with reading(asha, tenant, grant):
        assert stored("rooms_room", "") == []


def test_control_plane_has_no_page_of_what_is_stored(tenant, dana, bo, sign_in):
    """No data of a customer stands there, so there is nothing to count."""
    control = people.control_plane()
    people.relate(dana, Relation.MAY_AUDIT, control)
    people.relate(bo, Relation.MAY_DECIDE, control)
    let_audit(dana, control, bo)
    client = sign_in(dana)
    assert client.get(address(control)).status_code == 404
    assert (
        control.reference not in client.get("/compliance/").content.decode().partition("<main")[2]
    )


# -- A field at run time --------------------------------------------------------------------------


@pytest.fixture
def room_without_floor(monkeypatch):
    """The catalogue as if nobody had listed the floor of a room."""
    listed = dict(register._by_field())
    del listed["rooms.room", "floor"]
    monkeypatch.setattr(register, "_by_field", lambda: listed)
    return Room(reference="RM-1", name="Aspen", floor="CnryFloor", room_type="teams", capacity=8)


def test_listed_field_is_shown_with_its_word(db):
    field = shown(Device(model="Hub 500", state="monitored"), "state")
    assert (field.label, field.value, field.closed) == ("State", "Monitored", False)


def test_unlisted_field_is_shown_closed(room_without_floor):
    field = shown(room_without_floor, "floor")
    assert (field.closed, field.value, field.why) == (True, None, UNLISTED)
    assert "CnryFloor" not in repr(shown_all(room_without_floor))
    assert shown(room_without_floor, "name").value == "Aspen"


@pytest.mark.parametrize("name", ["delete", "pk", "nmae", "__class__"])
def test_what_is_no_field_is_shown_closed(name):
    assert shown(Room(name="Aspen"), name).closed


def test_template_shows_an_unlisted_field_as_withheld(room_without_floor):
    text = "{% load catalogue %}{% shown_field row 'name' %}|{% shown_field row 'floor' %}"
    html = engines["django"].from_string(text).render({"row": room_without_floor})
    shown_name, _, closed = html.partition("|")
    assert shown_name == "Aspen"
    assert "CnryFloor" not in closed
    assert UNLISTED in closed


def test_template_escapes_what_it_shows(db):
    html = (
        engines["django"]
        .from_string("{% load catalogue %}{% shown_field row 'name' %}")
        .render({"row": Room(name="<b>")})
    )
    assert html == "&lt;b&gt;"
