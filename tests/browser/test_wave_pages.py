"""The pages of waves, settings, policies and stops: nothing for axe, the CSP or the HTML lint."""

from __future__ import annotations

import pytest
from django.conf import settings

from access.residency import region
from diagnostics.models import WaveRing
from tests.acts import granted
from tests.browser.conftest import send
from tests.browser.test_axe import look
from tests.diagnostics.collections import OWNER
from tests.diagnostics.test_automation_pages import EVERYTHING, POLICY, SIGNAL
from tests.diagnostics.waves import (
    DIGEST,
    HEALTH,
    INVENTORY,
    RESTART,
    WORK,
    item_of,
    now_of,
    planned,
    rings_for,
    wave_of,
)
from tests.factories import computer_of, furnish
from tests.people import signed_in_client

pytestmark = pytest.mark.browser

STOPPED = {
    "Staging": {"succeeded": 1},
    "General": {"succeeded": 1, "failed": 2, "running": 1},
    "Executive": {"cancelled": 1},
}
REASONS = {
    "succeeded": "success", "failed": "verification_failed", "running": "working",
    "cancelled": "wave_stopped",
}  # fmt: skip


@pytest.fixture
def devices(tenant) -> list:
    small = furnish(tenant, rooms=6)
    return [computer_of(tenant, room.pk) for room in small.rooms]


@pytest.fixture
def stopped(tenant, asha, devices):
    """A wave that stopped itself in its second ring."""
    wave = wave_of(
        asha, tenant, state="stopped", mover="system", digest=DIGEST, devices=6,
        why="3 actions in a row failed.", title="Restart the meeting app: all of Europe",
    )  # fmt: skip
    left = list(devices)
    with region("eu"):
        rings_for(wave, {name: sum(parts.values()) for name, parts in STOPPED.items()})
        WaveRing.objects.using(OWNER).filter(wave=wave, name="General").update(
            gate="3 actions in a row failed."
        )
        for ring, parts in STOPPED.items():
            for state, number in parts.items():
                for _ in range(number):
                    place = len(devices) - len(left)
                    item_of(
                        wave, left.pop(), ring=ring, state=state, reason_code=REASONS[state],
                        place=place, pilot=place % 4 == 0,
                    )  # fmt: skip
    return wave


@pytest.fixture
def places(tenant, asha, stopped, devices) -> list[str]:
    waiting = planned(asha, tenant, [], votes_needed=2, action="resync_time")
    draft = wave_of(asha, tenant)
    t = f"/t/{tenant.reference}/"
    return [
        f"{t}waves/",
        f"{t}waves/new/",
        f"{t}waves/new/?action=restart_app",
        f"{t}waves/{stopped.reference}/",
        f"{t}waves/{stopped.reference}/plan/",
        f"{t}waves/{waiting.reference}/",
        f"{t}waves/{waiting.reference}/plan/?part=excluded",
        f"{t}waves/{waiting.reference}/cancel/",
        f"{t}waves/{draft.reference}/",
        f"{t}remediation/settings/",
        f"{t}remediation/policies/?signal={SIGNAL}",
        "/remediation/stops/",
    ]


@pytest.fixture
def proposed(tenant, asha, bo) -> None:
    """Everything may be done, a version and a policy wait, and a stop is in force."""
    granted(asha, tenant, [bo], RESTART, HEALTH, INVENTORY, WORK)
    client, t = signed_in_client(asha), f"/t/{tenant.reference}/remediation/"
    assert client.post(f"{t}settings/", EVERYTHING).status_code == 303
    assert client.post(f"{t}policies/?signal={SIGNAL}", POLICY).status_code == 303
    stop = {"level": "action", "action": "restart_app", "tenant": "", "reason": "It loops"}
    assert client.post("/remediation/stops/", stop).status_code == 303


def test_closed_pages_of_waves(window_of, places, eli):
    window = window_of(eli, theme="dark", width=320)
    mine = [path for path in places if "/waves/RW-" not in path and "?" not in path]
    assert [problem for path in mine for problem in look(window, path)] == []


def test_open_pages_of_waves(window_of, places, proposed, asha):
    """Every page once: by turns light and wide, and dark and narrow."""
    windows = [window_of(asha), window_of(asha, theme="dark", width=320)]
    found = [
        problem for number, path in enumerate(places) for problem in look(windows[number % 2], path)
    ]
    assert found == []


def test_approver_votes_and_a_stop_takes_hold_without_scripts(
    browser, live_server, tenant, asha, bo, devices
):
    """Every act is a form of its own page, so a browser without scripts does them all."""
    wave = planned(asha, tenant, devices[:2], state="running")
    context = browser.new_context(java_script_enabled=False)
    try:
        cookie = signed_in_client(bo).cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.goto(f"{live_server.url}/t/{tenant.reference}/waves/{wave.reference}/")
        page.get_by_role("link", name="Stop the wave").click()
        page.get_by_label("Reason").fill("Rooms do not come back")
        send(page, page.get_by_role("button", name="Stop the wave"))
        assert page.get_by_text("is stopped. What was not sent is cancelled.").count() == 1
    finally:
        context.close()
    assert now_of(wave).state == "stopped"
