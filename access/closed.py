"""What a closed page says: what is closed, why, and the smallest request that would open it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.urls import reverse

from access import personnel, policy
from access.models import AccessRequest, Grant
from access.personnel import Personnel
from access.residency import place_words
from access.scopes import SCOPES, Relation, Scope
from access.states import GrantState
from access.verdict import Denied, first_denial
from access.words import duration_text

if TYPE_CHECKING:
    from access.gate import Access


@dataclass
class Closed:
    """The closed card of one section or page, as `{% locked %}` draws it.

    It is in one of four states: `ready` (a grant waits for its start: start_url, label, until),
    else `waiting` (asked, with waiting_url), else `remedy` (a gate failed: `why` says which, and
    remedy_url is where to look after it), else it offers to ask. Holds no value of what it closes.
    """

    title: str
    why: str
    facts: list[tuple[str, str]]
    ask_url: str
    ask_label: str
    other_url: str
    other_label: str = "Choose other access…"
    waiting: str = ""
    waiting_url: str = ""
    ready: dict[str, str] = field(default_factory=dict)
    remedy: str = ""
    remedy_url: str = ""
    remedy_label: str = ""


def closed_card(access: Access, *scopes: Scope, what: str) -> Closed:
    """The card for scopes that are not open. `what` is such as "The inventory of this room"."""
    tenant, details = access.tenant, [SCOPES[scope] for scope in scopes]
    longest = min(detail.maximum for detail in details)
    ask = reverse("access:request_new", args=[tenant.reference])
    query = [("scope", scope.value) for scope in scopes]
    if access.room_reference:
        query.append(("room", access.room_reference))
    reach = (
        f"room {access.room_reference}, not the tenant"
        if access.room_reference
        else (f"tenant {tenant.reference}")
    )
    card = Closed(
        title=f"{what} is closed",
        why=f"Nobody holds standing access. You can open it for up to {duration_text(longest)}.",
        facts=[
            ("Scope", reach[0].upper() + reach[1:]),
            ("Data", " ".join(detail.sentence for detail in details)),
            ("Leaves region", f"No. Shown from the {place_words(tenant.region)}"),
        ],
        ask_url=f"{ask}?{urlencode(query)}",
        ask_label="Ask for access to this room" if access.room_reference else "Ask for access",
        other_url=f"{ask}?{urlencode(query[len(scopes) :])}",
    )
    asking = {detail.asked_by for detail in details}
    if not all(access.relations.has(Relation(r), tenant.pk) for r in asking):
        card.why = "You have no part in asking for this; somebody who may ask can open it."
        card.ask_url = card.other_url = ""
        return card
    unfit = access.unfit or _unfit(access, scopes)
    if unfit is not None:
        card.why, card.remedy = unfit.reason, unfit.remedy
        card.remedy_url, card.remedy_label = reverse("access:me"), "See your checks"
        card.ask_url = card.other_url = ""
        return card
    if not access.relations.has(Relation.MAY_ASK, tenant.pk):
        # The form would offer an auditor nothing else of this tenant: the list of records does.
        card.other_url, card.other_label = reverse("access:audit"), "Records of other tenants"
    _add_progress(card, access, scopes)
    return card


def _unfit(access: Access, scopes: tuple[Scope, ...]) -> Denied | None:
    """The personnel gate that would refuse the request, said here rather than after typing."""
    person, in_force = Personnel.of(access.person), policy.current()
    verdict = first_denial(
        personnel.is_fit(person, in_force, access.clock),
        personnel.may_reach(person, in_force, access.tenant, scopes),
    )
    return verdict if isinstance(verdict, Denied) else None


def _add_progress(card: Closed, access: Access, scopes: tuple[Scope, ...]) -> None:
    """What the person has asked for already, and what waits for Start."""
    wanted = [scope.value for scope in scopes]
    waiting = (
        AccessRequest.objects.pending()
        .filter(
            requester_id=access.person.pk,
            tenant_id=access.tenant.pk,
            scopes__contains=wanted,
            lapses_at__gt=access.clock,
        )
        .order_by("-created_at")
        .first()
    )
    if waiting is not None:
        minutes = int((access.clock - waiting.created_at).total_seconds() // 60)
        card.waiting = f"Asked {minutes} min ago. {waiting.get_state_display()}."
        card.waiting_url = reverse(
            "access:request", args=[access.tenant.reference, waiting.reference]
        )
    ready = (
        Grant.objects.held_by(access.person)
        .filter(
            tenant_id=access.tenant.pk,
            state=GrantState.READY,
            scopes__contains=wanted,
            claim_by__gt=access.clock,
        )
        .first()
    )
    if ready is not None:
        card.ready = {
            "start_url": reverse("access:grant", args=[access.tenant.reference, ready.reference]),
            "label": f"Start {duration_text(ready.duration)} now",
            "until": f"{ready.claim_by:%H:%M} UTC",
        }
