"""One grant from asking to its end, in real browsers: asha asks, bo decides, dana checks."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from access.models import Grant, Staff
from access.scopes import Scope
from tests import people
from tests.acts import granted
from tests.browser.conftest import send
from tests.fleet.seed import store_tenant
from tests.fleet.small import small_tenant

pytestmark = pytest.mark.browser


@pytest.fixture
def room(tenant):
    """The room of the story, and the words that only its data holds."""
    small = small_tenant(tenant.pk, tenant.reference, at=timezone.now())
    store_tenant(small.made, using="eu_owner")
    return small.rooms[0]


def sign_in(page: Page, staff: Staff) -> None:
    """E-mail and password, then the code of the authenticator."""
    page.get_by_label("E-mail").fill(staff.email)
    page.get_by_label("Password").fill(people.PASSWORD)
    send(page, page.get_by_role("button", name="Sign in"))
    give_code(page, staff)
    send(page, page.get_by_role("button", name="Sign in"))


def give_code(page: Page, staff: Staff) -> None:
    """A fresh code; a person would wait for the next one, the test lets codes be used again."""
    people.forget_codes(staff)
    page.locator("input[name=code]:visible").fill(people.code_of(staff))


def ask_for_the_room(page: Page) -> None:
    page.get_by_role("link", name="Ask for access to this room").first.click()
    page.get_by_label("15 min").check()
    page.get_by_label("Purpose").select_option("mitigate")
    page.get_by_label("Reason").fill("INC-20931: the front display is dark since noon.")
    send(page, page.get_by_role("button", name="Ask for access"))


def approve(page: Page, staff: Staff) -> None:
    page.get_by_role("link", name="Approvals").first.click()
    page.get_by_role("link", name=re.compile(r"^Decide\b")).first.click()
    give_code(page, staff)
    send(page, page.get_by_role("button", name=re.compile("^Approve")))


def start(page: Page, staff: Staff) -> None:
    page.goto(page.url)
    page.get_by_role("link", name=re.compile("Start")).or_(
        page.get_by_role("button", name=re.compile("^Start"))
    ).first.click()
    give_code(page, staff)
    send(page, page.get_by_role("button", name=re.compile("^Start")).last)


def end_now(page: Page) -> None:
    page.locator("#strip summary", has_text="End now").click()
    send(page, page.locator("#strip").get_by_role("button", name="End access"))


def test_one_grant_from_asking_to_its_end_80(window_of, tenant, room, asha, bo, dana, held_clock):
    # asha opens a room that is closed
    hers = window_of()
    page = hers.open(f"/t/{tenant.reference}/rooms/{room.reference}/")
    sign_in(page, asha)
    expect(page.get_by_role("heading", name="This room is closed")).to_be_visible()
    assert room.name not in page.content()

    # she asks for the smallest fitting access; bo approves with a second factor
    ask_for_the_room(page)
    expect(page.get_by_text("Waiting").first).to_be_visible()
    his = window_of()
    his.open("/")
    sign_in(his.page, bo)
    approve(his.page, bo)
    expect(his.page.get_by_text("Approved").first).to_be_visible()

    # she starts, and sees inventory and health
    page.goto(f"{hers.address}/t/{tenant.reference}/rooms/{room.reference}/")
    start(page, asha)
    page.goto(f"{hers.address}/t/{tenant.reference}/rooms/{room.reference}/")
    expect(page.locator("#strip .timer, #strip [data-expires]").first).to_be_visible()
    expect(page.get_by_text(room.name).first).to_be_visible()

    # the grant has 10 seconds left: the page closes itself, nobody clicks, no worker runs
    ends_at = Grant.objects.using("eu_owner").get().ends_at
    held_clock.hold(ends_at - timedelta(seconds=10))
    page.reload()
    expect(page.get_by_text(room.name).first).to_be_visible()
    held_clock.shift(ends_at - timezone.now())
    expect(page.get_by_text(room.name)).to_have_count(0)
    assert room.name not in page.content()
    expect(page.get_by_role("heading", name="This room is closed")).to_be_visible()

    # Back and forward show nothing, and the browser kept nothing
    for move in (page.go_back, page.go_back, page.go_forward, page.go_forward):
        move()
        assert room.name not in page.content()
    kept = page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert room.name not in kept
    assert hers.complaints() == []
    assert his.complaints() == []

    # dana asks for the record, and finds each step
    held_clock.release()
    theirs = window_of()
    theirs.open(f"/t/{tenant.reference}/audit/")
    sign_in(theirs.page, dana)
    theirs.page.get_by_role("link", name=re.compile("Ask for access")).first.click()
    theirs.page.get_by_label("15 min").check()
    theirs.page.get_by_label("Purpose").select_option("assurance")
    theirs.page.get_by_label("Reason").fill("Monthly check of who looked and why.")
    send(theirs.page, theirs.page.get_by_role("button", name="Ask for access"))
    his.open("/")
    approve(his.page, bo)
    theirs.open(f"/t/{tenant.reference}/audit/")
    start(theirs.page, dana)
    record = theirs.open(f"/t/{tenant.reference}/audit/").locator("main").inner_text().lower()
    for step in ("asha", "bo", "dana", room.reference.lower()):
        assert step in record
    assert theirs.complaints() == []


def test_end_now_closes_at_once(window_of, tenant, room, asha, bo):
    granted(asha, tenant, [bo], Scope.INVENTORY_VIEW, rooms=[room.reference])
    window = window_of(asha)
    page = window.open(f"/t/{tenant.reference}/rooms/{room.reference}/")
    expect(page.get_by_text(room.name).first).to_be_visible()
    end_now(page)
    page.goto(f"{window.address}/t/{tenant.reference}/rooms/{room.reference}/")
    assert room.name not in page.content()
    assert window.complaints() == []


def test_page_in_a_second_window_closes_too(window_of, tenant, room, asha, bo, held_clock):
    """An approver, or the holder elsewhere, ended it: the next refresh shows it closed."""
    granted(asha, tenant, [bo], Scope.INVENTORY_VIEW, rooms=[room.reference])
    first, second = window_of(asha), window_of(asha)
    address = f"/t/{tenant.reference}/rooms/{room.reference}/"
    expect(second.open(address).get_by_text(room.name).first).to_be_visible()
    first.open(address)
    end_now(first.page)
    second.page.evaluate("document.body.dispatchEvent(new CustomEvent('ops:tick'))")
    expect(second.page.get_by_text(room.name)).to_have_count(0)
