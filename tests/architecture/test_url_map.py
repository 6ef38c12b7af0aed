"""docs/urls.md and docs/states.md are true, and their commands notice when they are not."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import get_resolver

from access.checks import patterns
from portal.management.commands import draw_states, urlmap

PAGES = {"urlmap": urlmap, "draw_states": draw_states}


def test_every_address_is_in_the_map() -> None:
    text = urlmap.page()
    for route, _ in (*patterns(), *patterns(get_resolver("portal.urls_device"))):
        assert f"| `/{route}` |" in text
    assert "**nothing**" not in text


def test_map_says_scope_or_reason() -> None:
    text = urlmap.page()
    assert "requires `inventory.view`" in text
    for line in text.splitlines():
        if line.startswith("| `/"):
            assert line.rstrip(" |").split("|")[-1].strip() not in ("", "signed in:", "public:")


def test_drawing_holds_every_move_and_its_owner() -> None:
    text = draw_states.page()
    assert "ready --> active: requester" in text
    assert "active --> ended: system" in text
    assert "approved --> active" not in text
    assert text.count("stateDiagram-v2") == len(draw_states.DRAWINGS)


@pytest.mark.parametrize("command", PAGES)
def test_check_fails_on_a_page_that_is_not_current(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "docs" / "page.md"
    monkeypatch.setattr(PAGES[command], "PAGE", page)
    with pytest.raises(CommandError, match=command):
        call_command(command, check=True, stdout=StringIO())
    call_command(command, stdout=StringIO())
    call_command(command, check=True, stdout=StringIO())
    page.write_text(page.read_text().replace("|", "!", 1))
    with pytest.raises(CommandError, match="not current"):
        call_command(command, check=True, stdout=StringIO())
