"""The end of a grant in a real browser: blank first, ask second, and nothing comes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.html_lint import problems
from tests.portal.look.conftest import HOST, Site, draw, held

pytestmark = pytest.mark.browser

SECRET = "Grand Hall canary"
PAGE = """{% extends "base.html" %}{% block title %}Room · Rooms{% endblock %}
{% block heading %}<div class="phead"><h1>RM-48213</h1>
<span data-grant="GR-A" title="SECRET">SECRET</span></div>{% endblock %}
{% block main %}{% opened grant %}<p id="secret">SECRET</p>{% endopened %}
<p id="open-to-all">Everybody sees this</p>{% endblock %}""".replace("SECRET", SECRET)
CLOSED = """{% extends "base.html" %}{% block title %}Room · Rooms{% endblock %}
{% block main %}<h1 id="closed">This room is closed</h1>{% endblock %}"""


def source_of(tab: Any) -> str:
    """Everything the tab holds: the document, and what it has stored."""
    stored = tab.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    return str(tab.content()) + str(stored) + str(tab.title())


def until(tab: Any, condition: str, timeout: int = 60_000) -> None:
    """Wait for a condition. Playwright's own way evaluates text, which our policy refuses."""
    for _ in range(timeout // 100):
        if tab.evaluate(condition):
            return
        tab.wait_for_timeout(100)
    pytest.fail(f"not within {timeout} ms: {condition}")


def test_page_closes_itself_when_the_grant_ends(tab: Any, site: Site) -> None:
    site.page = draw(PAGE, [held(timezone.now() + timedelta(seconds=5))])
    tab.goto(f"{HOST}/room/")
    assert SECRET in source_of(tab)
    site.page = draw(CLOSED, [])
    tab.wait_for_selector("#closed", timeout=60_000)
    assert SECRET not in source_of(tab)


def test_page_stays_blank_when_the_server_cannot_be_asked(tab: Any, site: Site) -> None:
    site.page = draw(PAGE, [held(timezone.now() + timedelta(seconds=5))])
    tab.goto(f"{HOST}/room/")
    site.down = True
    tab.evaluate(
        "new MutationObserver(() => window.blankedAt ??= performance.now())"
        ".observe(document.querySelector('.opened'), {childList: true})"
    )
    until(tab, "!document.body.innerHTML.includes('canary')")
    # the page counts from when it stands there, and looks once a second
    begun = tab.evaluate("performance.getEntriesByType('navigation')[0].domInteractive")
    assert tab.evaluate("window.blankedAt") - begun < 5000 + 3000
    until(tab, "document.querySelector('#alerts').textContent.includes('could not')")
    assert SECRET not in source_of(tab)
    assert tab.is_visible("#open-to-all")


@pytest.mark.parametrize("hours", [-1, 1])
def test_page_closes_on_time_when_the_clock_of_the_computer_is_wrong(
    tab: Any, site: Site, hours: int
) -> None:
    server = timezone.now() + timedelta(hours=hours)
    site.page = draw(PAGE, [held(server + timedelta(seconds=6))], now=server)
    tab.goto(f"{HOST}/room/")
    site.page = draw(CLOSED, [])
    tab.wait_for_timeout(1200)
    assert SECRET in source_of(tab)
    tab.wait_for_selector("#closed", timeout=60_000)
    assert SECRET not in source_of(tab)


def test_page_closes_when_the_grant_leaves_the_strip_early(tab: Any, site: Site) -> None:
    site.page = draw(PAGE, [held(timezone.now() + timedelta(hours=1))])
    tab.goto(f"{HOST}/room/")
    site.page = draw(CLOSED, [])
    site.strip = draw('{% include "components/strip.html" %}', [])
    tab.evaluate("document.querySelector('#strip').setAttribute('hx-get', '/strip/')")
    tab.evaluate("htmx.ajax('GET', '/strip/', {target: '#strip', swap: 'outerHTML'})")
    tab.wait_for_selector("#closed", timeout=60_000)
    assert SECRET not in source_of(tab)


def test_answer_that_comes_after_the_end_is_blanked(tab: Any, site: Site) -> None:
    site.page = draw(PAGE, [held(timezone.now() + timedelta(seconds=5))])
    tab.goto(f"{HOST}/room/")
    site.down = True
    until(tab, "!document.body.innerHTML.includes('canary')")
    late = f"document.querySelector('[data-grant]').textContent = '{SECRET}'"
    tab.evaluate(late)
    until(tab, "!document.body.innerHTML.includes('canary')")


def test_crossing_a_limit_is_said_once_to_readers(tab: Any, site: Site) -> None:
    site.page = draw(PAGE, [held(timezone.now() + timedelta(seconds=304))])
    tab.goto(f"{HOST}/room/")
    assert tab.text_content("#live") == ""
    until(tab, "document.querySelector('#live').textContent.includes('5 minutes')")
    assert tab.get_attribute("#strip .timer", "aria-hidden") == "true"


def test_page_breaks_no_policy_and_writes_no_error(tab: Any, site: Site) -> None:
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    site.page = draw(PAGE, [held(timezone.now() + timedelta(hours=1))])
    tab.goto(f"{HOST}/room/")
    tab.wait_for_timeout(300)
    assert said == []
    assert problems(site.page) == []


def test_keys_move_through_rows_and_can_be_switched_off(tab: Any, site: Site) -> None:
    rows = "".join(f'<tr><th scope="row"><a href="#{n}">Row {n}</a></th></tr>' for n in (1, 2, 3))
    table = f'<table class="t" data-list><caption>Rooms</caption><tbody>{rows}</tbody></table>'
    source = CLOSED.replace("</h1>", "</h1>" + table)
    site.page = draw(source, [])
    tab.goto(f"{HOST}/rooms/")
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    assert tab.evaluate("document.activeElement.textContent") == "Row 2"
    tab.keyboard.press("?")
    assert tab.is_visible("#keys")
    site.page = draw(source, []).replace("<html", '<html data-keys="off"', 1)
    tab.goto(f"{HOST}/rooms/")
    tab.keyboard.press("j")
    assert tab.evaluate("document.activeElement.tagName") == "BODY"
