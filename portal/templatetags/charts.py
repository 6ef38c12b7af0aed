"""Pictures drawn on the server as SVG: lengths are attributes, colours are classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal import charts
from portal.components import render, take
from portal.statuses import look_of

register = template.Library()


@register.simple_tag
def spark(values: Sequence[float], label: str) -> SafeString:
    """A sparkline; the label is what it says in words, such as "38 events in 24 hours"."""
    return format_html(
        '<svg class="spark" viewBox="0 0 96 24" role="img" aria-label="{}"><path d="{}"/></svg>',
        label,
        charts.spark_path(charts.spark_points(list(values))),
    )


@register.simple_tag(takes_context=True)
def bars90(
    context: template.Context,
    days: Iterable[tuple[date | str, str, str]],
    label: str,
    unit: str = "day",
    table: bool = True,
) -> SafeString:
    """One bar a day, oldest first, with the same facts as a table behind a disclosure."""
    entries = []
    for index, (day, state, detail) in enumerate(days):
        look = look_of(state) if state else look_of("no data")
        entry = {"x": index * 4, "day": day, "tone": look.tone if state else "none"}
        entries.append(entry | {"word": look.word, "detail": detail})
    width = max(1, len(entries) * 4 - 1)
    values = {"entries": entries, "width": width, "label": label, "unit": unit}
    return render(context, "bars90", **values, table=table)


@register.simple_tag(takes_context=True)
def area(
    context: template.Context,
    series: Iterable[Any],
    times: Sequence[datetime],
    label: str,
    zone: str = "UTC",
) -> SafeString:
    """A stacked area over time, with four ticks, the zone by its name, and a table behind it."""
    rows = [
        (take(item, "label"), take(item, "tone") or f"c{index % 5 + 1}", list(take(item, "values")))
        for index, item in enumerate(series)
    ]
    bands, top = charts.stacked_bands(rows)
    room = charts.AREA_HEIGHT - charts.AREA_BOTTOM
    ticks = [{"value": top * part // 4, "y": room - room * part / 4} for part in range(1, 5)]
    return render(
        context,
        "area",
        bands=bands,
        ticks=ticks,
        room=room,
        marks=time_marks(times),
        rows=[(moment, [values[i] for _, _, values in rows]) for i, moment in enumerate(times)],
        heads=[name for name, _, _ in rows],
        label=label,
        zone=zone,
    )


def time_marks(times: Sequence[datetime]) -> list[dict[str, Any]]:
    """At most five words under the axis, the first at its left end and the last at its right."""
    if len(times) < 2:
        return []
    last = len(times) - 1
    width = charts.AREA_WIDTH - charts.AREA_LEFT
    marks = []
    for index in sorted({round(last * part / 4) for part in range(5)}):
        anchor = "start" if index == 0 else "end" if index == last else "middle"
        x = charts.short(charts.AREA_LEFT + width * index / last)
        marks.append({"x": x, "anchor": anchor, "text": f"{times[index]:%H:%M}"})
    return marks


@register.simple_tag(takes_context=True)
def topo(context: template.Context, nodes: Iterable[Any], label: str) -> SafeString:
    """What is connected to what: a picture, and the same as a nested list, which readers use."""
    flat = [node_of(node) for node in nodes]
    roots = charts.tree_of(flat)
    width, height = charts.lay_out(roots)
    faults = sum(node.state == "fault" for node in flat)
    return render(
        context,
        "topo",
        nodes=flat,
        roots=roots,
        wires=charts.wires(roots),
        width=charts.short(width),
        height=charts.short(height),
        label=label,
        faults=faults,
    )


def node_of(thing: object) -> charts.Node:
    """A node as the page describes it; a state we do not know is unknown, never fine."""
    state = str(take(thing, "state"))
    state = state if state in charts.STATES else "unknown"
    default = {"ok": "", "fault": "fault", "unknown": "state not known"}[state]
    return charts.Node(
        id=str(take(thing, "id")),
        label=str(take(thing, "label")),
        detail=str(take(thing, "detail") or ""),
        parent=str(take(thing, "parent") or ""),
        url=str(take(thing, "url") or ""),
        words=str(take(thing, "words") or default),
        state=state,
    )


@register.filter
def add_px(length: float, more: float) -> str:
    """A length moved by so much; for places inside a picture."""
    return charts.short(float(length) + float(more))
