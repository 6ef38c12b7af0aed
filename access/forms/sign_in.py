"""Forms of signing in, and the code field that every act with a fresh second factor includes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from access import second_factor


class CodeInput(forms.TextInput):
    """One field for the code: pasting works, phones offer it, and it never comes back filled in."""

    def format_value(self, value: Any) -> None:
        """A code works once; one that was sent is of no further use."""


class CodeField(forms.CharField):
    """A code of the authenticator app, or a recovery code; spaces are taken out."""

    widget = CodeInput

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", "Code")
        options.setdefault(
            "help_text", "Each code works once. If you have just used one, use the next code."
        )
        options.setdefault("max_length", 40)
        options.setdefault("error_messages", {"required": "Type the code."})
        super().__init__(**options)
        self.widget.attrs |= {
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "autocapitalize": "off",
            "spellcheck": "false",
        }

    def clean(self, value: Any) -> str:
        """The bare digits."""
        code = second_factor.cleaned(super().clean(value))
        if not code:
            raise ValidationError(
                "Type the 6 digits that your authenticator app shows now, or the 12 digits of a"
                " recovery code.",
                code="malformed",
            )
        return code


class StepUpForm(forms.Form):
    """The base of every form whose act needs a fresh second factor."""

    code = CodeField()


class PasswordForm(forms.Form):
    """E-mail and password: the first step."""

    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    next = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)

    def clean_email(self) -> str:
        """Addresses are compared without regard to case."""
        return str(self.cleaned_data["email"]).lower()


class CodeForm(forms.Form):
    """The code: the second step of signing in, and of setting up an authenticator."""

    code = CodeField()
