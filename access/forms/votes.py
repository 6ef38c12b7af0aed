"""What an approver types: a decision with a fresh code, and a question."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django import forms

from access.actions.votes import Ballot
from access.forms.fields import USUAL_MINUTES, MinutesField, WordsField, minutes_of
from access.forms.requests import VersionForm
from access.forms.sign_in import StepUpForm
from access.models import AccessRequest
from access.models.requests import Decision
from access.scopes import Scope
from access.verdict import Denied

FIELD_OF_REFUSAL = {
    "no_scope": "scope",
    "wider": "scope",
    "longer": "minutes",
    "reason": "reason",
}


class QuestionForm(VersionForm):
    """A question to the requester."""

    text = WordsField(
        label="Your question",
        help_text="Approvals wait for the answer. Do not paste customer data.",
        error_messages={"required": "Write a question."},
    )


class BallotForm(StepUpForm, VersionForm):
    """Approve, perhaps for less, or deny. Nothing wider or longer than was asked can be chosen."""

    decision = forms.ChoiceField(
        choices=Decision.choices,
        widget=forms.HiddenInput,
        error_messages={
            "required": "Choose Approve or Deny.",
            "invalid_choice": "Choose Approve or Deny.",
        },
    )
    scope = forms.MultipleChoiceField(
        label="What to open",
        widget=forms.CheckboxSelectMultiple,
        help_text="Take away what the reason does not need.",
        error_messages={
            "required": "Approve at least one kind of access, or deny.",
            "invalid_choice": "An approval opens nothing that was not asked.",
        },
    )
    reason = WordsField(
        label="Reason for your decision",
        required=False,
        help_text="A denial needs one. Shown to the requester and kept. "
        "Do not paste customer data.",
    )

    def __init__(
        self, sent: Any = None, *, access_request: AccessRequest, initial: dict[str, Any]
    ) -> None:
        asked = minutes_of(access_request.duration)
        start = {
            "version": access_request.version,
            "scope": list(access_request.scopes),
            "minutes": asked,
        }
        super().__init__(sent, initial={**start, **initial})
        scope = cast(forms.MultipleChoiceField, self.fields["scope"])
        scope.choices = [(value, Scope(value).label) for value in access_request.scopes]
        minutes = MinutesField(label="Time to grant", most=asked)
        shorter = [usual for usual in USUAL_MINUTES if usual < asked]
        minutes.offer([*shorter, asked], marked=asked)
        self.fields["minutes"] = minutes

    @property
    def tiles(self) -> list[str]:
        """The words that the button takes on as tiles are chosen, in the order of the tiles."""
        return [
            label.removesuffix(" (asked)") for _, label in self.fields["minutes"].widget.choices
        ]

    def clean(self) -> dict[str, Any]:
        """A denial says why, and needs neither time nor scope."""
        cleaned = super().clean() or {}
        if cleaned.get("decision") == Decision.DENY:
            if not cleaned.get("reason") and "reason" not in self.errors:
                self.add_error("reason", "A denial needs a reason. A few words are enough.")
            for name in ("minutes", "scope"):
                self.errors.pop(name, None)
        return cleaned

    def refuse(self, denied: Denied) -> None:
        """Show why the decision was refused, and what would make it yes."""
        sentence = f"{denied.reason} {denied.remedy}".strip()
        self.add_error(FIELD_OF_REFUSAL.get(denied.code), sentence)

    def ballot(self, access_request: AccessRequest, step_up_method: str) -> Ballot:
        """The vote. A denial is about all that was asked."""
        cleaned = self.cleaned_data
        denies = cleaned["decision"] == Decision.DENY
        scopes = access_request.scopes if denies else cleaned["scope"]
        duration = access_request.duration
        if not denies and cleaned["minutes"] != minutes_of(duration):
            duration = timedelta(minutes=cleaned["minutes"])
        return Ballot(
            decision=Decision(cleaned["decision"]),
            version=cleaned["version"],
            scopes=tuple(Scope(scope) for scope in scopes),
            duration=duration,
            reason=cleaned["reason"],
            step_up_method=step_up_method,
        )
