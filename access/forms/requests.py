"""What a requester types: the request itself, an answer, and words with a limit that says so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError

from access.actions.requests import Ask
from access.forms.fields import USUAL_MINUTES, MinutesField, WordsField, minutes_of
from access.models import AccessRequest
from access.models.directory import CONTROL_REFERENCE
from access.policy import ScopeRule
from access.purposes import Purpose, justifies
from access.references import is_reference
from access.scopes import Scope
from access.verdict import Denied

WHOLE_TENANT = "tenant"
OTHER_ROOMS = "other"
MOST_ROOMS = 10
REFERENCE_KEYBOARD = {"autocapitalize": "characters", "spellcheck": "false"}

# Where the reason of a refusal is shown; one that is named here nowhere stands above the form.
FIELD_OF_REFUSAL = {
    "no_scope": "scope",
    "not_offered": "scope",
    "purpose": "purpose",
    "duration": "minutes",
    "reason": "reason",
    "window": "not_before",
}

_GAPS = re.compile(r"[\s,;]+")


class VersionForm(forms.Form):
    """The base of every form about a request: which version of it the person saw."""

    version = forms.IntegerField(
        min_value=1,
        max_value=2**31 - 1,
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"),
            "This form was changed on its way. Open the request again.",
        ),
    )


class AnswerForm(VersionForm):
    """The requester's answer to a question."""

    text = WordsField(
        label="Your answer",
        help_text="Shown to the approvers. Do not paste customer data.",
        error_messages={"required": "Write an answer."},
    )


class AskForm(forms.Form):
    """A request for access: where, what, how long and why. No other field is ever read."""

    reach = forms.CharField(
        label="Rooms",
        max_length=200,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose where."},
    )
    other_rooms = forms.CharField(
        label="Room reference",
        required=False,
        max_length=300,
        help_text=f"Such as RM-7K3QF92X. Up to {MOST_ROOMS}, with a comma between them.",
    )
    scope = forms.MultipleChoiceField(
        label="What to open",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choose at least one kind of access.",
            "invalid_choice": "That access is not offered to you. Choose from the list.",
        },
    )
    purpose = forms.ChoiceField(
        label="Purpose",
        choices=Purpose.choices,
        error_messages={
            "required": "Choose a purpose.",
            "invalid_choice": "Choose a purpose from the list.",
        },
    )
    reason = WordsField(
        label="Reason",
        least=20,
        help_text="What will you look for? Do not paste customer data. 20 to 300 characters.",
        error_messages={"required": "Write what you will look for."},
    )
    incident = forms.CharField(
        label="Incident", required=False, max_length=16, help_text="Such as INC-21007."
    )
    not_before = forms.DateTimeField(
        label="Not before, UTC",
        required=False,
        help_text="Leave empty to start as soon as it is approved. At most 7 days ahead.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": "Write a date and time such as 2026-11-22 14:30."},
    )

    def __init__(
        self,
        sent: Any = None,
        *,
        offered: Sequence[ScopeRule],
        tenant_reference: str,
        initial: dict[str, Any],
    ) -> None:
        super().__init__(sent, initial=initial)
        self.offered = list(offered)
        scope = cast(forms.MultipleChoiceField, self.fields["scope"])
        scope.choices = [
            (rule.details.scope.value, rule.details.scope.label) for rule in self.offered
        ]
        minutes = MinutesField(label="Time", most=self.most_minutes)
        minutes.offer(self._tiles())
        self.fields["minutes"] = minutes
        self.fields["reach"].widget.choices = self._reaches(tenant_reference)
        self.fields["purpose"].widget.choices = self._purposes()
        for name in ("other_rooms", "incident"):
            self.fields[name].widget.attrs |= REFERENCE_KEYBOARD

    @property
    def most_minutes(self) -> int:
        """The longest that any of the offered scopes allows."""
        return max((minutes_of(rule.maximum) for rule in self.offered), default=1)

    @property
    def chosen(self) -> list[ScopeRule]:
        """The scopes that are ticked, as far as they are offered."""
        ticked = self["scope"].value() or []
        return [rule for rule in self.offered if rule.details.scope.value in ticked]

    def _tiles(self) -> list[int]:
        """The usual times, the default and the most of what is chosen, and what was sent."""
        rules = self.chosen or self.offered
        most = min((minutes_of(rule.maximum) for rule in self.chosen), default=self.most_minutes)
        usual = {*USUAL_MINUTES, most, *(minutes_of(rule.default) for rule in rules)}
        tiles = [minutes for minutes in usual if minutes <= most]
        sent = str(self.data.get("minutes") or self.initial.get("minutes") or "")
        if sent.isdecimal() and len(sent) < 4 and 1 <= int(sent) <= self.most_minutes:
            tiles.append(int(sent))
        return tiles

    def _reaches(self, tenant_reference: str) -> list[tuple[str, str]]:
        """Narrow to wide: the rooms named by the link or sent, other rooms, the whole tenant."""
        if tenant_reference == CONTROL_REFERENCE:
            return [(WHOLE_TENANT, "The control plane")]
        named = rooms_in(str(self["reach"].value() or ""))
        those = [(",".join(named), rooms_label(named))] if named else []
        other = "Another room" if named else "One room, or a few"
        return [
            *those,
            (OTHER_ROOMS, other),
            (WHOLE_TENANT, f"The whole tenant {tenant_reference}"),
        ]

    def _purposes(self) -> list[tuple[str, str]]:
        """Those that justify something this person may ask for."""
        scopes = [rule.details.scope for rule in self.offered]
        fitting = [p for p in Purpose if any(justifies(p, scope) for scope in scopes)]
        return [("", "Choose a purpose"), *((p.value, p.label) for p in fitting)]

    def clean_reach(self) -> str:
        """The whole tenant, other rooms, or rooms by their references."""
        reach = str(self.cleaned_data["reach"])
        offered = {value for value, _ in self.fields["reach"].widget.choices}
        if reach not in offered or (
            reach not in (WHOLE_TENANT, OTHER_ROOMS) and not rooms_in(reach)
        ):
            raise ValidationError("Choose from the list.")
        return reach

    def clean_incident(self) -> str:
        """A reference by its shape; whether there is such an incident is not looked up."""
        reference = str(self.cleaned_data["incident"]).upper()
        if reference and not is_reference(reference, "INC"):
            raise ValidationError("An incident reference looks like INC-21007.")
        return reference

    def clean(self) -> dict[str, Any]:
        """Other rooms need their references, and only then are they read."""
        cleaned = super().clean() or {}
        unnamed = cleaned.get("reach") == OTHER_ROOMS and "other_rooms" not in self.errors
        if unnamed and not rooms_in(cleaned["other_rooms"]):
            sentence = f"Write 1 to {MOST_ROOMS} room references such as RM-7K3QF92X."
            self.add_error("other_rooms", sentence)
        return cleaned

    def refuse(self, denied: Denied) -> None:
        """Show why the request was refused, and what would make it yes."""
        sentence = f"{denied.reason} {denied.remedy}".strip()
        self.add_error(FIELD_OF_REFUSAL.get(denied.code), sentence)

    def ask(self) -> Ask:
        """What is asked, from exactly these fields."""
        cleaned = self.cleaned_data
        reach = cleaned["reach"]
        rooms = rooms_in(cleaned["other_rooms"] if reach == OTHER_ROOMS else reach)
        return Ask(
            scopes=tuple(scope for scope in Scope if scope.value in cleaned["scope"]),
            purpose=Purpose(cleaned["purpose"]),
            reason=cleaned["reason"],
            duration=timedelta(minutes=cleaned["minutes"]),
            room_references=tuple(rooms),
            incident_reference=cleaned["incident"],
            not_before=cleaned["not_before"],
        )


class ChangeForm(VersionForm, AskForm):
    """Something else instead of what was asked; about the version that the requester saw."""


def rooms_in(text: str) -> list[str]:
    """The room references in a text, once each; none when anything in it is not one."""
    parts = list(dict.fromkeys(part for part in _GAPS.split(text.upper()) if part))
    good = all(is_reference(part, "RM") for part in parts)
    return parts if good and len(parts) <= MOST_ROOMS else []


def rooms_label(references: Sequence[str]) -> str:
    """One room, or several, by their references."""
    return ("Only room " if len(references) == 1 else "Only rooms ") + ", ".join(references)


def asked_again(access_request: AccessRequest) -> dict[str, Any]:
    """The form's values for what a request asks now."""
    not_before: datetime | None = access_request.not_before
    return {
        "version": access_request.version,
        "reach": ",".join(access_request.room_references) or WHOLE_TENANT,
        "scope": list(access_request.scopes),
        "purpose": access_request.purpose,
        "reason": access_request.reason,
        "minutes": minutes_of(access_request.duration),
        "incident": access_request.incident_reference,
        "not_before": not_before,
    }
