"""One remediation and the ledger of a device: what each shows, and to whom."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup

from access.residency import region
from diagnostics.models import Remediation, RemediationFinding
from diagnostics.remediation.catalogue import ActionCode
from diagnostics.remediation.states import ItemState
from rooms.models import Device
from tests.acts import granted
from tests.diagnostics.remediations import (
    HEALTH,
    INVENTORY,
    OWNER,
    item_of,
    reported,
)
from tests.factories import computer_of, furnish
from tests.rooms.pages import text_of

SECRET = "Cnry camera of the board room"
ILL = {"value": "unhealthy", "sentence": "No room camera is found."}
WELL = {"value": "healthy", "sentence": ""}


@pytest.fixture
def small(tenant):
    return furnish(tenant)


@pytest.fixture
def device(tenant, small) -> Device:
    return computer_of(tenant, small.rooms[0].pk)


@pytest.fixture
def board(tenant) -> str:
    return f"/t/{tenant.reference}/remediation/"


@pytest.fixture
def health(tenant, asha, bo):
    return granted(asha, tenant, [bo], HEALTH, INVENTORY)


def found_on(item: Remediation) -> RemediationFinding:
    """What was measured before and after it."""
    with region("eu"):
        return RemediationFinding.objects.using(OWNER).create(
            tenant_id=item.tenant_id,
            item_id=item.pk,
            room_id=item.room_id,
            before={"signals": {"camera_room": ILL}, "versions": {"app": "4.1"}},
            after={"signals": {"camera_room": WELL}, "versions": {"app": "4.1"}},
            before_at=item.requested_at,
            after_at=item.requested_at,
            outcome="fixed",
            sentence=f"Connected: {SECRET}.",
        )


# -- The item --------------------------------------------------------------------------------------


def test_item_shows_what_it_changed_under_health(sign_in, asha, tenant, device, board, health):
    item = item_of(device, tenant, state=ItemState.SUCCEEDED, observed_at=datetime.now(UTC))
    found_on(item)
    text = text_of(sign_in(asha).get(f"{board}{item.reference}/"))
    for part in (
        "Observed fixed",
        "Signal: Room camera Unhealthy. No room camera is found. Healthy",
        SECRET,
        "Run log",
    ):
        assert part in text, part


@pytest.mark.parametrize("who", ["asha", "bo"])
def test_item_without_a_grant_shows_order_and_state(
    request, sign_in, asha, tenant, device, board, who
):
    """To whoever ordered it, and to an approver while it is open: nothing a device has said."""
    item = item_of(device, tenant, asha)
    found_on(item)
    response = sign_in(request.getfixturevalue(who)).get(f"{board}{item.reference}/")
    text = text_of(response)
    assert "Scheduled" in text
    assert item.reason in text
    assert "What the device says of it is closed" in text
    assert SECRET not in response.content.decode()
    assert "Cancel it" in text


@pytest.mark.parametrize("who", ["eli", "dana"])
def test_item_of_somebody_else_is_closed(request, sign_in, asha, tenant, device, board, who):
    item = item_of(device, tenant, asha)
    client = sign_in(request.getfixturevalue(who))
    response = client.get(f"{board}{item.reference}/")
    assert "This remediation is closed" in text_of(response)
    assert item.device_reference not in response.content.decode()
    assert "This remediation is closed" in text_of(client.get(f"{board}RJ-00000000/"))


def test_item_lists_its_preconditions_as_they_are(sign_in, asha, bo, tenant, small, board):
    device = reported(computer_of(tenant, small.rooms[0].pk))
    granted(asha, tenant, [bo], HEALTH, INVENTORY)
    item = item_of(
        device, tenant, action=ActionCode.RESET_USB, parameters={"target": "port", "at": "USB 99"}
    )
    text = text_of(sign_in(asha).get(f"{board}{item.reference}/"))
    assert "The newest report names no port USB 99." in text
    assert "yes Nothing else of the kind USB is open" in text


def test_item_that_is_not_there_is_not_found(sign_in, asha, board, health):
    assert sign_in(asha).get(f"{board}RJ-00000000/").status_code == 404


# -- The ledger of a device ------------------------------------------------------------------------


def test_ledger_tells_four_facts_with_four_times(sign_in, asha, tenant, small, device, health):
    now = datetime.now(UTC)
    item = item_of(device, tenant, state=ItemState.VERIFYING, accepted_at=now, running_at=now)
    elsewhere = item_of(computer_of(tenant, small.rooms[1].pk), tenant)
    path = f"/t/{tenant.reference}/devices/{device.reference}/actions/"
    page = BeautifulSoup(sign_in(asha).get(path).content, "html.parser")
    (row,) = page.select("main tbody tr")
    assert item.reference in row.text
    assert row.text.count("not yet") == 1
    assert elsewhere.reference not in page.text


def test_ledger_is_closed_without_inventory(sign_in, asha, bo, tenant, device):
    granted(asha, tenant, [bo], HEALTH)
    item = item_of(device, tenant)
    response = sign_in(asha).get(f"/t/{tenant.reference}/devices/{device.reference}/actions/")
    assert "is closed" in text_of(response)
    assert item.reference not in response.content.decode()
