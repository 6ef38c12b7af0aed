"""What an approver is shown: exactly what would be approved, and who has said what so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from access import clock, entrance, personnel
from access.models import Tenant
from access.residency import region_of
from access.scopes import Relation
from access.verdict import Verdict, first_denial
from diagnostics.models import Remediation, RemediationVote
from diagnostics.pages.remediation_looks import action_of, action_title, parameter_words, tone_of
from diagnostics.remediation.catalogue import Action
from diagnostics.rules.remediations import APPROVAL_OUTLASTS, may_vote

if TYPE_CHECKING:
    from datetime import datetime

    from access.http import HttpRequest


@dataclass
class DecidePage:
    """One item that waits, as an approver sees it."""

    tenant: Tenant
    item: Remediation
    votes: list[RemediationVote]
    may_vote: Verdict

    @property
    def action(self) -> Action | None:
        """Its line of the catalogue."""
        return action_of(self.item)

    @property
    def title(self) -> str:
        """The action in plain words."""
        return action_title(self.item.action)

    @property
    def verb(self) -> str:
        """The action inside a sentence."""
        return self.title[0].lower() + self.title[1:]

    @property
    def told(self) -> str:
        """What the action was told."""
        return parameter_words(self.item.parameters)

    @property
    def tone(self) -> str:
        """The look of its state."""
        return tone_of(self.item.state)

    @property
    def approval_ends_at(self) -> datetime:
        """Until when an approval would hold, for the one retry included."""
        return self.item.window_ends_at + APPROVAL_OUTLASTS


def read_decide(request: HttpRequest, tenant: Tenant, item: Remediation) -> DecidePage:
    """The item with its votes, and whether the reader may vote now."""
    votes = RemediationVote.objects.filter(tenant_id=tenant.pk, subject_id=item.pk)
    given = list(votes.order_by("voted_at", "id"))
    at = clock.now(region_of(tenant))
    person, in_force = entrance.qualified(request)
    decides = bool(request.relations.has(Relation.MAY_DECIDE, tenant.pk))
    verdict = first_denial(
        may_vote(item, given, request.user.person_id, decides, at),
        personnel.is_fit(person, in_force, at),
    )
    return DecidePage(tenant, item, given, verdict)
