"""Pages rendered from our templates and served to a real browser by the test itself.

So the server can be made to fail, to be slow, or to say that a grant ended before its time.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import django_htmx
import pytest
from django.conf import settings
from django.template import Context, engines
from django.utils import timezone

from portal.navigation import GROUPS

HOST = "http://rooms.test"
FOLDERS = {
    "ui": Path(settings.BASE_DIR) / "static",
    "django_htmx": Path(django_htmx.__file__).parent / "static",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)


def held(ends_at: datetime, reference: str = "GR-A") -> SimpleNamespace:
    """One grant in use, as the gate hands it over."""
    return SimpleNamespace(
        reference=reference,
        tenant_reference="TN-AB12CD",
        label="room RM-48213",
        scopes_text="inventory",
        purpose_text="INC-20931",
        ends_at=ends_at,
        ends_ms=int(ends_at.timestamp() * 1000),
        url="/g/",
        end_url="/end/",
        ask_again_url="/ask/",
        state="active",
    )


def draw(
    source: str, grants: list[SimpleNamespace], now: datetime | None = None, **more: Any
) -> str:
    """A page or a fragment with these grants in the strip."""
    now = now or timezone.now()
    shell = SimpleNamespace(
        now=now,
        now_ms=int(now.timestamp() * 1000),
        held=grants,
        strip=grants[:3],
        strip_version="v",
        more_grants=0,
        regions_down=(),
        person="asha",
        theme="",
        density="compact",
        keys=True,
        nav=GROUPS,
        region="",
        demo=False,
        path="/",
    )
    engine = engines["django"].engine
    values = {"shell": shell, "grant": grants[0] if grants else None} | more
    return engine.from_string(source).render(Context(values))


class Site:
    """What the browser is answered; a test changes it while the page is open."""

    def __init__(self) -> None:
        self.page = ""
        self.down = False
        self.strip: str | None = None

    def answer(self, route: Any) -> None:
        """One request of the browser."""
        path = route.request.url.removeprefix(HOST).partition("?")[0]
        if path.startswith("/static/"):
            name = path.removeprefix("/static/")
            found = FOLDERS[name.partition("/")[0]] / name
            route.fulfill(body=found.read_bytes(), content_type=mimetypes.guess_type(name)[0])
        elif self.down:
            route.abort()
        elif "strip" in path:
            route.fulfill(
                status=200 if self.strip else 204, body=self.strip or "", content_type="text/html"
            )
        else:
            headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
            route.fulfill(body=self.page, content_type="text/html", headers=headers)


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def tab(browser: Any, site: Site) -> Iterator[Any]:
    context = browser.new_context()
    context.route("**/*", site.answer)
    page = context.new_page()
    yield page
    context.close()
