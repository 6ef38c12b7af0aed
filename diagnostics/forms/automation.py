"""What is typed to propose settings or a policy, and to decide on a proposal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import Field as Limit
from dataclasses import fields
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from access.forms.fields import WordsField
from access.forms.sign_in import StepUpForm
from access.verdict import Denied
from diagnostics.remediation.calendar_words import (
    UnfitLine,
    freeze_words,
    read_freeze,
    read_holiday,
    read_weekly,
    weekly_words,
)
from diagnostics.remediation.catalogue import ACTIONS, ActionCode, Channel, read_parameters
from diagnostics.remediation.catalogue.parameters import (
    BadParameters,
    ClearCache,
    Parameters,
    ToVersion,
)
from diagnostics.remediation.guardrails.limits import Limits
from diagnostics.remediation.tenant_rules import TenantRules, plain, stricter_limits
from diagnostics.remediation.windows import TenantCalendar
from diagnostics.rules.automation import LONGEST_WAIT, MOST_PER_DAY, alone

LIMITS: Final = {limit.name: limit for limit in fields(Limits)}
MOST_LINES: Final = 200


class _RefusableForm(forms.Form):
    def refuse(self, denied: Denied) -> None:
        """Say in the form what a rule refused."""
        self.add_error(None, f"{denied.reason} {denied.remedy}".strip())


class LinesField(forms.CharField):
    """One thing a line, each read on its own; the first that cannot be read is named."""

    widget = forms.Textarea

    def __init__(self, read: Callable[[str], Any], **options: Any) -> None:
        self.read = read
        super().__init__(**{"required": False, "max_length": 20_000, **options})
        self.widget.attrs |= {"rows": 4, "spellcheck": "false"}

    def clean(self, value: Any) -> tuple[Any, ...]:
        """What the lines say, in their order."""
        lines = [line for line in str(super().clean(value) or "").splitlines() if line.strip()]
        if len(lines) > MOST_LINES:
            raise ValidationError(f"At most {MOST_LINES} lines.")
        try:
            return tuple(self.read(line) for line in lines)
        except UnfitLine as unfit:
            raise ValidationError(str(unfit)) from unfit


def limit_title(limit: Limit[Any]) -> str:
    """What a limit is of."""
    about: str = limit.metadata["about"]
    return about[0].upper() + about[1:]


def _limit_field(limit: Limit[Any]) -> forms.Field:
    """A number that can only tighten."""
    whole = limit.type == "int"
    least, most = limit.metadata["least"], limit.metadata["most"]
    words = f"Type {'a whole number' if whole else 'a number'} from {least:n} to {most:n}."
    return (forms.IntegerField if whole else forms.FloatField)(
        label=limit_title(limit),
        required=False,
        min_value=least,
        max_value=most,
        help_text=f"Empty: {limit.default:n}. From {least:n} to {most:n}.",
        widget=forms.TextInput(attrs={"inputmode": "numeric" if whole else "decimal"}),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), words),
    )


class SettingsForm(_RefusableForm):
    """The next version: calendar, limits and channel, each line as people say it."""

    maintenance = LinesField(
        read_weekly,
        label="Maintenance windows",
        help_text="One a line, on the room's own clock: “Mon to Fri 22:00 to 05:00”, “Every day all"
        " day”. Empty: the published nights.",
    )
    holidays = LinesField(
        read_holiday, label="Holidays", help_text="One day a line, such as 2026-12-25."
    )
    freezes = LinesField(
        read_freeze,
        label="Freezes",
        help_text="Nothing is changed in a freeze: “2026-12-20 00:00 to 2026-12-28 00:00 UTC: Year"
        " end”. No names of people.",
    )
    channel = forms.ChoiceField(
        label="Channel", choices=Channel.choices, initial=Channel.AGENT, widget=forms.RadioSelect
    )
    directory = forms.UUIDField(
        label="Directory (tenant id)",
        required=False,
        help_text="Only for Microsoft Graph. Our application has to be agreed to there.",
        error_messages={"invalid": "Type the tenant id as a UUID."},
    )
    reason = WordsField(
        label="Reason",
        help_text="Who of the customer asked for it. The second person and auditors read it.",
        error_messages={"required": "Say what it is for. A few words are enough."},
    )

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields |= {name: _limit_field(limit) for name, limit in LIMITS.items()}

    @classmethod
    def of(cls, rules: TenantRules) -> SettingsForm:
        """The form filled with what is in force."""
        calendar = rules.calendar
        initial: dict[str, Any] = {
            "maintenance": "\n".join(weekly_words(one) for one in calendar.maintenance),
            "holidays": "\n".join(day.isoformat() for day in sorted(calendar.holidays)),
            "freezes": "\n".join(freeze_words(one) for one in calendar.freezes),
            "channel": rules.channel,
            "directory": rules.graph,
            **stricter_limits(rules.limits),
        }
        return cls(initial=initial)

    @property
    def of_calendar(self) -> list[forms.BoundField]:
        """When and by which way."""
        return [self[n] for n in ("maintenance", "holidays", "freezes", "channel", "directory")]

    @property
    def of_limits(self) -> list[forms.BoundField]:
        """How much."""
        return [self[name] for name in LIMITS]

    @property
    def limits_wrong(self) -> bool:
        """Whether a limit is to be mended, or one is tightened: then they are shown."""
        return any(self[name].errors or self[name].value() for name in LIMITS)

    @property
    def document(self) -> dict[str, Any]:
        """What was typed, as a document; `read_document` judges it once more."""
        typed = self.cleaned_data
        calendar = TenantCalendar(
            typed["maintenance"], frozenset(typed["holidays"]), typed["freezes"]
        )
        document = plain(
            TenantRules(calendar, channel=Channel(typed["channel"]), graph=typed["directory"])
        )
        limits = {name: typed[name] for name in LIMITS if typed.get(name) is not None}
        return document | ({"limits": limits} if limits else {})


class PolicyForm(_RefusableForm):
    """Which action runs by itself for a signal, after how long, and how often."""

    action = forms.ChoiceField(
        label="Action",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the action."},
    )
    to_version = forms.CharField(
        label="Version", required=False, max_length=60, help_text="Only for an update."
    )
    teams_cache = forms.BooleanField(
        label="Empty the cache of Teams as well",
        required=False,
        help_text="Only for a restart that clears the cache.",
    )
    after_minutes = forms.IntegerField(
        label="After",
        min_value=0,
        max_value=LONGEST_WAIT,
        initial=30,
        help_text="Minutes that the incident must be open before anything runs.",
    )
    most_per_day = forms.IntegerField(
        label="At most",
        min_value=1,
        max_value=MOST_PER_DAY,
        initial=5,
        help_text="Devices of this tenant in 24 hours. More than that is left to people.",
    )
    urgent = forms.BooleanField(
        label="As soon as the room is free, not only at night", required=False
    )
    reason = WordsField(
        label="Reason",
        help_text="Who of the customer asked for it. The second person and auditors read it.",
        error_messages={"required": "Say what it is for. A few words are enough."},
    )

    def __init__(self, *given: Any, signal: str, **named: Any) -> None:
        super().__init__(*given, **named)
        self.signal = signal
        field: Any = self.fields["action"]
        field.choices = [(code.value, code.label) for code in alone(signal)]
        schemas = [ACTIONS[code].parameters for code in alone(signal)]
        if not any(issubclass(schema, ToVersion) for schema in schemas):
            del self.fields["to_version"]
        if ClearCache not in schemas:
            del self.fields["teams_cache"]

    def told(self) -> Parameters:
        """The parameters of the action. Raises BadParameters."""
        schema = ACTIONS[ActionCode(self.cleaned_data["action"])].parameters
        values: dict[str, Any] = {}
        if issubclass(schema, ToVersion):
            values["version"] = self.cleaned_data.get("to_version", "")
        if issubclass(schema, ClearCache):
            values["teams_cache"] = self.cleaned_data.get("teams_cache", False)
        return read_parameters(schema, values)

    def clean(self) -> dict[str, Any]:
        """The parameters have to fit the action."""
        typed: dict[str, Any] = super().clean() or {}
        if "action" in typed:
            try:
                self.told()
            except BadParameters as bad:
                name = "to_version" if "to_version" in self.fields else None
                self.add_error(name, "Name the version to install." if name else str(bad))
        return typed


class SignalForm(forms.Form):
    """Which signal a policy is for; an address, so that it can be shared."""

    signal = forms.ChoiceField(
        label="Signal", error_messages={"invalid_choice": "Choose a signal from the list."}
    )

    def __init__(self, data: Any, *, signals: Sequence[tuple[str, str]]) -> None:
        super().__init__(data)
        field: Any = self.fields["signal"]
        field.choices = [("", "Choose…"), *signals]


class DecideForm(StepUpForm):
    """Agree or refuse, with a code given for this decision."""

    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    answer = forms.ChoiceField(
        label="Answer",
        choices=[("approve", "Agree: it holds at once"), ("refuse", "Refuse")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose Agree or Refuse."},
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
