"""The limits of a tenant: one field for each, empty for the stated default."""

from __future__ import annotations

from dataclasses import Field as Limit
from dataclasses import fields
from typing import Any, Final

from django import forms

from rooms.forms.incidents import ActForm
from rooms.signals.thresholds import Thresholds

LIMITS: Final = {limit.name: limit for limit in fields(Thresholds)}


def title_of(limit: Limit[Any]) -> str:
    """What the limit is of, with its unit."""
    about: str = limit.metadata["about"]
    return about[0].upper() + about[1:]


def well_from(limit: Limit[Any]) -> str:
    """Which side of the limit is well."""
    return "At least" if limit.name.startswith("least_") else "At most"


def _field(limit: Limit[Any]) -> forms.Field:
    """A number within the limit's bounds."""
    whole = limit.type == "int"
    least, most = limit.metadata["least"], limit.metadata["most"]
    words = f"Type {'a whole number' if whole else 'a number'} from {least:n} to {most:n}."
    return (forms.IntegerField if whole else forms.FloatField)(
        label=title_of(limit),
        required=False,
        min_value=least,
        max_value=most,
        help_text=f"{well_from(limit)}. Empty: {limit.default:n}. From {least:n} to {most:n}.",
        widget=forms.TextInput(attrs={"inputmode": "numeric" if whole else "decimal"}),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), words),
    )


class LimitsForm(ActForm):
    """All limits, as the person saw them."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields |= {name: _field(limit) for name, limit in LIMITS.items()}

    @property
    def limits(self) -> dict[str, float]:
        """What was typed; an empty field is not in it."""
        return {
            name: self.cleaned_data[name]
            for name in LIMITS
            if self.cleaned_data.get(name) is not None
        }
