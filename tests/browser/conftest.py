"""A real Chromium against a live server. Every test here carries the mark `browser`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from access.models import Staff
from tests.people import signed_in_client

# A busy machine may take its time; what is awaited either comes or is wrong.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)

REPORT = """
window.cspReports = [];
document.addEventListener("securitypolicyviolation",
    (event) => window.cspReports.push(event.violatedDirective + " " + event.blockedURI));
"""


def send(page: Page, button: Locator) -> None:
    """Press the button of a form, and wait until the server's answer stands there."""
    with page.expect_navigation():
        button.click()


@dataclass
class Window:
    """One person's browser: its page, and what went wrong in it."""

    context: BrowserContext
    page: Page
    address: str
    errors: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to an address of the portal."""
        self.page.goto(self.address + path)
        return self.page

    def complaints(self) -> list[str]:
        """Console errors, script errors and breaches of the Content-Security-Policy so far."""
        return self.errors + self.page.evaluate("window.cspReports")


@pytest.fixture
def window_of(browser: Browser, live_server: object) -> Iterator[Callable[..., Window]]:
    """Open a browser window: for nobody, or for a person who is signed in."""
    opened: list[BrowserContext] = []

    def make(staff: Staff | None = None, *, theme: str = "light", width: int = 1440) -> Window:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(REPORT)
        opened.append(context)
        if staff is not None:
            cookie = signed_in_client(staff).cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies(
                [{"name": cookie.key, "value": cookie.value, "url": live_server.url}]
            )
        window = Window(context, context.new_page(), live_server.url)
        window.page.on(
            "console",
            lambda message: window.errors.append(message.text) if message.type == "error" else None,
        )
        window.page.on("pageerror", lambda error: window.errors.append(str(error)))
        return window

    yield make
    for context in opened:
        context.close()
