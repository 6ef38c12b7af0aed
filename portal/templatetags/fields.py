"""Form fields: label, hint and error tied to the control, and the summary of errors on top."""

from __future__ import annotations

from django import forms, template
from django.forms import BoundField
from django.utils.safestring import SafeString

from portal.components import render

register = template.Library()


@register.simple_tag(takes_context=True)
def field(
    context: template.Context,
    bound: BoundField,
    label: str = "",
    hint: str = "",
    as_tiles: bool = False,
) -> SafeString:
    """One field with everything that belongs to it; groups of choices become a fieldset."""
    if bound.is_hidden:
        return SafeString(bound.as_hidden())
    hint = hint or str(bound.help_text)
    identity = bound.id_for_label or bound.auto_id or bound.html_name
    described = [f"{identity}-hint"] if hint else []
    described += [f"{identity}-error"] if bound.errors else []
    attributes: dict[str, str | bool] = (
        {"aria-describedby": " ".join(described)} if described else {}
    )
    if bound.errors:
        attributes["aria-invalid"] = "true"
    group = bound.field.widget.use_fieldset
    return render(
        context,
        "field_group" if group else "field",
        bound=bound,
        label=label or bound.label,
        hint=hint,
        identity=identity,
        errors=list(bound.errors),
        described=" ".join(described),
        optional=not bound.field.required,
        tiles=as_tiles,
        tick=isinstance(bound.field.widget, forms.CheckboxInput),
        control="" if group else bound.as_widget(attrs=attributes),
        choices=list(bound) if group else [],
    )


@register.simple_tag(takes_context=True)
def error_summary(
    context: template.Context, form: forms.BaseForm, focus: bool = True
) -> SafeString:
    """What to mend, each entry a link to its field; empty when there is nothing to mend."""
    if not form.is_bound or not form.errors:
        return SafeString("")
    entries = [
        {"label": bound.label, "target": target_of(bound), "text": text}
        for bound in form.visible_fields()
        for text in bound.errors
    ]
    hidden = [text for bound in form.hidden_fields() for text in bound.errors]
    general = [*form.non_field_errors(), *hidden]
    values = {"entries": entries, "general": general, "count": len(entries) + len(general)}
    return render(context, "error_summary", focus=focus, **values)


def target_of(bound: BoundField) -> str:
    """The id to jump to: the control, or the first choice of a group."""
    choices = list(bound) if bound.field.widget.use_fieldset else []
    first = choices[0].id_for_label if choices else ""
    return first or bound.id_for_label or bound.auto_id or ""
