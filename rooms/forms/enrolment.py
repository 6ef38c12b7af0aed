"""What is typed to issue an enrolment key, to register TPMs, and to take a device out."""

from __future__ import annotations

import csv
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from access.forms.grants import ReasonField
from access.references import is_reference
from rooms.actions.enrolment import EndorsementLine

MOST_LINES = 1000
MOST_TEXT = 200_000
MOST_FAULTS = 10  # that are named; more of them are counted
SERIAL = re.compile(r"[^\x00-\x1f\x7f@]{1,60}")
HASH = re.compile(r"[0-9a-f]{64}")
HOURS = [("1", "1 hour"), ("8", "8 hours"), ("24", "1 day"), ("72", "3 days")]
REFERENCE_KEYBOARD = {"autocapitalize": "characters", "spellcheck": "false", "autocomplete": "off"}


class KeyForm(forms.Form):
    """A key with which one device enrols into one room."""

    room = forms.CharField(
        label="Room reference",
        max_length=16,
        help_text="Such as RM-7K3QF92X.",
        error_messages={"required": "Write the reference of the room."},
    )
    serial = forms.CharField(
        label="Serial number",
        max_length=60,
        required=False,
        help_text="With it, no other device can use the key.",
    )
    hours = forms.ChoiceField(label="Valid for", choices=HOURS, initial="8")
    enrol_at_once = forms.BooleanField(
        label="Monitor it at once",
        required=False,
        help_text="Otherwise it stands in Onboarding until somebody presses Enroll.",
    )
    reason = ReasonField(help_text="Why a device is added. Do not paste customer data.")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["room"].widget.attrs |= REFERENCE_KEYBOARD
        self.fields["serial"].widget.attrs |= REFERENCE_KEYBOARD

    def clean_room(self) -> str:
        """A room's reference by its shape."""
        reference = str(self.cleaned_data["room"]).upper()
        if not is_reference(reference, "RM"):
            raise ValidationError("A room reference looks like RM-7K3QF92X.")
        return reference

    def clean_serial(self) -> str:
        """As a device would send it."""
        return clean_serial(str(self.cleaned_data["serial"]))

    def clean_hours(self) -> int:
        """Whole hours."""
        return int(self.cleaned_data["hours"])


class UnenrolForm(forms.Form):
    """Why a device is taken out, and whether its TPM stays out."""

    reason = ReasonField(help_text="Whoever manages devices reads it. Do not paste customer data.")
    shut_out = forms.BooleanField(
        label="Shut its TPM out",
        required=False,
        help_text="For a stolen or copied device: no enrolment key lets it in again.",
    )


class EndorsementsForm(forms.Form):
    """Lines of serial,room,hash, as staging exports them."""

    lines = forms.CharField(
        label="TPMs to register",
        max_length=MOST_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=(
            "One a line: serial,room,hash. The hash is the SHA-256 of the endorsement key, "
            f"64 hexadecimal digits. At most {MOST_LINES:,} lines."
        ),
        error_messages={"required": "Paste at least one line."},
    )

    def clean_lines(self) -> list[EndorsementLine]:
        """All lines, or what is wrong with the first of those that cannot be read."""
        try:
            rows = list(csv.reader(str(self.cleaned_data["lines"]).splitlines()))
        except csv.Error as unreadable:
            raise ValidationError("These are no lines of serial,room,hash.") from unreadable
        numbered = [(number, row) for number, row in enumerate(rows, 1) if any(row)]
        if numbered and [cell.strip().lower() for cell in numbered[0][1]][:2] == ["serial", "room"]:
            numbered = numbered[1:]
        if not numbered:
            raise ValidationError("Paste at least one line of serial,room,hash.")
        if len(numbered) > MOST_LINES:
            raise ValidationError(f"At most {MOST_LINES:,} lines; these are {len(numbered):,}.")
        lines, faults = [], []
        for number, row in numbered:
            try:
                lines.append(read_line(number, row))
            except ValidationError as fault:
                faults.append(f"Line {number}: {fault.message}")
        refuse_twice(lines, faults)
        if faults:
            raise ValidationError(shortened(faults))
        return lines

    def refuse(self, faults: list[str]) -> None:
        """Show what the tenant's own rows have against these lines."""
        self.add_error("lines", ValidationError(shortened(faults)))


def read_line(number: int, row: list[str]) -> EndorsementLine:
    """One line of three cells. ValidationError with what is wrong."""
    if len(row) != 3:
        raise ValidationError("write serial,room,hash.")
    serial, room, digest = (cell.strip() for cell in row)
    room, digest = room.upper(), re.sub(r"[\s:]", "", digest).lower()
    if not serial:
        raise ValidationError("the serial number is missing.")
    if not is_reference(room, "RM"):
        raise ValidationError("a room reference looks like RM-7K3QF92X.")
    if not HASH.fullmatch(digest):
        raise ValidationError("the hash has to be 64 hexadecimal digits.")
    return EndorsementLine(number, clean_serial(serial), room, digest)


def clean_serial(serial: str) -> str:
    """A serial number as a device may send it; ValidationError for anything else."""
    if serial and not SERIAL.fullmatch(serial):
        raise ValidationError("a serial number has at most 60 characters, without @.")
    return serial


def refuse_twice(lines: list[EndorsementLine], faults: list[str]) -> None:
    """Add a fault for each TPM that stands in the paste twice."""
    first: dict[str, int] = {}
    for line in lines:
        earlier = first.setdefault(line.digest, line.number)
        if earlier != line.number:
            faults.append(f"Line {line.number}: the hash of line {earlier} once more.")


def shortened(faults: list[str]) -> list[str]:
    """The first faults, and how many more there are."""
    more = len(faults) - MOST_FAULTS
    return faults[:MOST_FAULTS] + ([f"And {more:,} more."] if more > 0 else [])
