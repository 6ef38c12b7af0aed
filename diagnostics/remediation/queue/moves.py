"""Writing what a batch has decided: one UPDATE, the record of each move, and whom to tell.

The database writes the line of the run log with each row, and refuses what is no move.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from access import audit
from access.models.notices import NoticeCode
from diagnostics.models import Remediation, RemediationNotice
from diagnostics.remediation.queue.facts.devices import GIVEN
from diagnostics.remediation.reasons import Reason
from diagnostics.remediation.sending import Step
from diagnostics.remediation.states import ENDED, ItemState, Mover, move
from rooms.drain.line import Line, columns_of, unnested

LONGEST_TOLD: Final = 600
US: Final = "Rooms Ops"

# Everything of a row that a worker may change.
COLUMNS: Final = {
    "tenant_id": "uuid", "id": "uuid", "state": "text", "reason_code": "text", "mover": "text",
    "moved_by_label": "text", "told": "text", "next_at": "timestamptz", "attempt": "int",
    "command_id": "uuid", "operation": "text", "operations_known": "jsonb",
    "sent_at": "timestamptz", "accepted_at": "timestamptz", "running_at": "timestamptz",
    "answered_at": "timestamptz", "observed_at": "timestamptz", "outcome": "text",
    "detail_code": "text", "window_begins_at": "timestamptz", "window_ends_at": "timestamptz",
}  # fmt: skip
UPDATE: Final = (
    "update diagnostics_remediation i set "  # noqa: S608 - ours, as below
    + ", ".join(f"{name} = v.{name}" for name in COLUMNS if name not in ("tenant_id", "id"))
    + f" from {unnested(COLUMNS)} where i.tenant_id = v.tenant_id and i.id = v.id"
)
WAVES: Final = f"""
    select w.id, w.reference, w.state, w.approval_ends_at
    from {GIVEN} join diagnostics_wave w on w.tenant_id = g.tenant_id and w.id = g.id
"""  # noqa: S608
POLICIES: Final = f"""
    select p.id, p.reference
    from {GIVEN} join diagnostics_automationpolicy p on p.tenant_id = g.tenant_id and p.id = g.id
"""  # noqa: S608
VOTES: Final = f"""
    select v.subject_id, v.voter_id::text
    from {GIVEN}
    join diagnostics_remediationvote v on v.tenant_id = g.tenant_id and v.subject_id = g.id
    where v.approves order by v.voted_at, v.voter_id
"""  # noqa: S608
# The next report of these is kept whole, whatever it says. One that a drain is at is left for
# the next time: nobody waits for anybody here.
FORGET: Final = f"""
    update rooms_device d set last_digest = null
    from (select d.tenant_id, d.id from {GIVEN}
          join rooms_device d on d.tenant_id = g.tenant_id and d.id = g.id
          where d.last_digest is not null for no key update of d skip locked) s
    where d.tenant_id = s.tenant_id and d.id = s.id
"""  # noqa: S608


class WaveNow(NamedTuple):
    """A wave as its items ask for it."""

    reference: str
    state: str
    approval_ends_at: datetime | None


@dataclass
class Moves:
    """What one transaction is going to write. Items are changed in memory first."""

    line: Line
    at: datetime
    waves: dict[uuid.UUID, WaveNow] = field(default_factory=dict)
    policies: dict[uuid.UUID, str] = field(default_factory=dict)
    votes: dict[uuid.UUID, list[str]] = field(default_factory=dict)
    _items: dict[uuid.UUID, Remediation] = field(default_factory=dict)
    _events: list[tuple[Remediation, str, dict[str, Any]]] = field(default_factory=list)

    def know(self, items: Sequence[Remediation]) -> None:
        """Read the waves, policies and votes of these items: three statements at most."""
        waves = {(one.tenant_id, one.wave_id) for one in items if one.wave_id}
        policies = {(one.tenant_id, one.policy_id) for one in items if one.policy_id}
        if waves:
            rows = self.line.rows(WAVES, *columns_of(waves))
            self.waves |= {row[0]: WaveNow(*row[1:]) for row in rows}
        if policies:
            self.policies |= dict(self.line.rows(POLICIES, *columns_of(policies)))
        subjects = waves | {(one.tenant_id, one.pk) for one in items if not one.wave_id}
        for subject, voter in self.line.rows(VOTES, *columns_of(subjects)) if subjects else ():
            self.votes.setdefault(subject, []).append(voter)

    def wave_of(self, item: Remediation) -> WaveNow | None:
        """The item's wave, if it is of one."""
        return self.waves.get(item.wave_id) if item.wave_id else None

    def go(
        self,
        item: Remediation,
        step: Step,
        *,
        next_at: datetime | None = None,
        by: Mover = Mover.SYSTEM,
        **detail: Any,
    ) -> None:
        """Move it; `detail` goes into the record. Raises WrongState for what is no move.

        To stay where it is, for another reason or until later, is a line of the run log at most.
        """
        was = ItemState(item.state)
        item.next_at = next_at or self.at
        self._items[item.pk] = item
        if (was, item.reason_code) == step[:2]:
            return
        if step.state is not was:
            move(was, step.state, by)
        told = " ".join(part for part in (step.sentence, step.remedy) if part)
        item.told = told[:LONGEST_TOLD]
        item.state, item.reason_code = step.state, step.reason
        item.mover = by
        item.moved_by_label = item.device_reference if by is Mover.DEVICE else US
        if step.state is not was:
            self._events.append((item, f"remediation.{step.state.value}", {"was": was, **detail}))

    def touch(self, item: Remediation) -> None:
        """Write the row as it is now; no move."""
        self._items[item.pk] = item

    def note(self, item: Remediation, kind: str, **detail: Any) -> None:
        """Put into the record what moved nothing."""
        self._events.append((item, f"remediation.{kind}", detail))

    def keep(self) -> int:
        """Write it all; how many rows were changed."""
        if self._items:
            self.line.run(UPDATE, *columns_of(_row(item) for item in self._items.values()))
        audit.record_many_system(
            [
                audit.SystemEvent(
                    kind,
                    (item.tenant_id, item.tenant_reference),
                    ("remediation", item.reference),
                    self._detail(item, detail),
                )
                for item, kind, detail in self._events
            ],
            region=self.line.region,
        )
        self._tell()
        return len(self._items)

    def _detail(self, item: Remediation, more: dict[str, Any]) -> dict[str, Any]:
        """What an auditor needs to tell the whole story from this event alone."""
        wave = self.wave_of(item)
        subject = item.wave_id if item.wave_id else item.pk
        facts = {
            "device": item.device_reference,
            "room": item.room_reference,
            "action": item.action,
            "parameters": item.parameters,
            "reason": str(item.reason_code),
            "attempt": item.attempt,
            "channel": item.channel,
            "command": str(item.command_id) if item.command_id else "",
            "covered_by": item.covered_by,
            "asked_by": str(item.requested_by_id) if item.requested_by_id else "",
            "grant": item.grant_reference,
            "agreed_by": self.votes.get(subject, []),
            "policy": self.policies.get(item.policy_id, "") if item.policy_id else "",
            "policy_version": item.policy_version,
            "wave": wave.reference if wave else "",
        }
        return {name: value for name, value in facts.items() if value not in ("", None, [])} | more

    def _tell(self) -> None:
        """Whoever ordered a single item; of a wave's items the wave itself tells."""
        told = [
            (item, item.requested_by_id, TOLD[kind])
            for item, kind, _ in self._events
            if kind in TOLD and item.wave_id is None
        ]
        RemediationNotice.objects.bulk_create(
            RemediationNotice(
                tenant_id=item.tenant_id,
                staff_id=person,
                code=code,
                reference=item.reference,
                tenant_reference=item.tenant_reference,
                made_at=self.at,
            )
            for item, person, code in told
            if person is not None
        )


# As `notices.tell`, for many items at once.
TOLD: Final = {f"remediation.{state.value}": NoticeCode.ITEM_ENDED for state in ENDED} | {
    f"remediation.{ItemState.WAITING_FOR_GRANT.value}": NoticeCode.ITEM_WAITS
}


def _row(item: Remediation) -> tuple[Any, ...]:
    """As COLUMNS."""
    known = item.operations_known
    return (
        item.tenant_id, item.pk, str(item.state), str(item.reason_code), str(item.mover),
        item.moved_by_label, item.told, item.next_at, item.attempt, item.command_id,
        item.operation, None if known is None else json.dumps(known), item.sent_at,
        item.accepted_at, item.running_at, item.answered_at, item.observed_at, item.outcome,
        item.detail_code, item.window_begins_at, item.window_ends_at,
    )  # fmt: skip


def refused(reason: Reason, sentence: str) -> Step:
    """It is not sent, and nobody waits for it."""
    return Step(ItemState.REFUSED, reason, sentence, "Order it anew.")


def forget_reports(line: Line, items: Iterable[Remediation]) -> None:
    """Have the next reports of the items' devices kept whole: they are what success is read from.

    A report that says nothing new is kept without its body, and is then no evidence.
    """
    devices = {(item.tenant_id, item.device_id) for item in items}
    if devices:
        line.run(FORGET, *columns_of(devices))
