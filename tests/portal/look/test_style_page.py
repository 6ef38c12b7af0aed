"""The living style page, in a real browser: every component in every state, in every theme."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.utils import timezone

from portal.style import samples
from tests.html_lint import problems
from tests.portal.look.conftest import HOST, Site, draw, held

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SOURCE = (Path(settings.BASE_DIR) / "templates" / "portal" / "style.html").read_text()


def style_page(theme: str = "light", density: str = "compact") -> str:
    """The page, with one grant in use."""
    now = timezone.now()
    html = draw(SOURCE, [held(now + timedelta(hours=1))], **samples(now))
    return html.replace(
        'data-density="compact"', f'data-theme="{theme}" data-density="{density}"', 1
    )


def test_style_page_is_sound_html() -> None:
    assert problems(style_page()) == []


@pytest.mark.browser
@pytest.mark.parametrize(
    ("theme", "density", "width"),
    [
        ("light", "compact", 1440),
        ("dark", "compact", 1440),
        ("light", "comfortable", 320),
        ("dark", "dense", 320),
        ("light", "compact", 820),
    ],
)
def test_style_page_passes_axe_and_never_scrolls_sideways(
    tab: Any, site: Site, theme: str, density: str, width: int
) -> None:
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.set_viewport_size({"width": width, "height": 900})
    site.page = style_page(theme, density)
    tab.goto(f"{HOST}/style/")
    found = Axe().run(tab, options={"runOnly": {"type": "tag", "values": RULES}}).response
    assert [(rule["id"], rule["nodes"][0]["target"]) for rule in found["violations"]] == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert said == []


@pytest.mark.browser
def test_menu_on_a_small_screen_needs_no_script(chromium: str, browser: Any, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 800})
    context.route("**/*", site.answer)
    tab = context.new_page()
    site.page = style_page()
    tab.goto(f"{HOST}/style/")
    tab.click(".drawer summary")
    assert tab.is_visible(".drawer >> text=My access")
    context.close()
