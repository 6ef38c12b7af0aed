"""What runs by itself: open incidents of a signal that a policy in force has an action for.

Opt-in for each tenant and signal, agreed on by two people, and within every guardrail: an item is
ordered only where a person could order it now, and is asked about again when it is sent.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db import DatabaseError

from access import residency
from access.references import new_reference
from access.verdict import Verdict, first_denial
from diagnostics.models import AutomationPolicy, CoveredBy, Remediation
from diagnostics.models.automation import RuleState
from diagnostics.remediation.catalogue import (
    PUBLIC,
    Action,
    BadParameters,
    Channel,
    UnknownAction,
    action_of,
    read_parameters,
)
from diagnostics.remediation.catalogue.parameters import Parameters
from diagnostics.remediation.guardrails import may_order, may_repeat, none_open, not_stopped
from diagnostics.remediation.guardrails.gates import LEFT
from diagnostics.remediation.queue.facts import Facts, gather
from diagnostics.remediation.queue.moves import Moves, refused
from diagnostics.remediation.reasons import Reason
from diagnostics.remediation.states import ENDED, NOT_SENT, ItemState, Mover
from diagnostics.remediation.windows import Interval, next_window
from rooms.drain.line import Line, working
from rooms.drain.moving import minute
from rooms.models import IncidentEntry
from rooms.states import EntryKind

logger = logging.getLogger(__name__)

BATCH: Final = 200
DAY: Final = timedelta(days=1)
# The first half of the advisory lock's key; the policy is the second.
POLICIES: Final = 0x0D1A9
ALONE: Final = "select pg_try_advisory_xact_lock(%s, hashtext(%s))"
NOT_IN_FORCE: Final = "The policy is not in force any more."
ORDERED_TODAY: Final = """
    select count(*) from diagnostics_remediation r
    where r.tenant_id = %s and r.covered_by = 'policy' and r.signal = %s and r.requested_at > %s
      and not (r.state = 'refused' and r.reason_code = 'not_covered')
"""
# Not while somebody keeps the room quiet on purpose, nor twice for an incident that has not come
# back; what a policy that ended left unsent does not count.
TROUBLES: Final = """
    select i.id, i.reference, i.room_id, r.reference, d.id, d.reference, s.time_zone, i.activated_at
    from rooms_incident i
    join rooms_device d on d.tenant_id = i.tenant_id and d.id = i.device_id
        and d.room_id = i.room_id
    join rooms_room r on r.tenant_id = i.tenant_id and r.id = i.room_id
    join rooms_site s on s.tenant_id = r.tenant_id and s.id = r.site_id
    where i.tenant_id = %s and i.code = %s and i.state = 'active' and i.activated_at <= %s
      and (i.activated_at, i.id) > (%s, %s)
      and not exists (
          select from rooms_suppression u
          where u.tenant_id = i.tenant_id and u.room_id = i.room_id and u.code in ('', i.code)
            and u.begins_at <= %s and %s < coalesce(u.ended_at, u.ends_at))
      and not exists (
          select from diagnostics_remediation o
          where o.tenant_id = i.tenant_id and o.device_id = i.device_id and o.kind = %s
            and o.state <> all(%s::text[]))
      and not exists (
          select from diagnostics_remediation e
          where e.tenant_id = i.tenant_id and e.incident_id = i.id and e.covered_by = 'policy'
            and e.requested_at >= i.activated_at
            and not (e.state = 'refused' and e.reason_code = 'not_covered'))
    order by i.activated_at, i.id limit %s
"""
FIRST: Final = (datetime.min.replace(tzinfo=UTC), uuid.UUID(int=0))


class Trouble(NamedTuple):
    """An open incident and where it is."""

    id: uuid.UUID
    reference: str
    room_id: uuid.UUID
    room: str
    device_id: uuid.UUID
    device: str
    zone: str
    activated_at: datetime


def run_policies(region: str, seconds: float = 30) -> int:
    """Order what the policies in force in a region ask for now; how many items that were."""
    until, ordered = time.monotonic() + seconds, 0
    with residency.region(region):
        _call_off(region)
        policies = AutomationPolicy.objects.filter(state=RuleState.IN_FORCE)
        for policy in policies.order_by("tenant_id", "signal"):
            if time.monotonic() >= until:
                break
            try:
                with working(region) as line:
                    if line.rows(ALONE, POLICIES, str(policy.pk))[0][0]:
                        ordered += run_policy(line, policy)
            except DatabaseError as fault:
                # Somebody was quicker, or the policy has just ended: the next run sees it.
                logger.info("%s is run again later: %s", policy.reference, type(fault).__name__)
    return ordered


def _call_off(region: str) -> None:
    """What an ended policy has not sent yet never goes."""
    with working(region) as line:
        rows = Remediation.objects.filter(covered_by=CoveredBy.POLICY, state__in=NOT_SENT)
        over = rows.exclude(
            policy_id__in=AutomationPolicy.objects.filter(state=RuleState.IN_FORCE).values("id")
        )
        claimed = over.order_by("next_at", "id").select_for_update(skip_locked=True, of=("self",))
        items = list(claimed[:BATCH])
        moves = Moves(line, line.now())
        moves.know(items)
        for item in items:
            moves.go(item, refused(Reason.NOT_COVERED, NOT_IN_FORCE))
        moves.keep()


def run_policy(line: Line, policy: AutomationPolicy) -> int:
    """Order what one policy asks for now, in the transaction in hand."""
    now = line.now()
    try:
        action = action_of(policy.action)
        told = read_parameters(action.parameters, policy.parameters)
    except (BadParameters, UnknownAction) as unfit:
        logger.warning("%s cannot run: %s", policy.reference, unfit)
        return 0
    today = line.rows(ORDERED_TODAY, policy.tenant_id, policy.signal, now - DAY)[0][0]
    left, after, made = policy.most_per_day - today, FIRST, 0
    while left > 0:
        troubles = _troubles(line, policy, action, now, after)
        if not troubles:
            break
        after = (troubles[-1].activated_at, troubles[-1].id)
        # One order for a device, however many of its signals of that code are ill.
        one_each = {one.device_id: one for one in reversed(troubles)}
        chosen = [one for one in troubles if one_each[one.device_id] is one]
        items = _fitting(line, policy, action, told, chosen, now)[:left]
        _order(line, policy, action, items, now)
        left, made = left - len(items), made + len(items)
    return made


def _troubles(
    line: Line,
    policy: AutomationPolicy,
    action: Action,
    now: datetime,
    after: tuple[datetime, uuid.UUID],
) -> list[Trouble]:
    """The next open incidents of the policy's signal, the oldest first."""
    since = now - policy.after_minutes * minute()
    ended = [str(state) for state in sorted(ENDED)]
    kind = str(action.kind)
    rows = line.rows(
        TROUBLES, policy.tenant_id, policy.signal, since, *after, now, now, kind, ended, BATCH
    )
    return [Trouble(*row) for row in rows]


def _fitting(
    line: Line,
    policy: AutomationPolicy,
    action: Action,
    told: Parameters,
    troubles: Sequence[Trouble],
    now: datetime,
) -> list[tuple[Remediation, Trouble]]:
    """An item for each trouble for which a person could order it now."""
    drafts = [(_item(policy, action, one, now), one) for one in troubles]
    facts = gather(line.region, [item for item, _ in drafts])
    rules = facts.rules_for(policy.tenant_id)
    found = []
    for item, trouble in drafts:
        if not _may(item, action, told, facts):
            continue
        if policy.urgent:
            window: Interval | None = Interval(now, now + DAY)
        else:
            window = next_window(
                trouble.zone, action.window, now, calendar=rules.calendar, needs=action.needs
            ).interval
        if window is None:
            continue
        item.window_begins_at, item.window_ends_at = window
        if rules.channel in action.channels:
            item.channel = rules.channel
        found.append((item, trouble))
    return found


def _may(item: Remediation, action: Action, told: Parameters, facts: Facts) -> Verdict:
    """The guardrails of an order; those of the moment are asked when it is sent."""
    key = (item.tenant_id, item.device_id)
    device = facts.devices.get(key)
    if device is None:
        return LEFT
    return first_denial(
        not_stopped(facts.stops, item.tenant_reference, item.action),
        may_order(action, told, device, PUBLIC),
        none_open(action, [one.operation for one in facts.open_beside(item)]),
        may_repeat(action, facts.ran.get((key, item.action), ()), facts.at),
    )


def _item(policy: AutomationPolicy, action: Action, one: Trouble, now: datetime) -> Remediation:
    """What is ordered for one trouble; its window is not known yet."""
    label = f"Policy {policy.reference}, version {policy.version}"
    values: dict[str, Any] = {
        "reference": new_reference("RJ"),
        "tenant_reference": policy.tenant_reference,
        "room_id": one.room_id,
        "room_reference": one.room,
        "device_id": one.device_id,
        "device_reference": one.device,
        "incident_id": one.id,
        "signal": policy.signal,
        "action": policy.action,
        "kind": action.kind,
        "parameters": policy.parameters,
        "scope": action.scope,
        "channel": Channel.AGENT,
        "urgent": policy.urgent,
        "covered_by": CoveredBy.POLICY,
        "reason": policy.reason,
        "requested_by_label": label,
        "policy_id": policy.pk,
        "policy_version": policy.version,
        "zone": one.zone,
        "window_begins_at": now,
        "window_ends_at": now + DAY,
        "state": ItemState.APPROVED,
        "reason_code": Reason.AGREED,
        "state_at": now,
        "mover": Mover.SYSTEM,
        "moved_by_label": label,
        "told": f"{label}, has an action for {one.reference}.",
        "next_at": now,
        "requested_at": now,
    }
    return Remediation(tenant_id=policy.tenant_id, **values)


def _order(
    line: Line,
    policy: AutomationPolicy,
    action: Action,
    ordered: Sequence[tuple[Remediation, Trouble]],
    now: datetime,
) -> None:
    """Store the items, say so in their incidents, and record each under the policy's version."""
    if not ordered:
        return
    items = [item for item, _ in ordered]
    Remediation.objects.bulk_create(items)
    IncidentEntry.objects.bulk_create(
        IncidentEntry(
            tenant_id=item.tenant_id,
            incident_id=trouble.id,
            room_id=item.room_id,
            at=now,
            kind=EntryKind.AUTOMATIC,
            text=f"{item.requested_by_label}: {action.title} is queued as {item.reference}.",
        )
        for item, trouble in ordered
    )
    moves = Moves(line, now)
    moves.know(items)
    for item, trouble in ordered:
        moves.note(item, "approved", incident=trouble.reference, signal=policy.signal)
    moves.keep()
