"""What a page costs before it says anything: our own style, script and icons stay small."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from django.conf import settings

from portal.management.commands.build_icons import SPRITE, sprite
from portal.management.commands.build_styles import SHEET, sheet

STATIC = Path(settings.BASE_DIR) / "static"
KILOBYTE = 1024


def weight(pattern: str) -> int:
    """Bytes on the wire: every file is compressed by itself, as it is served."""
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in STATIC.rglob(pattern))


@pytest.mark.parametrize(("pattern", "kilobytes"), [("*.css", 8), ("*.js", 6), ("icons.svg", 5)])
def test_weight_stays_in_budget(pattern: str, kilobytes: int) -> None:
    assert 0 < weight(pattern) <= kilobytes * KILOBYTE


def test_sprite_is_what_the_names_make() -> None:
    assert SPRITE.read_text() == sprite()


def test_style_sheet_is_what_its_sources_make() -> None:
    assert SHEET.read_text() == sheet()


def test_scripts_keep_nothing_and_evaluate_nothing() -> None:
    text = "".join(path.read_text() for path in STATIC.rglob("*.js"))
    forbidden = ("localStorage", "sessionStorage", "indexedDB", "eval(", "innerHTML", "Function(")
    assert [word for word in forbidden if word in text] == []
