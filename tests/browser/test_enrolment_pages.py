"""The pages that let devices in and out, closed, open and wrong: nothing for axe or the CSP."""

from __future__ import annotations

import pytest

from access.scopes import Scope
from tests.acts import granted
from tests.browser.conftest import send
from tests.browser.test_axe import look
from tests.factories import computer_of, furnish
from tests.rooms.enrolment.agents import issue_key, register

pytestmark = pytest.mark.browser


@pytest.fixture
def places(tenant, superuser) -> list[str]:
    """Their addresses, with one of everything in the lists."""
    small = furnish(tenant)
    room = small.rooms[0]
    device = computer_of(tenant, room.pk)
    superuser["eu"].execute(
        "update rooms_device set state = 'onboarding' where id = %s", [device.pk]
    )
    issue_key(tenant, room)
    register(tenant, room, "a" * 64, "SN-1")
    base = f"/t/{tenant.reference}/devices/"
    return [base, f"{base}{device.reference}/unenrol/", f"{base}keys/", f"{base}endorsements/"]


@pytest.fixture
def may_manage(tenant, asha, bo, bea) -> None:
    """Asha may let devices in and out."""
    granted(asha, tenant, [bo, bea], Scope.LIFECYCLE_MANAGE, Scope.INVENTORY_VIEW)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 320])
def test_closed_pages_of_enrolment(window_of, places, asha, theme, width):
    window = window_of(asha, theme=theme, width=width)
    assert [problem for path in places for problem in look(window, path)] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 320])
def test_open_pages_of_enrolment(window_of, places, may_manage, asha, theme, width):
    window = window_of(asha, theme=theme, width=width)
    assert [problem for path in places for problem in look(window, path)] == []


def test_key_is_issued_by_hand(window_of, places, may_manage, asha):
    """With the keyboard's own labels, from an empty form over a mistake to the key."""
    window = window_of(asha)
    page = window.open(places[2])
    page.get_by_label("Room reference").fill("lobby")
    send(page, page.get_by_role("button", name="Issue key"))
    assert page.locator("[aria-invalid=true]").count() == 2
    reference = page.locator("tbody td:nth-of-type(1) small").first.inner_text()
    page.get_by_label("Room reference").fill(reference)
    page.get_by_label("Reason").fill("A new console")
    send(page, page.get_by_role("button", name="Issue key"))
    assert page.locator("#new-key").inner_text().startswith("eu.")
    assert window.complaints()[1:] == []  # the browser tells of the 422
