"""Blocks of a page: open and closed sections, bars, empty states, facts, timelines, dialogs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.utils.safestring import SafeString

from portal import words
from portal.components import render, take
from portal.templatetags.times import milliseconds

register = template.Library()

BARS = {
    "info": "info",
    "ok": "healthy",
    "warn": "warning",
    "bad": "unhealthy",
    "off": "info",
    "acc": "key",
}


@register.simple_block_tag(takes_context=True, end_name="endopened")
def opened(context: template.Context, content: str, grant: object, heading: str = "") -> SafeString:
    """A section that a grant opened: purple rule, whose grant, until when; blanked at its end."""
    ends_at: datetime | None = take(grant, "ends_at", None)
    expires = take(grant, "ends_ms", None) or (milliseconds(ends_at) if ends_at else "")
    return render(
        context,
        "opened",
        content=content,
        heading=heading,
        reference=take(grant, "reference"),
        url=take(grant, "url"),
        ends_at=ends_at,
        expires=expires,
    )


@register.simple_tag(takes_context=True)
def locked(context: template.Context, closed: object) -> SafeString:
    """The closed card: what is closed, why, and the one next step.

    `closed` has the fields of access.closed.Closed, as an object or a mapping:
    title, why, facts (label and value), and then by state, the first that applies:
    ready: start_url (the page of the grant), label, until (words or a moment);
    waiting: words, with waiting_url (the request);
    remedy: what would make it yes, with remedy_url and remedy_label;
    none of them: ask_url and ask_label.
    other_url and other_label lead to other access in every state; id tells cards of a page apart.
    """
    fields = ("title", "why", "waiting", "waiting_url", "remedy", "remedy_url", "ask_url")
    values = {name: take(closed, name) for name in (*fields, "other_url", "id")}
    ready = take(closed, "ready", None) or {}
    until = take(ready, "until")
    return render(
        context,
        "locked",
        **values,
        facts=pairs(take(closed, "facts", ())),
        start_url=take(ready, "start_url"),
        start_label=take(ready, "label"),
        until=words.utc_clock(until) if isinstance(until, datetime) else until,
        remedy_label=take(closed, "remedy_label") or "See your checks",
        ask_label=take(closed, "ask_label") or "Ask for access",
        other_label=take(closed, "other_label") or "Choose other access…",
    )


@register.simple_block_tag(takes_context=True, end_name="endbar")
def bar(
    context: template.Context,
    content: str,
    kind: str = "info",
    title: str = "",
    alert: bool = False,
) -> SafeString:
    """A message bar in the page. `alert=True` for what must be heard at once."""
    if kind not in BARS:
        raise template.TemplateSyntaxError(f"no bar of kind {kind!r}; the kinds are {list(BARS)}")
    values = {"kind": kind, "icon_name": BARS[kind], "title": title, "alert": alert}
    return render(context, "bar", content=content, **values)


@register.simple_tag(takes_context=True)
def empty(
    context: template.Context,
    title: str,
    text: str = "",
    url: str = "",
    action: str = "",
    icon: str = "approvals",
    colspan: int = 0,
) -> SafeString:
    """Why there is nothing here, and one next step; in a table it fills one wide cell."""
    values = {"title": title, "text": text, "url": url, "action": action, "icon_name": icon}
    return render(context, "empty", colspan=colspan, **values)


def pairs(facts: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Label and value; nothing known is shown as a dash, never as a gap."""
    return [
        (label, "\N{EN DASH}" if value is None or value == "" else value) for label, value in facts
    ]


@register.simple_tag(takes_context=True)
def kv(context: template.Context, facts: Iterable[Any]) -> SafeString:
    """Facts as a list of labels and values."""
    return render(context, "kv", facts=pairs(facts))


@register.simple_tag(takes_context=True)
def timeline(context: template.Context, events: Iterable[Any], label: str = "") -> SafeString:
    """What happened, one line each; `word` instead of `at` makes it a list of checks."""
    fields = ("at", "word", "text", "actor", "url", "link")
    entries = [
        {name: take(event, name) for name in fields} | {"tone": take(event, "tone") or "off"}
        for event in events
    ]
    return render(context, "timeline", entries=entries, label=label)


@register.simple_tag(takes_context=True)
def tabs(
    context: template.Context, items: Iterable[Any], label: str = "Sections of this page"
) -> SafeString:
    """Links that look like tabs: each has its own address."""
    fields = ("label", "url", "current", "count")
    entries = [{name: take(item, name) for name in fields} for item in items]
    return render(context, "tabs", entries=entries, label=label)


@register.simple_tag(takes_context=True)
def crumbs(context: template.Context, items: Sequence[tuple[str, str]]) -> SafeString:
    """Where this page stands; the last entry is the page itself."""
    return render(context, "crumbs", items=items)


@register.simple_block_tag(takes_context=True, end_name="endcmdbar")
def cmdbar(context: template.Context, content: str, label: str = "Commands") -> SafeString:
    """The row of commands under the title."""
    return render(context, "cmdbar", content=content, label=label)


@register.simple_tag(takes_context=True)
def cmd(
    context: template.Context,
    label: str,
    url: str = "",
    icon: str = "",
    form: str = "",
    dialog: str = "",
) -> SafeString:
    """One command: a link, a button of a form elsewhere on the page, or the opener of a dialog."""
    values = {"label": label, "url": url, "icon_name": icon, "form": form, "dialog": dialog}
    return render(context, "cmd", **values)


@register.simple_block_tag(takes_context=True, end_name="endconfirm")
def confirm(
    context: template.Context,
    content: str,
    id: str,
    trigger: str,
    title: str,
    action: str,
    button: str,
    tone: str = "",
    trigger_class: str = "btn",
    trigger_icon: str = "",
    fallback_url: str = "",
) -> SafeString:
    """A button, and the dialog that names its effect before anything is sent."""
    return render(
        context,
        "confirm",
        content=content,
        id=id,
        trigger=trigger,
        title=title,
        action=action,
        button=button,
        button_class="btn danger" if tone == "danger" else "btn pri",
        trigger_class=trigger_class,
        trigger_icon=trigger_icon,
        fallback_url=fallback_url,
    )
