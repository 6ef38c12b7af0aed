"""What is typed to draft a wave, to vote on its plan, and to start, hold or stop it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from access.forms.fields import WordsField
from access.forms.sign_in import CodeField, StepUpForm
from access.verdict import Denied
from diagnostics.models import WaveCover
from diagnostics.remediation.catalogue import ACTIONS, Action, ActionCode, read_parameters
from diagnostics.remediation.catalogue.parameters import (
    BadParameters,
    ClearCache,
    FirmwareVersion,
    Parameters,
    ToVersion,
)
from diagnostics.remediation.guardrails.limits import DEFAULTS
from diagnostics.remediation.wave_draft import FILTERS
from diagnostics.rules.waves import IN_WAVES, TITLE_MOST, WITH_REASON, Act

Choices = Sequence[tuple[str, str]]
# Lists write several values of a filter with commas between them.
SEVERAL: Final = ("ring", "status", "signal", "site", "platform")
LONGEST: Final = 120


def action_choices() -> list[tuple[str, str]]:
    """The actions that a wave can be of, in the catalogue's order."""
    return [(code.value, code.label) for code in ActionCode if code in IN_WAVES]


class ChooseForm(forms.Form):
    """Which action, and on which devices: sent as an address, so that it can be shared."""

    action = forms.ChoiceField(
        label="Action",
        choices=action_choices,
        error_messages={"required": "Choose an action.", "invalid_choice": "Choose an action."},
    )
    ring = forms.MultipleChoiceField(
        label="Rings", required=False, widget=forms.CheckboxSelectMultiple
    )
    status = forms.MultipleChoiceField(
        label="Status", required=False, widget=forms.CheckboxSelectMultiple
    )
    site = forms.MultipleChoiceField(label="Sites", required=False)
    model = forms.ChoiceField(label="Device model", required=False)
    peripheral = forms.ChoiceField(label="Peripheral model", required=False)
    firmware = forms.ChoiceField(label="Firmware installed", required=False)
    version = forms.ChoiceField(label="Software installed", required=False)
    signal = forms.MultipleChoiceField(label="Worst signal", required=False)
    q = forms.CharField(label="Name, site or reference", required=False, max_length=80)

    def __init__(self, query: QueryDict, choices: Mapping[str, Choices]) -> None:
        super().__init__(separated(query), auto_id="choose-%s")
        for name, offered in choices.items():
            field: Any = self.fields[name]
            several = isinstance(field, forms.MultipleChoiceField)
            field.choices = list(offered) if several else [("", "Any"), *offered]
            field.error_messages["invalid_choice"] = "That is not there any more. Choose again."

    @property
    def selection(self) -> dict[str, tuple[str, ...]]:
        """The filters that were chosen, as a draft keeps them."""
        chosen: dict[str, tuple[str, ...]] = {}
        for name in FILTERS & set(self.cleaned_data):
            value = self.cleaned_data[name]
            if value:
                chosen[name] = tuple(value) if isinstance(value, list) else (str(value),)
        return chosen


def separated(query: QueryDict) -> QueryDict:
    """The address with a value for each of several that stood with commas between them."""
    data = query.copy()
    for name in SEVERAL:
        if name in data:
            values = [part for value in query.getlist(name) for part in value.split(",") if part]
            data.setlist(name, values)
    return data


class DraftForm(forms.Form):
    """The wave itself, for a selection that the page has signed."""

    selection = forms.CharField(widget=forms.HiddenInput, max_length=12_000)
    title = forms.CharField(
        label="Title",
        required=False,
        max_length=TITLE_MOST,
        help_text="Empty: the action says it. Do not paste customer data.",
    )
    reason = WordsField(
        label="Reason",
        help_text="Approvers read it. Do not paste customer data.",
        error_messages={"required": "Say what it is for. A few words are enough."},
    )
    per_hour = forms.IntegerField(
        label="Pace",
        min_value=1,
        max_value=DEFAULTS.tenant_per_hour,
        initial=100,
        help_text="Devices an hour, at the most.",
    )
    pilot = forms.IntegerField(
        label="Pilot",
        min_value=0,
        max_value=1000,
        initial=1,
        help_text="Devices of each ring that go first. The rest waits until they are seen to work.",
    )
    not_before = forms.DateTimeField(
        label="Not before",
        required=False,
        help_text="UTC. Empty: as soon as the votes are there.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        error_messages={"invalid": "Type a day and a time, such as 2026-12-01 08:00."},
    )
    critical = forms.BooleanField(
        label="Critical: do not wait for a Wednesday",
        required=False,
        help_text="Updates start on a Wednesday unless something is badly broken.",
    )
    covered_by = forms.ChoiceField(
        label="What covers it",
        choices=[
            (WaveCover.APPROVAL.value, "The votes for exactly this plan, as a scheduled order"),
            (WaveCover.GRANT.value, "My grant, which must live whenever a device gets it"),
        ],
        initial=WaveCover.APPROVAL.value,
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any = None, *, action: Action, offer: Offer, **named: Any) -> None:
        super().__init__(data, auto_id="draft-%s", **named)
        self.action = action
        self.offer = offer
        self.fields |= offer.fields(action)
        first = ["selection", *offer.fields(action), "title", "reason"]
        self.order_fields(first)

    def refuse(self, denied: Denied) -> None:
        """Say in the form what a rule refused."""
        self.add_error(None, f"{denied.reason} {denied.remedy}".strip())

    def clean_not_before(self) -> datetime | None:
        """Typed in UTC."""
        typed: datetime | None = self.cleaned_data["not_before"]
        return typed.replace(tzinfo=UTC) if typed else None

    def told(self) -> Parameters:
        """The parameters of the action. Raises BadParameters."""
        schema = self.action.parameters
        values: dict[str, Any] = {}
        if issubclass(schema, ClearCache):
            values["teams_cache"] = self.cleaned_data["teams_cache"]
        if issubclass(schema, ToVersion):
            values["version"] = self.cleaned_data["to_version"]
        if issubclass(schema, FirmwareVersion):
            values["model"] = self.offer.model
        return read_parameters(schema, values)

    def clean(self) -> dict[str, Any]:
        """The parameters have to fit as well."""
        typed: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                self.told()
            except BadParameters as bad:
                raise ValidationError(f"The parameters do not fit: {bad}") from bad
        return typed


class Offer:
    """What of an action's parameters can be chosen: the versions, and the model they are of."""

    def __init__(self, versions: Choices = (), model: str = "") -> None:
        self.versions, self.model = list(versions), model

    def fields(self, action: Action) -> dict[str, forms.Field]:
        """The fields that the action's schema asks for."""
        found: dict[str, forms.Field] = {}
        if issubclass(action.parameters, ClearCache):
            found["teams_cache"] = forms.BooleanField(
                label="Empty the cache of Teams as well", required=False
            )
        if issubclass(action.parameters, ToVersion):
            found["to_version"] = forms.ChoiceField(
                label="Version to install",
                choices=[("", "Choose…"), *self.versions],
                error_messages={
                    "required": "Choose the version.",
                    "invalid_choice": "That version is not known. Choose from the list.",
                },
            )
        return found


class WaveVoteForm(StepUpForm):
    """Agree to a plan or refuse it, with a code given for this vote."""

    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    answer = forms.ChoiceField(
        label="Answer",
        choices=[("approve", "Approve this plan"), ("refuse", "Refuse, and cancel the wave")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose Approve or Refuse."},
    )
    reason = WordsField(
        label="Reason", required=False, help_text="A refusal needs one. It is kept."
    )
    field_order = ("digest", "answer", "reason", "code")

    def refuse(self, denied: Denied) -> None:
        """Say in the form what a rule refused."""
        self.add_error(None, f"{denied.reason} {denied.remedy}".strip())

    def clean(self) -> dict[str, Any]:
        """A refusal says why."""
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("answer") == "refuse" and not typed.get("reason"):
            self.add_error("reason", "A refusal needs a reason. A few words are enough.")
        return typed


class WaveActForm(forms.Form):
    """Why, and for a roll-back a fresh code."""

    reason = WordsField(
        label="Reason",
        help_text="It is kept with the wave. Do not paste customer data.",
        error_messages={"required": "Say why. A few words are enough."},
    )

    def __init__(self, data: Any = None, *, act: Act) -> None:
        super().__init__(data)
        self.fields["reason"].required = act in WITH_REASON
        if act == Act.ROLL_BACK:
            self.fields["code"] = CodeField()

    def refuse(self, denied: Denied) -> None:
        """Say in the form what a rule refused."""
        self.add_error(None, f"{denied.reason} {denied.remedy}".strip())


def action_of_code(code: str) -> Action | None:
    """The action of a wave by its code; None for what a wave cannot be of."""
    return ACTIONS[ActionCode(code)] if code in {one.value for one in IN_WAVES} else None
