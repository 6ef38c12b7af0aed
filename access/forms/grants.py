"""What is typed to start a grant, and to end somebody else's."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from access.forms.sign_in import StepUpForm
from access.rules import says_something

REASON_MOST = 300


class ReasonField(forms.CharField):
    """A few words why. Blanks and invisible characters are no reason."""

    widget = forms.Textarea

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"label": "Reason", "max_length": REASON_MOST, **options})
        self.widget.attrs["rows"] = 2

    def clean(self, value: Any) -> str:
        """The text, if it says something."""
        text = str(super().clean(value))
        if text and not says_something(text):
            raise ValidationError("Write a few words that say why.", code="empty")
        return text


class StartForm(StepUpForm):
    """A fresh code starts the clock."""


class RevokeForm(StepUpForm):
    """Why an approver ends somebody's access, and a fresh code."""

    reason = ReasonField(help_text="The holder reads it. Do not paste customer data.")
    field_order = ("reason", "code")
