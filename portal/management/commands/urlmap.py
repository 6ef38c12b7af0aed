"""Write docs/urls.md: every address, the view that answers it, and what that view declares."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import URLPattern, get_resolver

from access.checks import patterns
from access.gate import Declaration, declared

PAGE = Path(settings.BASE_DIR) / "docs" / "urls.md"

HEAD = """# Addresses

Written by `manage.py urlmap`; `make check` compares. Every view declares who may open it:
`requires` needs a live grant for the scope, and renders closed without one; `signed in` needs a
person and opens no tenant data; `device` needs the signature of an enrolled device's key, and
acts for that device alone; `public` needs nobody. A view without a declaration is refused and
fails the build.

## People's pages

| Address | View | Declares |
|---|---|---|
"""

DEVICES = """
## The device surface

A process of its own (`PORTAL_SURFACE=device`), which answers these and nothing else;
[the OpenAPI document](device-openapi.json) describes them.

| Address | View | Declares |
|---|---|---|
"""


def page() -> str:
    """The whole page; the same addresses always give the same bytes."""
    tables = (HEAD, settings.URLCONFS["staff"]), (DEVICES, settings.URLCONFS["device"])
    return "".join(head + "".join(f"{line}\n" for line in sorted(lines(of))) for head, of in tables)


def lines(urlconf: str) -> Iterator[str]:
    """One line of the table for each address."""
    for route, pattern in patterns(get_resolver(urlconf)):
        yield f"| `/{escaped(route)}` | {place(pattern)} | {words(declared(pattern.callback))} |"


def place(pattern: URLPattern) -> str:
    """Where the view's own code begins, behind its decorators."""
    view = inspect.unwrap(pattern.callback)
    file = Path(inspect.getsourcefile(view) or "").resolve()
    _, line = inspect.getsourcelines(view)
    try:
        shown = str(file.relative_to(settings.BASE_DIR))
    except ValueError:  # a package's view, should there ever be one
        return f"`{view.__module__}.{view.__qualname__}`"
    return f"[{shown}:{line}](../{shown}#L{line})"


def words(declaration: Declaration | None) -> str:
    """What the view declares, in words."""
    if declaration is None:
        return "**nothing**"
    if declaration.scopes:
        return "requires " + ", ".join(f"`{scope.value}`" for scope in declaration.scopes)
    return f"{declaration.kind}: {escaped(declaration.reason)}"


def escaped(text: str) -> str:
    """A text that may stand in a cell of a table."""
    return text.replace("|", "\\|")


class Command(BaseCommand):
    """Write the map, or with --check say whether the committed one is true."""

    help = "Write docs/urls.md: address, view, declaration."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare only, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        text = page()
        if options["check"]:
            if not PAGE.exists() or PAGE.read_text() != text:
                raise CommandError("docs/urls.md is not current: run manage.py urlmap")
            self.stdout.write("docs/urls.md is current")
            return
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(text)
        self.stdout.write(f"wrote {text.count('| `/')} addresses to docs/urls.md")
