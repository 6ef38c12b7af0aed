"""Every page, closed, open, empty and wrong, in both themes: nothing for axe or the CSP."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from access.purposes import Purpose
from access.scopes import Scope
from rooms.states import EntryKind
from tests.acts import approved, ask, granted
from tests.browser.conftest import send
from tests.factories import computer_of, entry_of, incident_of, message_of
from tests.fleet.seed import store_tenant
from tests.fleet.small import small_tenant
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
    device = computer_of(tenant, room.pk)
    incident = incident_of(room, device_id=device.pk)
    incident_of(small.rooms[1])
    entry_of(incident, EntryKind.NOTE, "Asked the site", by="Bo")
    message_of(incident, "Please look at the cable")
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
        "room incidents": f"{t}rooms/{room.reference}/?tab=incidents",
        "device": f"{t}rooms/{room.reference}/devices/{device.reference}/",
        "suppressions": f"{t}rooms/{room.reference}/suppressions/",
        "incidents": f"{t}incidents/",
        "incident": f"{t}incidents/{incident.reference}/",
        "record incident": f"{t}incidents/new/?room={room.reference}",
        "selected": f"{t}incidents/selected/?pick={incident.reference}",
        "signals": f"{t}signals/",
        "ask": f"{t}ask/?scope=inventory.view&room={room.reference}",
        "request": f"{t}requests/{request.reference}/",
        "grant": f"{t}grants/{ready.reference}/",
        "my access": "/access/",
        "approvals": "/approvals/",
        "grants": "/grants/",
        "audit": "/audit/",
        "tenant audit": f"{t}audit/",
        "audit day": f"{t}audit/day/{timezone.now().date()}/",
        "ledger": f"{t}audit/ledger/",
        "review": f"{t}audit/review/",
        "evidence": f"{t}grants/{ready.reference}/evidence/",
        "standing": "/audit/standing/",
        "drills": "/audit/drills/",
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


WORK_PAGES = (
    "room incidents",
    "suppressions",
    "incidents",
    "incident",
    "record incident",
    "selected",
    "signals",
)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 320])
def test_pages_of_work_on_incidents(window_of, places, tenant, asha, bo, theme, width):
    scopes = (Scope.INVENTORY_VIEW, Scope.HEALTH_VIEW, Scope.INCIDENT_WORK)
    granted(asha, tenant, [bo], *scopes)
    window = window_of(asha, theme=theme, width=width)
    assert [problem for name in WORK_PAGES for problem in look(window, places[name])] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_of_an_approver(window_of, places, bo, theme):
    window = window_of(bo, theme=theme)
    names = ("home", "approvals", "request", "grants", "grant", "stop", "tenants")
    assert [problem for name in names for problem in look(window, places[name])] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_of_an_auditor(window_of, places, tenant, dana, bo, theme):
    granted(dana, tenant, [bo], Scope.AUDIT_VIEW, purpose=Purpose.ASSURANCE)
    window = window_of(dana, theme=theme)
    names = (
        "home",
        "audit",
        "tenant audit",
        "audit day",
        "ledger",
        "review",
        "evidence",
        "standing",
        "drills",
        "request",
        "grants",
    )
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
    send(page, page.get_by_role("button", name="Ask for access"))
    assert page.locator("[aria-invalid=true]").count() > 0
    violations = Axe().run(page, options=RULES).response["violations"]
    assert [violation["id"] for violation in violations] == []
