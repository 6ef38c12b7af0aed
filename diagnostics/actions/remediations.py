"""Ordering remediations, deciding on them, and stopping, holding and resuming what was ordered.

The worker carries out what stands here; the database refuses whatever these acts should not do.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from access import audit, clock, relations
from access.lock import context
from access.models import Staff, Tenant
from access.references import new_reference
from access.residency import current_region
from access.scopes import Relation
from access.verdict import Denied, Refused, WrongState
from diagnostics.models import CoveredBy, Remediation, RemediationVote, VoteOn
from diagnostics.remediation.catalogue import Action, Channel
from diagnostics.remediation.catalogue.parameters import Parameters, plain
from diagnostics.remediation.queue.facts import ordered_of
from diagnostics.remediation.queue.notices import tell
from diagnostics.remediation.reasons import Reason
from diagnostics.remediation.states import ITEM_ACT_TO, Act, ItemState, Mover
from diagnostics.rules import remediations as rules
from diagnostics.rules.remediations import Moment, Target, When
from rooms.actions.incident_row import Hand
from rooms.models import Incident

UNKNOWN = Denied("No such remediation is open to you.", "", "unknown")
REASON_OF: dict[Act, Reason] = {
    Act.CANCEL: Reason.CANCELLED,
    Act.PAUSE: Reason.PAUSED_BY_PERSON,
    Act.RESUME: Reason.SCHEDULED,
}
DID: dict[Act, str] = {
    Act.CANCEL: "Cancelled",
    Act.PAUSE: "Paused",
    Act.RESUME: "Resumed",
}


@dataclass(frozen=True)
class Order:
    """What is wanted, when, and why."""

    action: Action
    told: Parameters
    when: When
    reason: str
    incident: Incident | None = None
    retry_of: str = ""


class AlreadyOpen(WrongState):
    """Another operation of the kind is open on the device: 409, with its reference."""

    def __init__(self, sentence: str, reference: str) -> None:
        super().__init__(sentence)
        self.reference = reference


def order_remediations(
    *,
    hands: Mapping[uuid.UUID, Hand],
    tenant: Tenant,
    targets: Sequence[Target],
    order: Order,
    moment: Moment,
) -> list[Remediation]:
    """Order the same of each of these devices: of all of them, or of none.

    `hands` says who orders it, under which grant for each device. Refused or WrongState
    (AlreadyOpen names the other item) changes nothing.
    """
    rules.may_order_on(len(targets)).enforce()
    rules.may_give_reason(order.reason).enforce()
    for target in targets:
        _enforce(target, order, moment)
    made = [_item(hands[target.device_id], tenant, target, order, moment) for target in targets]
    try:
        with transaction.atomic(using=current_region()):
            Remediation.objects.bulk_create(made)
    except IntegrityError as error:
        raise _already_open(targets, order) or error from error
    for item in made:
        _keep_order(hands[item.device_id], item)
    if order.when == When.APPROVAL:
        people = [one.pk for one in relations.people_who(Relation.MAY_DECIDE, tenant)]
        for item in made:
            others = [one for one in people if one != item.requested_by_id]
            tell(tenant, item.reference, "decision_wanted", *others)
    return made


def _enforce(target: Target, order: Order, moment: Moment) -> None:
    """Raise the first denial that stands in the way, naming the device."""
    for check in rules.checks_of(target, order.action, order.told, order.when, moment):
        denied = check.stops
        if denied is None:
            continue
        if denied.code == "open_operation":
            reference = denied.reason.partition(" ")[0]
            raise AlreadyOpen(denied.reason, reference)
        sentence = f"{target.now.reference}: {denied.reason}"
        Denied(sentence, denied.remedy, denied.code, denied.stale).enforce()


def _item(hand: Hand, tenant: Tenant, target: Target, order: Order, moment: Moment) -> Remediation:
    window = rules.window_of(target, order.action, order.when, moment)
    if window is None:  # the rules have asked already
        raise Refused(Denied("There is no window for it.", "", "no_window"))
    device, action, approval = target.now, order.action, order.when == When.APPROVAL
    by_graph = moment.rules.channel == Channel.GRAPH and Channel.GRAPH in action.channels
    item = Remediation(
        tenant_id=tenant.pk,
        reference=new_reference("RJ"),
        tenant_reference=tenant.reference,
        room_id=target.room_id,
        room_reference=device.room,
        device_id=target.device_id,
        device_reference=device.reference,
        incident=order.incident,
        signal=order.incident.code if order.incident else "",
        action=action.code,
        kind=action.kind,
        parameters=plain(order.told),
        scope=action.scope,
        channel=Channel.GRAPH if by_graph else Channel.AGENT,
        urgent=order.when == When.NOW,
        covered_by=CoveredBy.APPROVAL if approval else CoveredBy.GRANT,
        reason=order.reason,
        purpose=hand.purpose,
        requested_by_id=hand.by.pk,
        requested_by_person=hand.by.person_id,
        requested_by_label=hand.by.name,
        grant_reference=hand.grant,
        retry_of=order.retry_of,
        zone=device.zone,
        window_begins_at=window.begin,
        window_ends_at=window.end,
        state=ItemState.PROPOSED if approval else ItemState.APPROVED,
        reason_code=Reason.ASKED if approval else Reason.AGREED,
        state_at=moment.at,
        requested_at=moment.at,
        mover=Mover.REQUESTER,
        moved_by_label=hand.by.name,
        told=f"Ordered under {hand.grant}"
        + (f", after {order.retry_of}." if order.retry_of else "."),
        # Undecided it ends with its window; agreed on, a worker takes it at once.
        next_at=window.end if approval else moment.at,
    )
    item.digest = ordered_of(item, order.told).digest
    return item


def _already_open(targets: Sequence[Target], order: Order) -> AlreadyOpen | None:
    """Somebody was faster by a moment: which item it is, now that it can be seen."""
    other = (
        Remediation.objects.open()
        .filter(
            tenant_id=context.current().tenant.pk,  # type: ignore[union-attr] # a tenant's page
            device_id__in=[target.device_id for target in targets],
            kind=order.action.kind,
        )
        .first()
    )
    if other is None:
        return None
    sentence = f"{other.reference} is open on {other.device_reference}."
    return AlreadyOpen(sentence, other.reference)


def _keep_order(hand: Hand, item: Remediation) -> None:
    detail = {
        "device": item.device_reference,
        "room": item.room_reference,
        "action": str(item.action),
        "parameters": item.parameters,
        "covered_by": str(item.covered_by),
        "urgent": item.urgent,
        "window": [item.window_begins_at.isoformat(), item.window_ends_at.isoformat()],
        "digest": item.digest,
    }
    if item.retry_of:
        detail["retry_of"] = item.retry_of
    audit.record(
        f"remediation.{item.state}",
        subject=("remediation", item.reference),
        scopes=[str(item.scope)],
        grants=[hand.grant],
        purpose=hand.purpose,
        detail=detail,
    )


def move_remediation(*, by: Staff, decides: bool, item_id: uuid.UUID, act: Act) -> Remediation:
    """Cancel, pause or resume an item, as whoever ordered it or as an approver of its tenant."""
    item = _locked(item_id)
    rules.may_do(act, item, by.person_id, decides).enforce()
    to = ITEM_ACT_TO[act]
    _move(item, to, REASON_OF[act], by=by, decides=decides, told=f"{DID[act]} by {by.name}.")
    return item


def decide_remediation(
    *,
    by: Staff,
    decides: bool,
    tenant: Tenant,
    item_id: uuid.UUID,
    digest: str,
    approves: bool,
    reason: str,
    step_up_method: str,
) -> Remediation:
    """Agree to exactly what `digest` names, or refuse it. WrongState when it has moved on."""
    item = _locked(item_id)
    at = clock.now(current_region())
    votes = RemediationVote.objects.filter(tenant_id=item.tenant_id, subject_id=item.pk)
    rules.may_vote(item, votes, by.person_id, decides, at).enforce()
    if digest != item.digest:
        raise WrongState("What you decide on is not what you have seen. Look again.")
    RemediationVote.objects.create(
        tenant_id=item.tenant_id,
        subject=VoteOn.ITEM,
        subject_id=item.pk,
        digest=item.digest,
        voter_id=by.pk,
        voter_person=by.person_id,
        voter_label=by.name,
        approves=approves,
        reason=reason,
        step_up_method=step_up_method,
        voted_at=at,
    )
    detail = {"approves": approves, "digest": item.digest, "second_factor": step_up_method}
    _record("remediation.voted", item, detail)
    if approves:
        item.approved_digest = item.digest
        item.approval_ends_at = item.window_ends_at + rules.APPROVAL_OUTLASTS
        words, to, why = f"Approved by {by.name}.", ItemState.APPROVED, Reason.AGREED
    else:
        words, to, why = f"Refused by {by.name}.", ItemState.REFUSED, Reason.DECIDED_AGAINST
    _move(item, to, why, by=by, decides=decides, told=words)
    tell(tenant, item.reference, "decided", item.requested_by_id)
    return item


def _locked(item_id: uuid.UUID) -> Remediation:
    """The item with its row held; Refused where the database shows none."""
    tenant = context.current().tenant
    rows = Remediation.objects.select_for_update().filter(pk=item_id)
    # The tenant is named here as well, for the lock alone would use no index.
    found = rows.filter(tenant_id=tenant.pk).first() if tenant else None
    if found is None:
        raise Refused(UNKNOWN)
    return found


def _move(
    item: Remediation, to: ItemState, why: Reason, *, by: Staff, decides: bool, told: str
) -> None:
    """Move the row, and record it. The database writes the line of the run log."""
    mover = rules.mover_of(item, by.person_id, decides)
    if mover is None:
        raise Refused(UNKNOWN)
    at: datetime = clock.now(current_region())
    item.state, item.reason_code, item.state_at = to, why, at
    item.mover, item.moved_by_label, item.told, item.next_at = mover, by.name, told, at
    changed = ["state", "reason_code", "state_at", "mover", "moved_by_label", "told", "next_at"]
    if to == ItemState.APPROVED:
        changed += ["approved_digest", "approval_ends_at"]
    item.save(update_fields=changed)
    detail: dict[str, object] = {"as": str(mover), "reason": str(why)}
    if item.wave_id is not None:
        detail["wave"] = str(item.wave_id)
    _record(f"remediation.{to.value}", item, detail)


def _record(kind: str, item: Remediation, detail: dict[str, object]) -> None:
    audit.record(
        kind,
        subject=("remediation", item.reference),
        detail={"device": item.device_reference, "action": str(item.action), **detail},
    )
