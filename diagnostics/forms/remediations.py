"""What is typed to order a remediation, and to decide on one."""

from __future__ import annotations

from typing import Any

from django import forms

from access.forms.fields import WordsField
from access.forms.sign_in import StepUpForm
from access.verdict import Denied
from diagnostics.rules.remediations import REASON_MOST, When


class OrderForm(forms.Form):
    """When it is to run, and why. `previewed` names what the page has shown beforehand."""

    when = forms.ChoiceField(
        label="When",
        choices=When.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose when it is to run."},
    )
    reason = WordsField(
        label="Reason",
        most=REASON_MOST,
        help_text="What it is to mend. Approvers read it, and it is recorded."
        " Do not paste customer data.",
        error_messages={"required": "Say what it is to mend. A few words are enough."},
    )
    previewed = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def offer(self, choices: list[tuple[str, str]]) -> None:
        """Show these choices of when; the rules judge whatever is sent."""
        self.fields["when"].widget.choices = choices

    def refuse(self, denied: Denied) -> None:
        """Say in the form what a rule refused."""
        field = "reason" if denied.code == "reason" else None
        self.add_error(field, f"{denied.reason} {denied.remedy}".strip())


class DecideForm(StepUpForm):
    """Agree or refuse, with a code given for this decision, about exactly what was shown."""

    answer = forms.ChoiceField(
        label="Answer",
        choices=[("approve", "Approve"), ("refuse", "Refuse")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose Approve or Refuse."},
    )
    reason = WordsField(
        label="Reason",
        required=False,
        help_text="A refusal needs one. It is kept, and shown to whoever ordered it."
        " Do not paste customer data.",
    )
    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    field_order = ("answer", "reason", "code", "digest")

    def refuse(self, denied: Denied) -> None:
        """Say in the form what a rule refused."""
        self.add_error(None, f"{denied.reason} {denied.remedy}".strip())

    def clean(self) -> dict[str, Any]:
        """A refusal says why."""
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("answer") == "refuse" and not typed.get("reason"):
            self.add_error("reason", "A refusal needs a reason. A few words are enough.")
        return typed
