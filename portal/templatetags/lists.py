"""The parts of a list page: table box, sortable header, chips, pager, segments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.safestring import SafeString

from portal.charts import segment_widths
from portal.components import render, take

register = template.Library()

DIRECTIONS = {"": "", "ascending": "up", "descending": "down"}


@register.simple_block_tag(takes_context=True, end_name="endtablebox")
def tablebox(context: template.Context, content: str, label: str) -> SafeString:
    """A named region, reachable by keyboard, in which a wide table scrolls by itself."""
    return render(context, "tablebox", content=content, label=label)


@register.simple_tag(takes_context=True)
def th(
    context: template.Context,
    label: str,
    url: str = "",
    direction: str = "",
    num: bool = False,
    pin: bool = False,
) -> SafeString:
    """A column header; with an address it sorts, and says which way it is sorted now.

    `pin` is for the column of row names, which stays in sight when the table scrolls sideways.
    """
    if direction not in DIRECTIONS:
        raise template.TemplateSyntaxError("a direction is ascending, descending or empty")
    values = {"label": label, "url": url, "direction": direction, "num": num, "pin": pin}
    return render(context, "th", icon_name=DIRECTIONS[direction], **values)


@register.simple_tag(takes_context=True)
def pager(
    context: template.Context, previous_url: str, next_url: str, text: str = ""
) -> SafeString:
    """Previous and next page of a list, and what part of it this is."""
    return render(context, "pager", previous_url=previous_url, next_url=next_url, text=text)


@register.simple_block_tag(takes_context=True, end_name="endchips")
def chips(
    context: template.Context, content: str, chips: Iterable[Any], clear_url: str = ""
) -> SafeString:
    """Filters in force, each removable; the content is the form that adds one."""
    fields = ("label", "value", "remove_url")
    entries = [{name: take(chip, name) for name in fields} for chip in chips]
    return render(
        context, "chips", chips=entries, clear_url=clear_url, content=content, menu=content.strip()
    )


@register.simple_tag(takes_context=True)
def segments(context: template.Context, items: Iterable[Any], label: str) -> SafeString:
    """One bar 36 px high that splits a whole into linked parts."""
    fields = ("label", "count", "url", "tone", "current")
    parts = [{name: take(item, name) for name in fields} for item in items]
    widths = segment_widths([int(part["count"] or 0) for part in parts])
    for part, (start, width) in zip(parts, widths, strict=True):
        part |= {"start": start, "width": width, "tone": part["tone"] or "off"}
    return render(context, "segments", parts=parts, label=label)
