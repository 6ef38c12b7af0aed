"""How the tags render templates/components: the same way, with nothing leaking in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from django.template import Context, Template
from django.utils.safestring import SafeString

# What a component may know of the page around it, besides what it is given.
CARRIED: Final = ("request", "shell", "csrf_token")


def render(context: Context, name: str, **values: Any) -> SafeString:
    """One component, with the values it is given and no other variable of the page."""
    inner = context.new({key: context[key] for key in CARRIED if key in context} | values)
    page = cast(Template, context.template)  # a tag is only ever called by a template
    return SafeString(page.engine.get_template(f"components/{name}.html").render(inner))


def take(thing: object, name: str, default: Any = "") -> Any:
    """A field of a mapping or an object; views below us hand over either."""
    if isinstance(thing, Mapping):
        return thing.get(name, default)
    return getattr(thing, name, default)
