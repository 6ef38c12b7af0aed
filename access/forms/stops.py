"""What is typed to press the emergency stop: whom or what, and why."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from access.forms.grants import ReasonField
from access.models import Staff, Tenant
from access.models.grants import LockoutKind


@dataclass(frozen=True)
class Target:
    """Whom or what to stop. `region` is empty for a person: they are stopped in every region."""

    kind: LockoutKind
    id: uuid.UUID
    label: str
    region: str = ""


class StopForm(forms.Form):
    """A person from the list or by e-mail, or a tenant; and a reason."""

    target = forms.ChoiceField(
        label="A person or a tenant",
        error_messages={"required": "Choose a person or a tenant, or type an e-mail address."},
    )
    email = forms.EmailField(
        label="Or a person by e-mail",
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    reason = ReasonField(help_text="Other approvers read it. Do not paste customer data.")

    def __init__(
        self,
        data: Any = None,
        *,
        people: Iterable[tuple[uuid.UUID, str]],
        tenants: Iterable[Tenant],
    ) -> None:
        super().__init__(data)
        self.fields["target"].required = not (data and data.get("email", "").strip())
        self.offered = {
            f"person:{person_id}": Target(LockoutKind.PERSON, person_id, label)
            for person_id, label in people
        }
        by_person = [(key, target.label) for key, target in self.offered.items()]
        of_tenants = {
            f"tenant:{tenant.reference}": Target(
                LockoutKind.TENANT, tenant.pk, tenant.reference, tenant.region
            )
            for tenant in tenants
        }
        self.offered |= of_tenants
        by_tenant = [(key, target.label) for key, target in of_tenants.items()]
        self.fields["target"].choices = [  # type: ignore[attr-defined] # a ChoiceField
            ("", "Choose…"),
            ("People", by_person),
            ("Tenants", by_tenant),
        ]

    def clean(self) -> dict[str, Any]:
        """Exactly one target."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        chosen, email = cleaned.get("target"), cleaned.get("email")
        if chosen and email:
            self.add_error("target", "Choose from the list or type an e-mail address, not both.")
        elif chosen:
            cleaned["stop"] = self.offered[chosen]
        else:
            cleaned["stop"] = self._by_email(str(email))
        return cleaned

    def _by_email(self, email: str) -> Target | None:
        staff = Staff.objects.filter(email=email.lower()).first()
        if staff is None:
            self.add_error("email", ValidationError("Nobody has this address.", code="unknown"))
            return None
        return Target(LockoutKind.PERSON, staff.person_id, staff.name)
