"""The reason for laying a name open, or for taking a file away."""

from __future__ import annotations

from django import forms

from access.forms.fields import WordsField
from access.verdict import Denied


class WhyForm(forms.Form):
    """One reason, kept with the act."""

    reason = WordsField(
        label="Reason",
        most=300,
        help_text="It is recorded. Do not paste customer data.",
        error_messages={"required": "Say why. A few words are enough."},
    )

    def refuse(self, denied: Denied) -> None:
        """Say in the form what a rule refused."""
        self.add_error(None, f"{denied.reason} {denied.remedy}".strip())
