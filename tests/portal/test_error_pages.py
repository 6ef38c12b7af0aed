"""Error pages stand alone: they render with nothing at all, and say what happened in words."""

from __future__ import annotations

import pytest
from django.template import Context, engines

from tests.html_lint import problems

NAMES = ("400", "403", "403_csrf", "404", "409", "429", "500", "503")


class Touchy:
    """A shell whose every value but the theme would need a database that is down."""

    theme = "dark"
    density = "compact"
    keys = True

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"the error page asked for {name}")


def draw(name: str, **values: object) -> str:
    """An error page with only these values."""
    return engines["django"].engine.get_template(f"{name}.html").render(Context(values))


@pytest.mark.parametrize("name", NAMES)
def test_error_page_renders_with_nothing(name: str) -> None:
    assert problems(draw(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_error_page_asks_nothing_of_the_databases(name: str) -> None:
    html = draw(name, shell=Touchy())
    assert 'data-theme="dark"' in html
    assert "data-now" not in html


@pytest.mark.parametrize("name", ["403", "409", "503"])
def test_error_page_says_the_reason_and_the_remedy_escaped(name: str) -> None:
    html = draw(name, reason="<b>Why</b>", remedy="What would make it yes.")
    assert "&lt;b&gt;Why&lt;/b&gt;" in html
    assert "What would make it yes." in html


@pytest.mark.parametrize("name", NAMES)
def test_error_page_blames_nobody(name: str) -> None:
    text = draw(name).lower().partition("<main")[2]
    words = ("oops", "sorry", "please", "denied", "permission", "!<", "error")
    assert [word for word in words if word in text] == []
