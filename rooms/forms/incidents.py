"""What is typed about incidents, suppressions and the switches of signals."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from access.forms.fields import MinutesField, WordsField
from access.forms.requests import MOST_ROOMS, REFERENCE_KEYBOARD, rooms_in
from access.references import room_key
from access.verdict import Denied
from rooms.actions.incidents import TO_ME
from rooms.rules.incidents import LONGEST_SUPPRESSION, RECORDED
from rooms.signals import SIGNALS
from rooms.states import Assignment, Cause

# Columns of the timeline and of messages hold no more.
NOTE_MOST: Final = 2000
MESSAGE_MOST: Final = 4000
REASON_MOST: Final = 300
QUIET: Final = (
    (240, "4 hours"),
    (1440, "1 day"),
    (4320, "3 days"),
    (10080, "7 days"),
    (43200, "30 days"),
)
SIGNAL_CHOICES: Final = tuple(
    sorted(
        ((code, signal.title) for code, signal in SIGNALS.items() if code != RECORDED),
        key=lambda pair: pair[1],
    )
)
NO_CUSTOMER_DATA: Final = "Do not paste customer data."

TO: Final = (
    (TO_ME, "Me"),
    (Assignment.US.value, "Us, nobody by name yet"),
    (Assignment.CUSTOMER.value, "The customer: needs action"),
    (Assignment.PENDING.value, "Nobody: back to pending investigation"),
)
THEN: Final = (
    ("", "Leave the assignment as it is"),
    (Assignment.CUSTOMER.value, "Assign to the customer: needs action"),
    (Assignment.US.value, "Assign to us"),
    (TO_ME, "Assign to me"),
)

# Where the reason of a refusal is shown; one that is named here nowhere stands above the form.
FIELDS_OF_REFUSAL: Final = {
    "cause": "cause",
    "ends_at": "minutes",
    "impact": "impact",
    "reason": "reason",
    "rooms": "rooms",
    "signal": "code",
    "text": "text",
}


class ActForm(forms.Form):
    """The base of every form here: a refusal of the act is shown at the field it is about."""

    def refuse(self, denied: Denied) -> None:
        """Show why it was refused, and what would make it yes."""
        field = FIELDS_OF_REFUSAL.get(denied.code, "")
        sentence = f"{denied.reason} {denied.remedy}".strip()
        self.add_error(field if field in self.fields else None, sentence)


class VersionForm(ActForm):
    """About the incident as the person saw it."""

    version = forms.RegexField(
        "^[0-9a-f]{16}$",
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(
            ("required", "invalid"), "This form was changed on its way. Open the incident again."
        ),
    )


class AssignForm(VersionForm):
    """Whose step is next."""

    to = forms.ChoiceField(
        label="Next step by",
        choices=TO,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whose step is next."},
    )


class NoteForm(ActForm):
    """A line for the timeline, read by everybody who may see the incident."""

    text = WordsField(
        label="Note",
        most=NOTE_MOST,
        help_text=f"Everybody who opens the incident reads it. {NO_CUSTOMER_DATA}",
        error_messages={"required": "Write a note."},
    )


class MessageForm(ActForm):
    """Words to the customer, or what they answered."""

    text = WordsField(
        label="Message",
        most=MESSAGE_MOST,
        error_messages={"required": "Write a message."},
    )
    from_customer = forms.BooleanField(
        label="The customer said this, by phone or e-mail", required=False
    )
    then = forms.ChoiceField(label="And then", choices=THEN, required=False)


class CauseForm(VersionForm):
    """What it was."""

    cause = forms.ChoiceField(
        label="Cause",
        choices=[("", "Choose a cause"), *Cause.choices],
        error_messages={"required": "Choose a cause."},
    )
    text = WordsField(label="What was done", most=REASON_MOST, required=False)


class ResolveForm(CauseForm):
    """What it was that a signal saw; that there was nothing is said by its own act."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        causes = [pair for pair in Cause.choices if pair[0] != Cause.FALSE_ALARM]
        self.fields["cause"].choices = [  # type: ignore[attr-defined] # a ChoiceField
            ("", "Choose a cause"),
            *causes,
        ]


class FalseAlarmForm(VersionForm):
    """There was nothing."""

    text = WordsField(label="How you know", most=REASON_MOST, required=False)


class QuietForm(ActForm):
    """For how long alerts are kept quiet, and why."""

    minutes = MinutesField(
        most=int(LONGEST_SUPPRESSION.total_seconds() // 60), label="For how long"
    )
    reason = WordsField(
        label="Reason",
        most=REASON_MOST,
        help_text=f"Shown on the room until the end. {NO_CUSTOMER_DATA}",
        error_messages={"required": "A suppression needs a reason. A few words are enough."},
    )

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        minutes = self.fields["minutes"]
        minutes.widget.choices = QUIET
        minutes.error_messages["max_value"] = f"At most {LONGEST_SUPPRESSION.days} days."


class SuppressForm(QuietForm):
    """One signal of a room, or all of them."""

    code = forms.ChoiceField(
        label="What to keep quiet",
        choices=[("", "Every signal of the room"), *SIGNAL_CHOICES],
        required=False,
        error_messages={"invalid_choice": "Choose a signal from the list."},
    )
    field_order = ("code", "minutes", "reason")


class RecordForm(ActForm):
    """Trouble that no signal saw."""

    rooms = forms.CharField(
        label="Rooms",
        max_length=300,
        widget=forms.TextInput(attrs=REFERENCE_KEYBOARD),
        help_text=f"References such as RM-7K3QF92X, up to {MOST_ROOMS}, with a comma between them.",
        error_messages={"required": "Name at least one room."},
    )
    text = WordsField(
        label="What is wrong",
        most=REASON_MOST,
        help_text=f"Everybody who opens the incident reads it. {NO_CUSTOMER_DATA}",
        error_messages={"required": "Write what is wrong."},
    )
    high_impact = forms.BooleanField(label="High impact", required=False)
    impact = WordsField(label="Why the impact is high", most=REASON_MOST, required=False)

    def clean_rooms(self) -> list[str]:
        """The references, once each."""
        rooms = rooms_in(str(self.cleaned_data["rooms"]))
        if not rooms:
            raise ValidationError(
                f"Write 1 to {MOST_ROOMS} room references such as RM-7K3QF92X.", code="rooms"
            )
        return rooms

    def clean(self) -> dict[str, Any]:
        """High impact and its reason come together."""
        cleaned = super().clean() or {}
        high = cleaned.get("high_impact")
        if high and not cleaned.get("impact") and "impact" not in self.errors:
            self.add_error("impact", "High impact needs a reason. A few words are enough.")
        if not high and cleaned.get("impact"):
            self.add_error("high_impact", "Tick this, or take its reason away.")
        return cleaned

    def keys(self, tenant_id: uuid.UUID) -> dict[uuid.UUID, str]:
        """The rooms that were named, by their keys, whether or not they exist."""
        return {
            room_key(tenant_id, reference): reference for reference in self.cleaned_data["rooms"]
        }


class SwitchForm(ActForm):
    """A signal of the whole tenant, on or off."""

    code = forms.ChoiceField(
        label="Signal",
        choices=[("", "Choose a signal"), *SIGNAL_CHOICES],
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), "Choose a signal from the list."
        ),
    )
    enabled = forms.TypedChoiceField(
        label="Switch it",
        choices=[("off", "Off: its incidents are closed and none opens"), ("on", "On again")],
        coerce=lambda word: word == "on",
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose on or off."),
    )
    reason = WordsField(
        label="Reason",
        most=REASON_MOST,
        help_text=f"Kept with the switch. {NO_CUSTOMER_DATA}",
        error_messages={"required": "Say why. A few words are enough."},
    )


class SelectionForm(ActForm):
    """The base of acts on many: the signed selection."""

    selection = forms.CharField(
        widget=forms.HiddenInput,
        error_messages={"required": "The selection was lost on its way. Make it again."},
    )


class AssignManyForm(SelectionForm):
    """Whose step is next, of all that are selected."""

    to = AssignForm.base_fields["to"]


class SuppressManyForm(SelectionForm, QuietForm):
    """What to keep quiet in the rooms of all that are selected."""

    what = forms.ChoiceField(
        label="What to keep quiet",
        choices=[
            ("signal", "Only the signal of each incident"),
            ("room", "Every signal of its room"),
        ],
        initial="signal",
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose from the list."),
    )
    field_order = ("what", "minutes", "reason")
