"""Every page, closed, open, empty and wrong, in both themes: nothing for axe or the CSP."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from access.purposes import Purpose
from access.scopes import Scope
from rooms.fleet.seed import store_tenant
from rooms.fleet.small import small_tenant
from rooms.models import Device
from tests.acts import approved, ask, granted
from tests.html_lint import problems

pytestmark = pytest.mark.browser

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


@pytest.fixture
def places(tenant, asha, bo) -> dict[str, str]:
    """Addresses by name, of a tenant with three rooms and one of everything else."""
    small = small_tenant(tenant.pk, tenant.reference, at=timezone.now())
    store_tenant(small.made, using="eu_owner")
    room = small.rooms[0]
    device = Device.objects.using("eu_owner").filter(room_id=room.pk).first()
    request = ask(asha, tenant, Scope.DIAGNOSTICS_VIEW)
    ready = approved(asha, tenant, [bo], Scope.ACCOUNT_VIEW)
    t = f"/t/{tenant.reference}/"
    return {
        "home": "/",
        "me": "/me/",
        "health": "/health/",
        "triage": "/triage/",
        "tenants": "/tenants/",
        "tenant": t,
        "rooms": f"{t}rooms/",
        "peek": f"{t}rooms/?panel={room.reference}",
        "room": f"{t}rooms/{room.reference}/",
        "device": f"{t}rooms/{room.reference}/devices/{device.reference}/",
        "ask": f"{t}ask/?scope=inventory.view&room={room.reference}",
        "request": f"{t}requests/{request.reference}/",
        "grant": f"{t}grants/{ready.reference}/",
        "my access": "/access/",
        "approvals": "/approvals/",
        "grants": "/grants/",
        "audit": "/audit/",
        "tenant audit": f"{t}audit/",
        "stop": "/stop/",
        "status": "/status/",
        "style": "/style/",
        "not found": "/t/TN-00000000/",
    }


def look(window, path: str) -> list[str]:
    """What is wrong with one page."""
    page = window.open(path)
    found = [
        f"{path}: {violation['id']}: {violation['nodes'][0]['target']}"
        for violation in Axe().run(page, options=RULES).response["violations"]
    ]
    found += [f"{path}: {problem}" for problem in problems(page.content())]
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    if width[0] > width[1]:
        found.append(f"{path}: {width[0]} px wide in a window of {width[1]} px")
    expected = "404" if path == "/t/TN-00000000/" else None
    found += [
        f"{path}: {complaint}"
        for complaint in window.complaints()
        if not (expected and expected in complaint)
    ]
    window.errors.clear()
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 320])
def test_closed_pages(window_of, places, asha, theme, width):
    window = window_of(asha, theme=theme, width=width)
    assert [problem for path in places.values() for problem in look(window, path)] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 320])
def test_open_pages(window_of, places, tenant, asha, bo, theme, width):
    scopes = (Scope.INVENTORY_VIEW, Scope.HEALTH_VIEW, Scope.ACCOUNT_VIEW)
    granted(asha, tenant, [bo], *scopes)
    window = window_of(asha, theme=theme, width=width)
    names = ("home", "tenant", "rooms", "peek", "room", "device", "my access", "tenants")
    assert [problem for name in names for problem in look(window, places[name])] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_of_an_approver(window_of, places, bo, theme):
    window = window_of(bo, theme=theme)
    names = ("home", "approvals", "request", "grants", "grant", "stop", "tenants")
    assert [problem for name in names for problem in look(window, places[name])] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_of_an_auditor(window_of, places, tenant, dana, bo, theme):
    granted(dana, tenant, [bo], Scope.AUDIT_VIEW, purpose=Purpose.ASSURANCE)
    window = window_of(dana, theme=theme)
    names = ("home", "audit", "tenant audit", "request", "grants")
    assert [problem for name in names for problem in look(window, places[name])] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_for_nobody(window_of, db, theme):
    window = window_of(theme=theme)
    assert [
        problem for path in ("/sign-in/", "/sign-in/code/") for problem in look(window, path)
    ] == []


def test_empty_pages(window_of, tenant, asha):
    """A person for whom nothing waits, in a tenant without a room."""
    window = window_of(asha)
    paths = ("/", "/triage/", "/health/", "/access/", "/approvals/", "/grants/")
    assert [problem for path in paths for problem in look(window, path)] == []


def test_wrong_input(window_of, tenant, asha, bo):
    """The request form after a press on its button with nothing filled in."""
    window = window_of(asha)
    page = window.open(f"/t/{tenant.reference}/ask/")
    page.get_by_role("button", name="Ask for access").click()
    page.wait_for_load_state()
    assert page.locator("[aria-invalid=true]").count() > 0
    violations = Axe().run(page, options=RULES).response["violations"]
    assert [violation["id"] for violation in violations] == []
