"""What is typed to place an emergency stop of the queue, and to release one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from access.forms.grants import ReasonField
from access.forms.sign_in import StepUpForm
from access.models import Tenant
from access.verdict import Denied
from diagnostics.remediation.catalogue import ActionCode
from diagnostics.remediation.guardrails import StopLevel


class StopForm(forms.Form):
    """What to stop, and why."""

    level = forms.ChoiceField(
        label="Stop",
        choices=[
            (StopLevel.TENANT.value, "One tenant"),
            (StopLevel.ACTION.value, "One action, everywhere"),
            (StopLevel.EVERYTHING.value, "All remediation, everywhere"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what to stop."},
    )
    tenant = forms.ChoiceField(label="Tenant", required=False)
    action = forms.ChoiceField(
        label="Action", required=False, choices=[("", "Choose…"), *ActionCode.choices]
    )
    reason = ReasonField(
        help_text="Everybody reads it while the stop stands. Do not paste customer data.",
        error_messages={"required": "Say why. A few words are enough."},
    )

    def __init__(self, data: Any = None, *, tenants: Sequence[Tenant]) -> None:
        super().__init__(data)
        self.tenants = {tenant.reference: tenant for tenant in tenants if not tenant.is_control}
        field: Any = self.fields["tenant"]
        field.choices = [("", "Choose…"), *((key, key) for key in sorted(self.tenants))]
        field.error_messages["invalid_choice"] = "That tenant is not one of yours."

    def refuse(self, denied: Denied) -> None:
        """Say in the form what a rule refused."""
        self.add_error(None, f"{denied.reason} {denied.remedy}".strip())

    def clean(self) -> dict[str, Any]:
        """The level's own target has to be named."""
        typed: dict[str, Any] = super().clean() or {}
        for level, name in ((StopLevel.TENANT, "tenant"), (StopLevel.ACTION, "action")):
            if typed.get("level") == level.value and not typed.get(name) and not self.errors:
                self.add_error(name, f"Choose the {name}.")
        return typed

    @property
    def found_tenant(self) -> Tenant | None:
        """The tenant that was chosen, for a stop of one."""
        if self.cleaned_data["level"] != StopLevel.TENANT.value:
            return None
        found = self.tenants.get(self.cleaned_data["tenant"])
        if found is None:
            raise ValidationError("Choose the tenant.")
        return found


class ReleaseForm(StepUpForm):
    """Why it may go on, and a code given for this release."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)
    reason = ReasonField(
        help_text="What has changed, so that it is safe again.",
        error_messages={"required": "Say what has changed. A few words are enough."},
    )
    field_order = ("seen", "reason", "code")

    def refuse(self, denied: Denied) -> None:
        """Say in the form what a rule refused."""
        self.add_error(None, f"{denied.reason} {denied.remedy}".strip())
