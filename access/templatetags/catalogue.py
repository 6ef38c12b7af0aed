"""Fields of a row on a page, by the data catalogue."""

from __future__ import annotations

from django import template
from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString

from access.catalogue.showing import shown

register = template.Library()

CLOSED = '<span class="mask w12" aria-hidden="true"></span><span class="vh">{}</span>'


@register.simple_tag
def shown_field(row: models.Model, name: str) -> SafeString:
    """The value of a field; a grey bar for one that the catalogue does not list."""
    field = shown(row, name)
    if field.closed:
        return format_html(CLOSED, field.why)
    if field.value is None or field.value == "":
        return SafeString("\N{EN DASH}")
    return format_html("{}", field.value)
