"""What is typed to propose a policy: the whole document, and why."""

from __future__ import annotations

from typing import Any

from django import forms

from access.forms.grants import ReasonField
from access.models.policy import PolicyDecision

LONGEST = 20_000


class PolicyForm(forms.Form):
    """The next version as JSON. It is read as the portal will read it, and refused with the line
    that is wrong."""

    document = forms.JSONField(
        label="Document",
        help_text="The whole policy. It can only tighten what the portal allows by itself.",
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false"}),
        error_messages={
            "required": "Write the document.",
            "invalid": "This is not JSON: a comma, a quotation mark or a bracket is wrong.",
        },
    )
    reason = ReasonField(help_text="What it is for. The second person and auditors read it.")

    def clean_document(self) -> dict[str, Any]:
        """An object of at most LONGEST characters."""
        document = self.cleaned_data["document"]
        if not isinstance(document, dict) or len(self.data.get("document", "")) > LONGEST:
            raise forms.ValidationError(f"A policy is an object of at most {LONGEST:,} characters.")
        return document


class DecisionForm(forms.Form):
    """Publish or refuse."""

    decision = forms.ChoiceField(
        choices=[(one.value, one.label) for one in PolicyDecision if one.value]
    )
