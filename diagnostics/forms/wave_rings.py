"""The rings of a wave as rows of a form: which take part, in which order, and their days."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from diagnostics.remediation.waves.rings import MOST_DAYS, STANDARD_NAMES, Ring


class RingForm(forms.Form):
    """One ring: whether it takes part, and its days."""

    name = forms.CharField(max_length=40, widget=forms.HiddenInput)
    part = forms.BooleanField(label="Takes part", required=False)
    order = forms.IntegerField(label="Place", required=False, min_value=1, max_value=9)
    deferment_days = forms.IntegerField(label="Days before", min_value=0, max_value=MOST_DAYS)
    rollout_days = forms.IntegerField(label="Days to roll out", min_value=0, max_value=MOST_DAYS)
    test_days = forms.IntegerField(label="Days of test", min_value=0, max_value=MOST_DAYS)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        name = self["name"].value() or ""
        for field in ("part", "order", "deferment_days", "rollout_days", "test_days"):
            label = str(self.fields[field].label)
            self.fields[field].widget.attrs["aria-label"] = f"{label}, {name}"
            self.fields[field].error_messages["required"] = "Type a number; 0 is one."
        if name in STANDARD_NAMES:
            self.fields["order"].widget = forms.HiddenInput()

    def ring(self) -> Ring:
        """The ring as it was typed."""
        typed = self.cleaned_data
        return Ring(
            name=typed["name"],
            order=typed["order"],
            deferment_days=typed["deferment_days"],
            rollout_days=typed["rollout_days"],
            test_days=typed["test_days"],
        )


class _RingFormSet(forms.BaseFormSet):
    def clean(self) -> None:
        """At least one ring takes part."""
        if not self.rings():
            raise ValidationError("Choose at least one ring.")

    def rings(self) -> tuple[Ring, ...]:
        """Those that take part."""
        filled = (form for form in self.forms if form.is_valid() and form.cleaned_data.get("part"))
        return tuple(form.ring() for form in filled)


RingFormSet = forms.formset_factory(
    RingForm, formset=_RingFormSet, extra=0, max_num=12, absolute_max=12
)


def ring_rows(names: Iterable[str], taking_part: Iterable[str]) -> list[dict[str, Any]]:
    """A row for each standard ring and each ring of the customer's own, with usual days."""
    own = sorted(set(names) - set(STANDARD_NAMES))[:9]
    parts = set(taking_part)
    test = {"Staging": 2, "General": 3}
    return [
        {
            "name": name,
            "part": name in parts,
            "order": None if name in STANDARD_NAMES else own.index(name) + 1,
            "deferment_days": 0,
            "rollout_days": 0,
            "test_days": test.get(name, 0),
        }
        for name in (*STANDARD_NAMES, *own)
    ]
