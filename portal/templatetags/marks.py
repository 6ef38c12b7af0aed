"""Small marks inside a line: icon, status, severity, pill, reference, mask."""

from __future__ import annotations

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.icons import ICONS
from portal.statuses import TONES, look_of

register = template.Library()


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """One icon of the sprite: hidden from readers, unless it stands alone and has a label."""
    if name not in ICONS:
        raise template.TemplateSyntaxError(f"no icon named {name!r}; see portal/icons.py")
    shape = "i s" if size == "s" else "i"
    drawing = f"{static('ui/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>',
            shape,
            label,
            drawing,
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', shape, drawing)


@register.simple_tag
def pill(tone: str, text: object, icon: str = "") -> SafeString:
    """A word in a box; the icon is optional."""
    return pill_of(tone, text, icon)


def pill_of(tone: str, text: object, icon_name: str = "") -> SafeString:
    """The one place where the box of a status is written."""
    if tone not in TONES:
        raise template.TemplateSyntaxError(f"no tone named {tone!r}; the tones are {TONES}")
    mark = icon(icon_name, "s") if icon_name else ""
    return format_html('<span class="pill {}">{}{}</span>', tone, mark, text)


@register.simple_tag
def status(state: object, label: str = "") -> SafeString:
    """A state as icon, word and colour; `label` replaces the word, never the icon."""
    look = look_of(state)
    return pill_of(look.tone, label or look.word, look.icon)


@register.simple_tag
def severity(level: object, quiet: bool = False) -> SafeString:
    """How much a fault matters; `quiet` where there is none: the word alone, without alarm."""
    if quiet:
        return format_html('<span class="muted">{}</span>', look_of(level).word)
    return status(level)


@register.simple_tag
def ident(
    reference: object, label: str = "reference", url: str = "", copy: bool = True
) -> SafeString:
    """A reference in fixed-width letters, linked when there is a page, with a copy button."""
    text = format_html('<span class="mono">{}</span>', reference)
    if url:
        text = format_html('<a href="{}">{}</a>', url, text)
    if not copy:
        return text
    return format_html(
        '<span class="ident">{}<button type="button" class="btn sub sm icon" data-copy="{}"'
        ' data-copy-label="{}" aria-label="Copy {} {}">{}</button></span>',
        text,
        reference,
        label,
        label,
        reference,
        icon("copy", "s"),
    )


@register.simple_tag
def mask(width: int = 12) -> SafeString:
    """A grey bar for a withheld value. Its width is chosen by the page, never by the value."""
    if width not in (8, 12, 16, 24):
        raise template.TemplateSyntaxError("a mask is 8, 12, 16 or 24 wide")
    return format_html(
        '<span class="mask w{}" aria-hidden="true"></span><span class="vh">Withheld</span>', width
    )
