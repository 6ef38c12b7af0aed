"""Remediations and waves whose time is over go, with all that hangs on them. Part of the daily job.

Each statement takes some of what is oldest; children go with their parent in one transaction.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import Final

from diagnostics.remediation.states import ENDED, WaveState
from diagnostics.retention.due import NOTICES_LAST, REMEDIATIONS_LAST, STOPS_LAST
from diagnostics.retention.ledger import Ledger
from rooms.drain.line import Line, working

AT_ONCE: Final = 500
MOST_BATCHES: Final = 100
OVER: Final = [state.value for state in ENDED]
WAVES_OVER: Final = [
    state.value for state in (WaveState.DONE, WaveState.STOPPED, WaveState.CANCELLED)
]

OLD_ITEMS: Final = """
    select i.tenant_id, i.tenant_reference, i.id, i.reference from diagnostics_remediation i
    where i.state = any(%s::text[]) and i.state_at < %s
      and not diagnostics.is_held(i.tenant_id, i.room_id, null)
    order by i.state_at limit %s for update skip locked
"""
# A wave goes when nothing of it is left, and nothing of the tenant is held.
OLD_WAVES: Final = """
    select w.tenant_id, w.tenant_reference, w.id, w.reference from diagnostics_wave w
    where w.state = any(%s::text[]) and w.state_at < %s
      and not exists (select from diagnostics_remediation i
                      where i.tenant_id = w.tenant_id and i.wave_id = w.id)
      and not diagnostics.is_held(w.tenant_id, null, null)
    order by w.state_at limit %s for update skip locked
"""
# Children first. Literal statements, so that it can be read here what is deleted.
OF_ITEMS: Final = {
    "diagnostics_remediationstep":
        "delete from diagnostics_remediationstep"
        " where tenant_id = %s and item_id = any(%s::uuid[])",
    "diagnostics_remediationfinding":
        "delete from diagnostics_remediationfinding"
        " where tenant_id = %s and item_id = any(%s::uuid[])",
    "diagnostics_remediationvote":
        "delete from diagnostics_remediationvote"
        " where tenant_id = %s and subject_id = any(%s::uuid[])",
    "diagnostics_remediation":
        "delete from diagnostics_remediation where tenant_id = %s and id = any(%s::uuid[])",
}  # fmt: skip
OF_WAVES: Final = {
    "diagnostics_wavering":
        "delete from diagnostics_wavering where tenant_id = %s and wave_id = any(%s::uuid[])",
    "diagnostics_waveexclusion":
        "delete from diagnostics_waveexclusion where tenant_id = %s and wave_id = any(%s::uuid[])",
    "diagnostics_remediationvote":
        "delete from diagnostics_remediationvote"
        " where tenant_id = %s and subject_id = any(%s::uuid[])",
    "diagnostics_wave":
        "delete from diagnostics_wave where tenant_id = %s and id = any(%s::uuid[])",
}  # fmt: skip
TOLD: Final = "delete from diagnostics_remediationnotice where carried_at < %s"
RELEASED: Final = "delete from diagnostics_emergencystop where released_at < %s"

Ledgers = dict[uuid.UUID, Ledger]


def destroy_remediations(region: str) -> int:
    """Destroy items and waves that ended too long ago, and forget notices and released stops.

    Returns how many items and waves went. The record tells of each tenant how many rows went.
    """
    ledgers: Ledgers = {}
    total = _destroy(region, ledgers, OLD_ITEMS, OVER, OF_ITEMS)
    total += _destroy(region, ledgers, OLD_WAVES, WAVES_OVER, OF_WAVES)
    for ledger in ledgers.values():
        ledger.close()
    with working(region) as line:
        line.run(TOLD, line.now() - NOTICES_LAST)
        line.run(RELEASED, line.now() - STOPS_LAST)
    return total


def _destroy(
    region: str, ledgers: Ledgers, old: str, over: list[str], parts: dict[str, str]
) -> int:
    """Some batches of items or of waves; what is left then, the next run finds."""
    total = 0
    for _ in range(MOST_BATCHES):
        with working(region) as line:
            found = line.rows(old, over, line.now() - REMEDIATIONS_LAST, AT_ONCE)
            owners: dict[tuple[uuid.UUID, str], list[tuple[uuid.UUID, str]]] = defaultdict(list)
            for tenant_id, tenant_reference, key, reference in found:
                owners[tenant_id, tenant_reference].append((key, reference))
            for owner, rows in owners.items():
                ledger = ledgers.setdefault(owner[0], Ledger(region, owner))
                _delete(ledger, line, rows, parts)
                ledger.save()
        total += len(found)
        if len(found) < AT_ONCE:
            break
    return total


def _delete(
    ledger: Ledger, line: Line, rows: list[tuple[uuid.UUID, str]], parts: dict[str, str]
) -> None:
    """Delete these with what hangs on them, inside the open transaction."""
    keys = [key for key, _ in rows]
    for table, statement in parts.items():
        ledger.count(table, line.run(statement, ledger.tenant[0], keys))
    for _, reference in rows:
        ledger.file("remediation", reference)
