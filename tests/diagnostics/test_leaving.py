"""A device that is unenrolled: nothing is asked of it, and nothing is taken from it, at once."""

from __future__ import annotations

import pytest

from access.scopes import Scope
from tests.acts import granted
from tests.diagnostics.collections import collected, stands

LIFECYCLE, INVENTORY = Scope.LIFECYCLE_MANAGE, Scope.INVENTORY_VIEW


@pytest.fixture
def ordered(box, tenant, superuser):
    """An order that waits, and a command of another kind."""
    collection = collected(box.device, tenant)
    for kind in ("collect", "report_now"):
        superuser["eu"].execute(
            "insert into rooms_devicecommand (id, tenant_id, device_id, room_id, kind, parameters,"
            " made_at, expires_at, outcome, detail_code) values (gen_random_uuid(), %s, %s, %s,"
            " %s, '{}', now(), now() + interval '1 day', '', '')",
            [tenant.pk, box.device.pk, box.device.room_id, kind],
        )
    return collection


def live_commands(superuser) -> int:
    return (
        superuser["eu"]
        .execute(
            "select count(*) from rooms_devicecommand"
            " where expires_at > clock_timestamp() and answered_at is null"
        )
        .fetchone()[0]
    )


def test_unenrolled_by_the_portal_ends_commands_and_orders_at_once(
    ordered, box, sign_in, asha, bo, bea, tenant, superuser
):
    assert live_commands(superuser) == 2
    granted(asha, tenant, [bo, bea], LIFECYCLE, INVENTORY)
    page = f"/t/{tenant.reference}/devices/{box.device.reference}/unenrol/"
    response = sign_in(asha).post(page, {"reason": "The room is closed"})
    assert response.status_code in (302, 303), response.content
    now = stands(ordered)
    assert (now.state, now.why_code) == ("expired", "LEFT")
    assert live_commands(superuser) == 0


def test_left_by_itself_ends_commands_and_orders_at_once(ordered, box, surface, superuser):
    with surface():
        assert box.send("POST", "/device/v1/leave").status_code < 300
    assert stands(ordered).state == "expired"
    assert live_commands(superuser) == 0
