"""What an auditor types to keep a view of the record."""

from __future__ import annotations

from django import forms


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
