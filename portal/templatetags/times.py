"""Times: relative with the absolute behind it, durations, countdowns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal import words

register = template.Library()


def now_of(context: template.Context) -> datetime:
    """The time this page speaks of: the database's, when the gate has read it."""
    now = getattr(context.get("shell"), "now", None)
    return now if isinstance(now, datetime) else timezone.now()


def milliseconds(moment: datetime) -> int:
    """Milliseconds since the epoch, as scripts count."""
    return int(moment.timestamp() * 1000)


@register.simple_tag(takes_context=True)
def when(
    context: template.Context,
    moment: datetime | None,
    style: str = "relative",
    zone: str = "UTC",
    empty: str = "never",
) -> SafeString:
    """A moment in words; the full UTC time is always one hover, and one attribute, away."""
    if moment is None:
        return format_html('<span class="muted">{}</span>', empty)
    now = now_of(context)
    shown = {
        "relative": lambda: words.relative(moment, now),
        "absolute": lambda: words.absolute(moment, now),
        "both": lambda: f"{words.absolute(moment, now)}, {words.relative(moment, now)}",
        "audit": lambda: words.utc_exact(moment),
        "date": lambda: f"{moment.astimezone(UTC):%Y-%m-%d}",
        "local": lambda: words.local_clock(moment, zone, now),
    }
    if style not in shown:
        raise template.TemplateSyntaxError(f"no time style named {style!r}")
    exact = "milliseconds" if style == "audit" else "seconds"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.astimezone(UTC).isoformat(timespec=exact).replace("+00:00", "Z"),
        words.utc_full(moment),
        shown[style](),
    )


@register.simple_tag
def duration(span: timedelta | int) -> str:
    """A length of time in words."""
    return words.duration(span)


@register.simple_tag(takes_context=True)
def countdown(context: template.Context, ends_at: datetime, grant: str = "") -> SafeString:
    """A ticking clock. Readers hear the end time once; the ticking is hidden from them."""
    left = int((ends_at - now_of(context)).total_seconds())
    return format_html(
        '<span class="timer" data-ticks="{}"{} aria-hidden="true">{}</span>'
        '<span class="vh">ends <time datetime="{}">{}</time></span>',
        milliseconds(ends_at),
        format_html(' data-ticks-for="{}"', grant) if grant else "",
        words.timer(left),
        ends_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        words.utc_clock(ends_at),
    )


@register.simple_tag(takes_context=True)
def timebar(context: template.Context, starts_at: datetime, ends_at: datetime) -> SafeString:
    """How much of a span is left, as a thin bar and in words."""
    whole = max(1.0, (ends_at - starts_at).total_seconds())
    left = max(0.0, min(whole, (ends_at - now_of(context)).total_seconds()))
    return format_html(
        '<span class="timebar"><svg viewBox="0 0 100 6" width="100" height="6"'
        ' preserveAspectRatio="none" aria-hidden="true"><rect class="n" width="100" height="6"'
        ' rx="3"/><rect class="a" width="{}" height="6" rx="3"/></svg> {} left</span>',
        round(100 * left / whole),
        words.short_span(int(left)),
    )


@register.filter
def thousands(number: Any) -> str:
    """`1,904`, as every count is written."""
    return words.thousands(int(number))
