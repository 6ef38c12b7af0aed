"""What is typed to order a collection, and to take one back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from access.forms.fields import WordsField
from access.references import is_reference
from access.verdict import Denied
from diagnostics.kinds import CHANNELS, QUERIES, PartKind
from diagnostics.rules.collections import MOST_DEVICES, REASON_MOST, Part

LOG_CHOICES: Final = [
    (kind.value, str(kind.label))
    for kind in (PartKind.APP_LOG, PartKind.TEAMS_LOG, PartKind.AGENT_LOG, PartKind.ACTIVITY)
]
QUERY_CHOICES: Final = [(kind.value, str(kind.label)) for kind in PartKind if kind in QUERIES]
# A line of a narrow window may end behind the slash: the names are too long for it.
CHANNEL_CHOICES: Final = [(channel, channel.replace("/", "/\u200b")) for channel in CHANNELS]
HOURS: Final = [
    ("1", "1 hour"),
    ("6", "6 hours"),
    ("24", "1 day"),
    ("72", "3 days"),
    ("168", "7 days"),
]


class OrderForm(forms.Form):
    """What to collect, from which devices, from when until when, and why."""

    devices = forms.CharField(
        label="Devices",
        max_length=400,
        help_text=f"References such as DV-7K3QF92X, at most {MOST_DEVICES}.",
        error_messages={"required": "Write the reference of a device."},
    )
    channels = forms.MultipleChoiceField(
        label="Event logs",
        choices=CHANNEL_CHOICES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    logs = forms.MultipleChoiceField(
        label="Other logs",
        choices=LOG_CHOICES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="The activity log is read under its own access, with two votes.",
    )
    queries = forms.MultipleChoiceField(
        label="Windows system queries",
        choices=QUERY_CHOICES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    hours = forms.ChoiceField(label="Entries of the last", choices=HOURS, initial="24")
    until = forms.DateTimeField(
        label="Until (UTC)",
        required=False,
        help_text="Such as 2026-11-22 14:00. Empty means now.",
        error_messages={"invalid": "Write a time such as 2026-11-22 14:00, in UTC."},
    )
    reason = WordsField(
        label="Reason",
        most=REASON_MOST,
        help_text="What you look for. It is recorded. Do not paste customer data.",
        error_messages={"required": "Say what you look for. A few words are enough."},
    )

    def refuse(self, denied: Denied) -> None:
        """Say in the form what a rule refused."""
        self.add_error(None, f"{denied.reason} {denied.remedy}".strip())

    def clean_devices(self) -> list[str]:
        """References, each once, in the order in which they were written."""
        written = str(self.cleaned_data["devices"]).upper().replace(",", " ").split()
        wrong = [one for one in written if not is_reference(one, "DV")]
        if wrong:
            raise ValidationError("A device reference looks like DV-7K3QF92X.")
        return list(dict.fromkeys(written))

    def clean(self) -> dict[str, Any]:
        """At least one thing to collect."""
        typed: dict[str, Any] = super().clean() or {}
        if not self.errors and not self.parts():
            raise ValidationError("Choose at least one thing to collect.")
        return typed

    def parts(self) -> tuple[Part, ...]:
        """What was ticked."""
        typed = self.cleaned_data
        kinds = [*typed.get("logs", ()), *typed.get("queries", ())]
        events = [Part(PartKind.EVENT_LOG.value, one) for one in typed.get("channels", ())]
        return (*events, *(Part(kind) for kind in kinds))

    def window(self, now: datetime) -> tuple[datetime, datetime]:
        """From when until when; never later than now."""
        ends_at = min(self.cleaned_data.get("until") or now, now)
        return ends_at - timedelta(hours=int(self.cleaned_data["hours"])), ends_at
