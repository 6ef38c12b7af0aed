"""Take a registered TPM off the list."""

from __future__ import annotations

import pytest

from rooms.models import TrustedEndorsement
from tests.rooms.enrolment.agents import register


@pytest.fixture
def path(tenant, small) -> str:
    register(tenant, small.rooms[0], "a" * 64, "SN-1")
    one = TrustedEndorsement.objects.using("eu_owner").get()
    return f"/t/{tenant.reference}/devices/endorsements/{one.pk}/remove/"


@pytest.fixture
def count(rows):
    return lambda: rows("select count(*) from rooms_trustedendorsement")[0][0]


def test_registration_is_removed_and_the_act_is_recorded(client, path, count, events):
    response = client.post(path)
    assert response.status_code == 303
    assert count() == 0
    assert events("endorsement.removed") == ["a" * 12]
    assert client.post(path).status_code == 404


def test_closed_is_refused(closed, path, count):
    assert closed.post(path).status_code == 403
    assert closed.get(path).status_code == 405
    assert count() == 1
