"""“Who looked at this?”: for those who may audit the tenant, on each of its things."""

from __future__ import annotations

import pytest
from django.utils import timezone

from access.scopes import Relation
from tests import people
from tests.factories import computer_of, incident_of
from tests.fleet.seed import store_tenant
from tests.fleet.small import small_tenant

WORDS = "Who looked at this?"


@pytest.fixture
def things(tenant):
    """Address and reference of a tenant, a room, a device and an incident."""
    small = small_tenant(tenant.pk, tenant.reference, at=timezone.now())
    store_tenant(small.made, using="eu_owner")
    room = small.rooms[0]
    device = computer_of(tenant, room.pk)
    incident = incident_of(room, device_id=device.pk)
    t, r = f"/t/{tenant.reference}/", f"/t/{tenant.reference}/rooms/{room.reference}/"
    return {
        t: tenant.reference,
        r: room.reference,
        f"{r}devices/{device.reference}/": device.reference,
        f"{t}incidents/{incident.reference}/": incident.reference,
    }


def test_things_lead_an_auditor_to_their_record(tenant, things, asha, dana, sign_in):
    client, other = sign_in(dana), sign_in(asha)
    for address, reference in things.items():
        html = client.get(address).content.decode()
        link = f"/t/{tenant.reference}/audit/?type=view&amp;subject={reference}"
        assert f'<a href="{link}">{WORDS}</a>' in html, address
        assert WORDS not in other.get(address).content.decode()


def test_auditor_of_another_tenant_is_not_led_there(tenant, other_tenant, things, asha, sign_in):
    people.relate(asha, Relation.MAY_AUDIT, other_tenant)
    client = sign_in(asha)
    assert [one for one in things if WORDS in client.get(one).content.decode()] == []
