"""The list of tenants: references for everybody, a name only under a grant in use."""

from __future__ import annotations

import pytest

from access.scopes import Relation
from rooms.models import TenantProfile
from tests import people
from tests.acts import granted
from tests.factories import furnish
from tests.rooms.pages import HEALTH, INVENTORY, OVER, SHORT, leaks, main_of, rows_of, text_of


@pytest.fixture
def small(tenant):
    """Three rooms, the first one ill."""
    return furnish(tenant)


def test_lists_what_one_has_a_part_in_and_no_name(sign_in, asha, tenant, other_tenant, small):
    response = sign_in(asha).get("/tenants/")
    assert rows_of(response) == [tenant.reference]
    assert leaks(response, small) == []
    main = main_of(response)
    assert "Closed" in main.select_one("tbody tr").get_text()
    assert main.select_one("tbody .mask")


def test_parts_are_said_in_words(sign_in, bo, dana, tenant):
    assert "decide" in main_of(sign_in(bo).get("/tenants/")).select_one("tbody tr").get_text()
    row = main_of(sign_in(dana).get("/tenants/")).select_one("tbody tr")
    assert "audit" in row.get_text()
    assert row.find("a", string="Ask…") is None


def test_name_shows_under_a_grant_and_is_recorded(sign_in, asha, bo, tenant, small, superuser):
    grant = granted(asha, tenant, [bo], INVENTORY)
    profile = TenantProfile.objects.using("eu_owner").get(tenant_id=tenant.pk)
    main = main_of(sign_in(asha).get("/tenants/"))
    name = main.select_one(f'[data-grant="{grant.reference}"]')
    assert name.get_text() == profile.name
    rows = superuser["eu"].execute(
        "select subject_reference, grant_references from access_auditevent"
        " where type = 'view.tenants'"
    )
    assert rows.fetchall() == [(tenant.reference, [grant.reference])]


def test_name_stays_closed_under_a_grant_for_something_else(sign_in, asha, bo, tenant, small):
    granted(asha, tenant, [bo], HEALTH)
    response = sign_in(asha).get("/tenants/")
    assert leaks(response, small) == []
    assert "Open" in text_of(response)


def test_name_closes_at_the_end(sign_in, asha, bo, tenant, small, held_clock):
    granted(asha, tenant, [bo], INVENTORY, duration=SHORT)
    client = sign_in(asha)
    assert leaks(client.get("/tenants/"), small)
    held_clock.shift(OVER)
    response = client.get("/tenants/")
    assert rows_of(response) == [tenant.reference]
    assert leaks(response, small) == []


def test_name_closes_when_training_lapses(sign_in, asha, bo, tenant, small):
    granted(asha, tenant, [bo], INVENTORY)
    people.lose_training(asha)
    assert leaks(sign_in(asha).get("/tenants/"), small) == []


def test_filter_and_search(sign_in, asha, tenant, policy):
    away = people.tenant("us")
    people.relate(asha, Relation.MAY_ASK, away)
    client = sign_in(asha)
    assert set(rows_of(client.get("/tenants/"))) == {tenant.reference, away.reference}
    assert rows_of(client.get("/tenants/?region=us")) == [away.reference]
    assert rows_of(client.get(f"/tenants/?q={tenant.reference.lower()[:6]}"))[0]
    assert "No tenant matches" in text_of(client.get("/tenants/?q=TN-ZZZZZZZZZZ"))
    assert "No tenant matches" in text_of(client.get("/tenants/?q=%25"))


def test_nobody_has_a_part_in_nothing(sign_in, policy):
    loner = people.person("loner")
    assert "You have a part in no tenant" in text_of(sign_in(loner).get("/tenants/"))
