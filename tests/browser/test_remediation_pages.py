"""The pages of remediations in a real browser: nothing for axe or the CSP; ordered by keyboard."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.conf import settings
from playwright.sync_api import Browser

from diagnostics.models import CoveredBy
from diagnostics.remediation.catalogue import ActionCode
from diagnostics.remediation.states import ItemState
from tests.acts import granted
from tests.browser.test_axe import look
from tests.diagnostics.remediations import HEALTH, INVENTORY, RESTART, USB, item_of, items, reported
from tests.diagnostics.test_remediation_item import found_on
from tests.factories import computer_of, furnish, incident_of
from tests.people import signed_in_client
from tests.rooms.signals.reports import CAMERA, plugged

pytestmark = pytest.mark.browser

SCOPES = (HEALTH, INVENTORY, RESTART, USB)


@pytest.fixture
def places(tenant, asha) -> dict[str, str]:
    """Addresses by name: one item of each look, and what can be ordered beside them."""
    small = furnish(tenant)
    device = reported(computer_of(tenant, small.rooms[0].pk), peripherals=plugged(CAMERA))
    other = reported(computer_of(tenant, small.rooms[1].pk), in_use=True)
    incident = incident_of(small.rooms[0], "camera_room", device_id=device.pk)
    waits = item_of(other, tenant, asha, state=ItemState.PROPOSED, covered_by=CoveredBy.APPROVAL)
    item_of(other, tenant, asha, action=ActionCode.RESET_USB, state=ItemState.WAITING_FOR_GRANT)
    done = item_of(
        device,
        tenant,
        asha,
        action=ActionCode.RESET_USB,
        parameters={"target": "port", "at": "USB 1"},
        state=ItemState.SUCCEEDED,
        incident_id=incident.pk,
        signal="camera_room",
        observed_at=datetime.now(UTC),
    )
    item_of(device, tenant, asha, action=ActionCode.RESTART_APP, state=ItemState.FAILED)
    found_on(done)
    t = f"/t/{tenant.reference}/"
    new = f"{t}remediation/new/"
    return {
        "board": f"{t}remediation/",
        "list": f"{t}remediation/?view=list",
        "done": f"{t}remediation/{done.reference}/",
        "waits": f"{t}remediation/{waits.reference}/",
        "devices": f"{new}?incident={incident.reference}&device=DV-00000000",
        "actions": f"{new}?device={device.reference}&incident={incident.reference}",
        "order": f"{new}?device={device.reference}&incident={incident.reference}&action=reset_usb",
        "several": f"{new}?device={device.reference}&device={other.reference}&action=restart_app",
        "ledger": f"{t}devices/{device.reference}/actions/",
        "incident": f"{t}incidents/{incident.reference}/",
        "mine": "/remediation/",
        "catalogue": "/remediation/actions/",
        "decide": f"{t}remediation/{waits.reference}/decide/",
    }


def test_closed_pages_of_remediation(window_of, places, eli):
    window = window_of(eli, theme="dark", width=320)
    names = ("board", "list", "done", "order", "ledger", "mine")
    assert [problem for name in names for problem in look(window, places[name])] == []


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 320)])
def test_open_pages_of_remediation(window_of, places, tenant, asha, bo, theme, width):
    granted(asha, tenant, [bo], *SCOPES)
    window = window_of(asha, theme=theme, width=width)
    assert [problem for path in places.values() for problem in look(window, path)] == []


def test_pages_of_an_approver(window_of, places, bo):
    window = window_of(bo, theme="dark")
    names = ("mine", "waits", "decide")
    assert [problem for name in names for problem in look(window, places[name])] == []


def test_order_by_keyboard_is_refused_with_the_focus_on_what_to_mend(
    window_of, places, tenant, asha, bo
):
    granted(asha, tenant, [bo], *SCOPES)
    before = len(items())
    page = window_of(asha).open(places["order"])
    reason = page.get_by_label("Reason")
    reason.fill("")
    button = page.get_by_role("button", name="Reset a USB port or hub")
    button.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "error-summary"
    page.get_by_label("Reason").fill("The camera is gone")
    page.get_by_role("button", name="Reset a USB port or hub").focus()
    with page.expect_navigation(url="**/remediation/RJ-*/"):
        page.keyboard.press("Enter")
    assert page.get_by_role("heading", level=1).inner_text() == "Reset a USB port or hub"
    assert len(items()) == before + 1


def test_order_without_javascript(browser: Browser, live_server, places, tenant, asha, bo):
    granted(asha, tenant, [bo], *SCOPES)
    context = browser.new_context(java_script_enabled=False)
    try:
        cookie = signed_in_client(asha).cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.goto(live_server.url + places["order"])
        page.get_by_label("In the room's next window, once another").check()
        page.get_by_role("button", name="Reset a USB port or hub").click()
        page.wait_for_url("**/remediation/RJ-*/")
        assert "Waits for a decision" in page.inner_text("main")
        page.get_by_role("button", name="Cancel it").click()
        page.wait_for_url("**/remediation/RJ-*/")
        assert "Cancelled by a person" in page.inner_text("main")
    finally:
        context.close()
