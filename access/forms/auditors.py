"""What an auditor gives: a name for a view of the record, a word on a standing relation."""

from __future__ import annotations

from django import forms

from access.models.relation_acts import REVIEWED, RelationActKind
from access.scopes import Relation


class SavedViewForm(forms.Form):
    """A name, and the filters as the page's address had them."""

    name = forms.CharField(
        label="Name of this view",
        max_length=60,
        error_messages={
            "required": "Give the view a name.",
            "max_length": "At most 60 characters.",
        },
    )
    query = forms.CharField(required=False, max_length=600, widget=forms.HiddenInput)


class ReviewForm(forms.Form):
    """Whose relation, which one, and whether it is to be kept."""

    person = forms.UUIDField()
    relation = forms.ChoiceField(choices=Relation.choices)
    decision = forms.ChoiceField(
        choices=[(kind.value, kind.label) for kind in RelationActKind if kind in REVIEWED]
    )
