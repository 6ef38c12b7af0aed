"""Emergency stops and what has been sent already: what no device has yet is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from access import residency
from diagnostics.models import Remediation
from diagnostics.remediation.catalogue import Channel
from diagnostics.remediation.queue.facts import stops_in_force
from diagnostics.remediation.queue.moves import Moves
from diagnostics.remediation.reasons import Reason
from diagnostics.remediation.sending import Step
from diagnostics.remediation.states import ItemState
from rooms.drain.line import Line, columns_of, working

BATCH: Final = 500
# Whether a stop stands is asked once for each tenant and action that has something on the way.
STOPPED: Final = """
    with underway as materialized (
        select distinct tenant_id, action from diagnostics_remediation
        where state = 'dispatched'),
    stopped as materialized (
        select * from underway u where diagnostics.is_stopped(u.tenant_id, u.action))
    select i.tenant_id, i.id
    from stopped s
    join diagnostics_remediation i on i.tenant_id = s.tenant_id and i.action = s.action
    where i.state = 'dispatched'
    order by i.next_at, i.id limit %s for update of i skip locked
"""
# A device that is fetching its command is waited for, and then has it.
VOID: Final = """
    update rooms_devicecommand c set expires_at = least(c.expires_at, lock.now())
    from unnest(%s::uuid[], %s::uuid[]) as v(tenant_id, id)
    where c.tenant_id = v.tenant_id and c.id = v.id
      and c.delivered_at is null and c.answered_at is null
    returning c.id
"""


def take_back(region: str, most: int = BATCH) -> int:
    """Cancel what a stop holds and no device or channel has yet; how many items that were."""
    with residency.region(region), working(region) as line:
        keys = line.rows(STOPPED, most)
        if not keys:
            return 0
        rows = Remediation.objects.filter(pk__in=[key for _, key in keys])
        items = list(rows.filter(tenant_id__in={tenant for tenant, _ in keys}))
        ours = void(line, items)
        moves = Moves(line, line.now())
        moves.know(ours)
        stops = stops_in_force(line, {(one.tenant_id, one.tenant_reference) for one in ours})
        for item in ours:
            named = [one for one in stops if one.holds(item.tenant_reference, item.action)]
            words = f"Taken back: {named[0].reference}." if named else "Taken back."
            step = Step(ItemState.CANCELLED, Reason.EMERGENCY_STOP, words)
            moves.go(item, step, stop=named[0].reference if named else "")
        return moves.keep()


def void(line: Line, items: Sequence[Remediation]) -> list[Remediation]:
    """Those of these sent items, locked by the caller, that no device or channel will run now."""
    commands = [(one.tenant_id, one.command_id) for one in items if one.command_id is not None]
    gone = {key for (key,) in line.rows(VOID, *columns_of(commands))} if commands else set()
    return [item for item in items if item.command_id in gone or _not_begun(item)]


def _not_begun(item: Remediation) -> bool:
    """Whether Microsoft Graph was not asked for it yet."""
    return item.channel == Channel.GRAPH and item.operations_known is None and item.operation == ""
