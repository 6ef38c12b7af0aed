"""One remediation as a page: what is to be done, how far it is, who agreed, and what it changed.

Who has health open sees all of it. Whoever ordered it, and approvers, see the order and its state
without a grant, and nothing that a device has said.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.http import Http404
from django.urls import reverse

from access.closed import Closed
from access.models import Tenant
from access.pages.answers import version_of
from access.scopes import Relation
from diagnostics.models import (
    Remediation,
    RemediationFinding,
    RemediationStep,
    RemediationVote,
)
from diagnostics.pages.remediation_log import FACTS, facts_of, finding_lines, step_line
from diagnostics.pages.remediation_looks import (
    action_of,
    action_title,
    cover_words,
    device_url,
    line_of,
    parameter_words,
    tone_of,
    wave_url,
)
from diagnostics.pages.remediation_now import check_line, read_moment, read_targets
from diagnostics.pages.stops import bar_of, in_force
from diagnostics.remediation.catalogue.parameters import BadParameters
from diagnostics.remediation.queue.facts import parameters_of
from diagnostics.remediation.states import ENDED, ITEM_ACTS, NOT_SENT, Act, ItemState, Mover
from diagnostics.rules.remediations import When, acts_open, checks_of, may_vote
from rooms.models import Device
from rooms.pages.live import openness
from rooms.pages.looks import signal_title
from rooms.pages.rooms_list import HEALTH, INVENTORY, reach_of

if TYPE_CHECKING:
    from access.gate import Access

MOST_STEPS: Final = 60
BUTTONS: Final[dict[Act, tuple[str, str]]] = {
    Act.PAUSE: ("pause", "Pause"),
    Act.RESUME: ("resume", "Resume"),
    Act.RETRY: ("retry", "Order it again…"),
    Act.CANCEL: ("cancel", "Cancel it"),
}


@dataclass
class ItemPage:
    """One item, with what this reader may see of it and do to it."""

    item: Remediation
    tenant: Tenant
    full: bool
    own: bool
    votes: list[RemediationVote] = field(default_factory=list)
    steps: list[RemediationStep] = field(default_factory=list)
    findings: list[RemediationFinding] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    card: Closed | None = None

    @property
    def live(self) -> bool:
        """Whether anything can still move it."""
        return ItemState(self.item.state) not in ENDED


def find_item(access: Access, reference: str) -> Remediation | None:
    """The item, as far as grants or one's own part in it show it.

    404 when health of the whole tenant is open and there is no such item.
    """
    rows = Remediation.objects.select_related("wave", "policy", "incident")
    found = rows.filter(tenant_id=access.tenant.pk, reference=reference).first()
    if found is None and access.opens(HEALTH) and reach_of(access, HEALTH) is None:
        raise Http404("No such remediation.")
    return found


def sees_all(access: Access, item: Remediation) -> bool:
    """Whether health of its room is open, and with it what the device has said."""
    reach = reach_of(access, HEALTH)
    return access.opens(HEALTH) and (reach is None or item.room_reference in reach)


def is_own(access: Access, item: Remediation) -> bool:
    """Whether the order is the reader's to see without any grant; else the page ends with it."""
    if item.requested_by_id == access.person.pk:
        return True
    open_to_approvers = item.mover == Mover.APPROVER or any(
        Mover.APPROVER in movers for movers in ITEM_ACTS[ItemState(item.state)].values()
    )
    return decides(access) and open_to_approvers


def decides(access: Access) -> bool:
    """Whether the reader decides for the tenant."""
    return bool(access.relations.has(Relation.MAY_DECIDE, access.tenant.pk))


def read_item(access: Access, item: Remediation) -> ItemPage:
    """The item with its votes, run log and findings, each as far as it is open."""
    page = ItemPage(item, access.tenant, sees_all(access, item), is_own(access, item))
    of = {"tenant_id": item.tenant_id}
    page.votes = list(
        RemediationVote.objects.filter(**of, subject_id=item.pk).order_by("voted_at", "id")
    )
    page.acts = list(acts_open(item, access.person.person_id, decides(access)))
    if page.full:
        steps = RemediationStep.objects.filter(**of, item_id=item.pk)
        page.steps = list(steps.order_by("-id")[:MOST_STEPS])
        findings = RemediationFinding.objects.filter(**of, item_id=item.pk)
        page.findings = list(findings.order_by("attempt"))
    else:
        page.card = access.closed(HEALTH, what="What the device says of it")
    return page


def version_of_page(access: Access, page: ItemPage) -> str:
    """A name for what the live part shows."""
    item = page.item
    return f"{openness(access, HEALTH, INVENTORY)}." + version_of(
        item.state,
        item.state_at,
        item.reason_code,
        *(getattr(item, name) for name, _ in FACTS),
        len(page.votes),
        len(page.steps),
        [(one.attempt, one.outcome, one.after_at) for one in page.findings],
    )


def item_facts(access: Access, page: ItemPage) -> dict[str, Any]:
    """What the body of the page shows."""
    item = page.item
    return {
        "page": page,
        "item": item,
        "line": line_of(item),
        "plan": plan_of(access, item),
        "facts": facts_of(item),
        "buttons": [(*BUTTONS[act], act == Act.CANCEL) for act in BUTTONS if act in page.acts],
        "may_decide": may_vote(
            item, page.votes, access.person.person_id, decides(access), access.clock
        ),
        "steps": [step_line(step) for step in page.steps],
        "findings": [finding_lines(one) for one in page.findings],
        "checks": live_checks(access, page),
        "stops": bar_of(in_force(), item.tenant_reference, item.action) if page.live else [],
        "health": access.under(HEALTH) if page.full else None,
        "incident": item.incident if page.full else None,
        "device_url": device_url(item),
        "tone": tone_of(item.state),
    }


def plan_of(access: Access, item: Remediation) -> dict[str, Any]:
    """What is to be done, in the words of the catalogue, and what covers it."""
    action = action_of(item)
    return {
        "title": action_title(item.action),
        "told": parameter_words(item.parameters),
        "side_effects": action.side_effects if action else "The action is not offered any more.",
        "radius": str(action.blast_radius.label) if action else "",
        "roll_back": action.roll_back if action else "",
        "cover": cover_words(item),
        "wave": item.wave.reference if item.wave else "",
        "wave_url": wave_url(item.tenant_reference, item.wave.reference) if item.wave else "",
        "policy": item.policy.reference if item.policy else "",
        "signal": signal_title(item.signal) if item.signal else "",
        "retry_url": _item_address(item, item.retry_of),
        "undoes_url": _item_address(item, item.undoes),
        "channel": item.get_channel_display(),
    }


def _item_address(item: Remediation, reference: str) -> str:
    if not reference:
        return ""
    return reverse("diagnostics:remediation_item", args=[item.tenant_reference, reference])


def live_checks(access: Access, page: ItemPage) -> list[dict[str, Any]]:
    """The preconditions as they are now, for an item that has not been sent."""
    item, action = page.item, action_of(page.item)
    if not page.full or action is None or ItemState(item.state) not in NOT_SENT:
        return []
    rows = Device.objects.select_related("room").filter(tenant_id=item.tenant_id, pk=item.device_id)
    device = rows.first() if access.opens(INVENTORY) else None
    if device is None:
        return []
    moment = read_moment(access)
    targets = read_targets(
        access, [device], moment.at, actions=[action.code], beside=item.reference
    )
    try:
        told = parameters_of(item, action)
    except BadParameters:
        told = None
    when = When.NOW if item.urgent else When.WINDOW
    return [
        check_line(check)
        for target in targets
        for check in checks_of(target, action, told, when, moment)
    ]
