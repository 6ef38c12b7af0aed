"""Colours can be told apart: every pair the pages use, in both themes, by the WCAG formula."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

TOKENS = Path(settings.BASE_DIR) / "portal" / "styles" / "tokens.css"
TEXT, MARK = 4.5, 3.0
THEMES = ("light", "dark")

# Foreground, background, least contrast. Text needs 4.5, edges and marks need 3.
PAIRS = [
    *[
        (text, ground, TEXT)
        for text in ("fg-1", "fg-2", "fg-3")
        for ground in ("bg-page", "bg-1", "bg-2")
    ],
    *[("fg-3", ground, TEXT) for ground in ("bg-hover", "bg-selected")],
    *[("fg-1", ground, TEXT) for ground in ("bg-hover", "bg-selected", "tint-bg", "acc-bg")],
    *[("link", ground, TEXT) for ground in ("bg-page", "bg-1", "bg-hover", "tint-bg", "acc-bg")],
    ("link-hover", "bg-1", TEXT),
    *[("on-brand", ground, TEXT) for ground in ("brand", "brand-hover", "brand-pressed")],
    ("tint-fg", "tint-bg", TEXT),
    *[(f"{tone}-fg", f"{tone}-bg", TEXT) for tone in ("ok", "warn", "bad", "off", "acc")],
    *[(f"{tone}-mark", "bg-1", MARK) for tone in ("ok", "warn", "bad", "off", "acc")],
    *[("fg-1", f"{tone}-bg", TEXT) for tone in ("ok", "warn", "bad", "off")],
    *[("fg-3", ground, TEXT) for ground in ("acc-bg", "tint-bg")],
    ("bad-fg", "bg-1", TEXT),
    ("acc-fg", "bg-page", TEXT),
    ("on-acc", "acc-mark", TEXT),
    ("strip-fg", "strip-bg", TEXT),
    ("glass-fg", "glass-bg", TEXT),
    ("glass-fg", "glass-hatch", TEXT),
    ("line-a11y", "bg-1", MARK),
    ("ind", "bg-1", MARK),
    ("ind", "bg-selected", MARK),
    *[("focus-out", ground, MARK) for ground in ("bg-page", "bg-1", "bg-selected")],
    *[(f"c{number}", "bg-1", MARK) for number in range(1, 6)],
]


def colours(theme: str) -> dict[str, str]:
    """Every colour token of one theme."""
    place = THEMES.index(theme) + 1
    found = {}
    text = TOKENS.read_text()
    for match in re.finditer(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", text):
        found[match[1]] = match[place + 1]
    for match in re.finditer(r"--([\w-]+): (#\w{6});", text):
        found[match[1]] = match[2]
    return found


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio, WCAG 2."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_known_colours() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_pair_can_be_told_apart(theme: str, front: str, back: str, least: float) -> None:
    tokens = colours(theme)
    assert contrast(tokens[front], tokens[back]) >= least


@pytest.mark.parametrize("theme", THEMES)
def test_focus_ring_shows_on_the_strip(theme: str) -> None:
    tokens = colours(theme)
    rings = (tokens["focus-out"], tokens["focus-in"])
    assert max(contrast(ring, tokens["strip-bg"]) for ring in rings) >= MARK


def test_purple_is_used_by_grants_only() -> None:
    """A rule that uses an access colour is about grants: strip, opened, locked, key, time left."""
    about_grants = re.compile(r"strip|opened|locked|caption|\.acc|timebar|glass|soon")
    styles = (path.read_text() for path in TOKENS.parent.glob("*.css") if path != TOKENS)
    rules = [
        match.groups() for text in styles for match in re.finditer(r"([^{}]+){([^{}]*)}", text)
    ]
    purple = [name.strip() for name, body in rules if re.search(r"--(acc|strip|glass)-", body)]
    assert purple
    assert [name for name in purple if not about_grants.search(name)] == []
