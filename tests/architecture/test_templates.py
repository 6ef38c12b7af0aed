"""Every template in the tree obeys the strict Content-Security-Policy and compiles."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines

from portal.icons import ICONS

TEMPLATES = Path(settings.BASE_DIR) / "templates"
PATHS = sorted(TEMPLATES.rglob("*.html"))

# What no template may say, and how it would be found.
FORBIDDEN = {
    "inline style": r"\sstyle\s*=",
    "style element": r"<style",
    "script with a body": r"<script\b[^>]*>\s*[^<\s]",
    "inline handler": r"<[a-z][^>]*\son[a-z]+\s*=",
    "hx-on": r"\bhx-on\b",
    "hx-vals with code": r"hx-vals\s*=\s*['\"]\s*js:",
    "filter in a trigger": r"hx-trigger\s*=\s*(\"[^\"]*\[|'[^']*\[)",
    "javascript address": r"javascript:",
    "new window": r"target\s*=\s*['\"]?_blank",
    "safe filter": r"\|\s*safe(seq)?\b",
    "autoescape off": r"autoescape\s+off",
    "address of another host": r"(src|href|action)\s*=\s*['\"](https?:)?//",
    "csrf token left out of a post": (
        r"<form[^>]*method=\"post\"[^>]*>(?!(?:(?!</form>).)*csrf_token)"
    ),
}


def broken_rules(text: str) -> list[str]:
    """The names of the rules that a template's text breaks."""
    text = re.sub(r"{#.*?#}|{% comment .*?endcomment %}", "", text, flags=re.S)
    return [name for name, pattern in FORBIDDEN.items() if re.search(pattern, text, re.I | re.S)]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_template_breaks_no_rule(path: Path) -> None:
    assert broken_rules(path.read_text()) == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_template_compiles_and_names_known_icons(path: Path) -> None:
    engines["django"].get_template(str(path.relative_to(TEMPLATES)))
    named = re.findall(r"""{% icon ['"]([^'"]+)['"]|icon=['"]([^'"]+)['"]""", path.read_text())
    assert {first or second for first, second in named} <= set(ICONS)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("inline style", '<p style="color:red">'),
        ("style element", "<style>p{}</style>"),
        ("script with a body", "<script>alert(1)</script>"),
        ("inline handler", '<p class="a" onclick="x()">'),
        ("hx-on", '<p hx-on:click="x()">'),
        ("hx-vals with code", "<p hx-vals='js:{a: b}'>"),
        ("filter in a trigger", '<p hx-trigger="click[ctrlKey]">'),
        ("javascript address", '<a href="javascript:x()">'),
        ("new window", '<a target="_blank">'),
        ("safe filter", "{{ name|safe }}"),
        ("autoescape off", "{% autoescape off %}"),
        ("address of another host", '<a href="https://example.org/">'),
        (
            "csrf token left out of a post",
            '<form method="post" action="/x"><button>x</button></form>',
        ),
    ],
)
def test_each_rule_can_fail(rule: str, text: str) -> None:
    assert rule in broken_rules(text)


def test_rules_let_good_text_pass() -> None:
    good = (
        '<form method="post">{% csrf_token %}</form><script src="{% static \'a.js\' %}"></script>'
        '<p hx-trigger="ops:tick from:body" class="on" data-onboarding="x">{{ name }}</p>'
    )
    assert broken_rules(good) == []
