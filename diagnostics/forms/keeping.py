"""What is typed to place a legal hold, to ask for its release, and about a deletion case."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from access.forms.fields import WordsField
from access.forms.sign_in import StepUpForm
from access.references import is_reference
from access.verdict import Denied
from diagnostics.models import CaseKind, CaseReach, HoldReach

PREFIX_OF: Final = {"room": "RM", "collection": "COL", "device": "DV"}


class _ReachForm(forms.Form):
    """A reach, and the reference of what it names unless that is the tenant."""

    reference = forms.CharField(
        label="Reference",
        required=False,
        max_length=16,
        help_text="Such as RM-7K3QF92X. Empty for the whole tenant.",
    )

    def refuse(self, denied: Denied) -> None:
        """Say in the form what a rule refused."""
        self.add_error(None, f"{denied.reason} {denied.remedy}".strip())

    def clean_reference(self) -> str:
        """Upper case, without blanks."""
        return str(self.cleaned_data["reference"]).strip().upper()

    def clean(self) -> dict[str, Any]:
        """A reference of the right kind, or none for the tenant."""
        typed: dict[str, Any] = super().clean() or {}
        prefix = PREFIX_OF.get(typed.get("reach", ""))
        reference = typed.get("reference", "")
        if prefix is None and reference:
            raise ValidationError("The whole tenant takes no reference; leave it empty.")
        if prefix is not None and not is_reference(reference, prefix):
            raise ValidationError(f"Write its reference, such as {prefix}-7K3QF92X.")
        return typed


class HoldForm(_ReachForm):
    """What is to be kept, and why."""

    reach = forms.ChoiceField(label="Keep", choices=HoldReach.choices, initial=HoldReach.TENANT)
    reason = WordsField(
        label="Reason",
        help_text="Who asks for it. Holders of health read it. Do not paste customer data.",
        error_messages={"required": "Say who asks for it. A few words are enough."},
    )
    field_order = ("reach", "reference", "reason")


class ReleaseForm(forms.Form):
    """Why a hold is not needed any more."""

    reason = WordsField(
        label="Reason",
        error_messages={"required": "Say why it is not needed any more."},
    )


class CaseForm(_ReachForm):
    """What is to be destroyed, and who of the customer asked for it."""

    kind = forms.ChoiceField(label="Case", choices=CaseKind.choices, initial=CaseKind.ERASURE)
    reach = forms.ChoiceField(label="Of", choices=CaseReach.choices, initial=CaseReach.TENANT)
    asked_by = forms.CharField(
        label="Asked by",
        max_length=120,
        help_text="The customer's letter or ticket, such as a number. No name of a person.",
        error_messages={"required": "Name the letter or ticket."},
    )
    reason = WordsField(
        label="Reason",
        help_text="Approvers read it. Do not paste customer data.",
        error_messages={"required": "Say why. A few words are enough."},
    )
    field_order = ("kind", "reach", "reference", "asked_by", "reason")

    def clean(self) -> dict[str, Any]:
        """Only a whole tenant leaves."""
        typed = super().clean()
        if typed.get("kind") == CaseKind.DECOMMISSION and typed.get("reach") != CaseReach.TENANT:
            raise ValidationError("A tenant leaves as a whole; choose the whole tenant.")
        return typed


class CaseVoteForm(StepUpForm):
    """Agree or refuse, with a code given for this vote."""

    answer = forms.ChoiceField(
        label="Answer",
        choices=[("approve", "Approve"), ("refuse", "Refuse")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose Approve or Refuse."},
    )
    reason = WordsField(
        label="Reason", required=False, help_text="A refusal needs one. It is kept."
    )
    field_order = ("answer", "reason", "code")

    def refuse(self, denied: Denied) -> None:
        """Say in the form what a rule refused."""
        self.add_error(None, f"{denied.reason} {denied.remedy}".strip())

    def clean(self) -> dict[str, Any]:
        """A refusal says why."""
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("answer") == "refuse" and not typed.get("reason"):
            self.add_error("reason", "A refusal needs a reason. A few words are enough.")
        return typed
