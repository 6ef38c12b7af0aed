"""Forms of a person's own page."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.db import models

from access.models import Staff

SHORTCUTS = [("on", "Work"), ("off", "Do nothing")]


def choices_of(field: str) -> list[tuple[str, str]]:
    """What the column takes, with its words."""
    return list(cast("models.Field[str, str]", Staff._meta.get_field(field)).flatchoices)


class AppearanceForm(forms.Form):
    """How pages look to this person. What is not sent stays as it is."""

    theme = forms.ChoiceField(
        label="Theme",
        choices=choices_of("theme"),
        widget=forms.RadioSelect,
    )
    density = forms.ChoiceField(
        label="Density of lists",
        choices=choices_of("density"),
        widget=forms.RadioSelect,
    )
    shortcuts = forms.ChoiceField(
        label="Single-key shortcuts",
        choices=SHORTCUTS,
        widget=forms.RadioSelect,
        help_text="Keys such as j, k and / on lists. They never act while you type in a field.",
    )

    @classmethod
    def of(cls, staff: Staff) -> AppearanceForm:
        """The form as the person has it now."""
        return cls(initial=current(staff))

    @classmethod
    def sent(cls, staff: Staff, sent: dict[str, Any]) -> AppearanceForm:
        """The form as sent: one choice from the menu, or all of them from the page."""
        return cls({**current(staff), **sent})


def current(staff: Staff) -> dict[str, str]:
    """The person's choices, as the form names them."""
    return {
        "theme": staff.theme,
        "density": staff.density,
        "shortcuts": "on" if staff.shortcuts else "off",
    }
