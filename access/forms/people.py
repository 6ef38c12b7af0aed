"""What the people team types: which relation to give, end or restore, and why."""

from __future__ import annotations

from django import forms

from access.forms.grants import ReasonField
from access.models import Tenant
from access.models.directory import TenantState
from access.models.relation_acts import RelationActKind
from access.scopes import Relation

WORDS = {
    RelationActKind.GIVE: "Give it",
    RelationActKind.TAKE: "End it",
    RelationActKind.RESTORE: "Restore it, if it is suspended",
}


class RelationForm(forms.Form):
    """What to do, with which relation, to which tenant, and why."""

    act = forms.ChoiceField(
        label="What to do",
        choices=[("", "Choose…"), *((kind.value, WORDS[kind]) for kind in WORDS)],
        error_messages={"required": "Choose what to do."},
    )
    relation = forms.ChoiceField(
        label="Relation",
        choices=[("", "Choose…"), *Relation.choices],
        error_messages={"required": "Choose a relation."},
    )
    tenant = forms.CharField(
        label="Tenant",
        max_length=16,
        help_text="Such as TN-4F7K2M9Q; TN-CONTROL for the control plane.",
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": "Write the tenant's reference."},
    )
    reason = ReasonField(help_text="Who asked for it and what for. Auditors read it.")

    def clean_tenant(self) -> Tenant:
        """The tenant in the directory, unless it has left."""
        reference = str(self.cleaned_data["tenant"]).strip().upper()
        found = Tenant.objects.filter(reference=reference).exclude(state=TenantState.GONE).first()
        if found is None:
            raise forms.ValidationError("No tenant has this reference.")
        return found
