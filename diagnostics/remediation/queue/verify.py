"""What the next reports make of an item: fixed, tried once more, or failed and told."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from access import residency
from diagnostics.models import Remediation
from diagnostics.remediation.catalogue import ACTIONS, Action, ActionCode, BadParameters
from diagnostics.remediation.catalogue.verification import (
    NOTHING_YET,
    Evidence,
    Finding,
    Outcome,
    verify,
)
from diagnostics.remediation.following import after_reports
from diagnostics.remediation.guardrails import may_repeat
from diagnostics.remediation.queue.evidence import changed, evidence_of, ill_in, snapshot
from diagnostics.remediation.queue.facts import Key, parameters_of, ran_lately
from diagnostics.remediation.queue.incidents import tell_failures, tell_outcomes
from diagnostics.remediation.queue.moves import Moves, forget_reports
from diagnostics.remediation.reasons import Reason
from diagnostics.remediation.sending import Step
from diagnostics.remediation.states import ItemState
from diagnostics.remediation.tenant_rules import rules_of
from diagnostics.remediation.windows import next_window
from rooms.drain.line import Line, columns_of, unnested, working
from rooms.drain.moving import minute

logger = logging.getLogger(__name__)

BATCH: Final = 200
FINDING: Final = {
    "tenant_id": "uuid", "item_id": "uuid", "room_id": "uuid", "attempt": "int", "before": "text",
    "before_at": "timestamptz", "after": "text", "after_at": "timestamptz", "outcome": "text",
    "sentence": "text",
}  # fmt: skip
ADD_FINDINGS: Final = f"""
    insert into diagnostics_remediationfinding (id, {", ".join(FINDING)})
    select gen_random_uuid(), v.tenant_id, v.item_id, v.room_id, v.attempt, v.before::jsonb,
           v.before_at, v.after::jsonb, v.after_at, v.outcome, v.sentence
    from {unnested(FINDING)}
    on conflict (tenant_id, item_id, attempt) do update set after = excluded.after,
        after_at = excluded.after_at, outcome = excluded.outcome, sentence = excluded.sentence
"""  # noqa: S608 - ours
UNKNOWN: Final = "The action is not known any more, so nothing tells whether it helped."
RESTARTED: Final = "APP_RESTART_FAILED"


def verify_due(region: str, most: int = BATCH) -> int:
    """Judge up to `most` items by the reports that have come; how many were looked at."""
    with residency.region(region), working(region) as line:
        now = line.now()
        due = Remediation.objects.filter(state=ItemState.VERIFYING, next_at__lte=now)
        rows = due.order_by("next_at", "id").select_for_update(skip_locked=True, of=("self",))
        items = list(rows[:most])
        if items:
            _Verified(line, now, items).run()
        return len(items)


class _Verified:
    """One transaction of verifying."""

    def __init__(self, line: Line, now: datetime, items: Sequence[Remediation]) -> None:
        self.line = line
        self.items = items
        self.moves = Moves(line, now)
        self.actions = {
            item.pk: ACTIONS[ActionCode(item.action)] for item in items if item.action in ACTIONS
        }
        self.findings: list[tuple[Any, ...]] = []

    def run(self) -> None:
        """Judge each, and write what it comes to."""
        self.moves.know(self.items)
        keys = [(item.tenant_id, item.device_id) for item in self.items]
        known = [item for item in self.items if item.pk in self.actions]
        self.evidence = evidence_of(self.line, known, self.actions)
        self.ran = ran_lately(self.line, keys, {item.action for item in self.items}, self.moves.at)
        self.rules = rules_of({item.tenant_id for item in self.items})
        for item in self.items:
            self._judge(item)
        self.moves.keep()
        if self.findings:
            self.line.run(ADD_FINDINGS, *columns_of(self.findings))
        # Whoever still waits wants the next report whole.
        forget_reports(self.line, [i for i in self.items if i.state == ItemState.VERIFYING])
        tell_outcomes(self.moves, [i for i in self.items if i.state == ItemState.SUCCEEDED])
        tell_failures(self.moves, [i for i in self.items if i.state == ItemState.FAILED])

    def _judge(self, item: Remediation) -> None:
        action, evidence = self.actions.get(item.pk), self.evidence.get(item.pk)
        if action is None:
            self.moves.go(item, Step(ItemState.FAILED, Reason.VERIFICATION_FAILED, UNKNOWN))
            return
        outs = action.time_outs.scaled(minute())
        finding = find(item, action, evidence)
        key: Key = (item.tenant_id, item.device_id)
        step = after_reports(
            finding,
            since=item.state_at,
            wait=outs.verify,
            attempt=item.attempt,
            may_repeat=may_repeat(action, self.ran.get((key, item.action), ()), self.moves.at),
            at=self.moves.at,
        )
        if step is None:
            item.next_at = self.moves.at + minute()
            self.moves.touch(item)
            return
        self._end(item, action, finding, evidence, step)

    def _end(
        self,
        item: Remediation,
        action: Action,
        finding: Finding,
        evidence: Evidence | None,
        step: Step,
    ) -> None:
        """Keep what was found, and go on: to an end, or into the next window."""
        before, after = self._keep(item, finding, evidence)
        told: dict[str, Any] = {"outcome": str(finding.outcome), "changed": changed(before, after)}
        if step.state is ItemState.SUCCEEDED and item.detail_code == RESTARTED:
            step = step._replace(reason=Reason.APP_RESTART_FAILED)
        if step.state is not ItemState.SCHEDULED:
            self.moves.go(item, step, **told)
            return
        opening = next_window(
            item.zone,
            action.window,
            self._after(item, action),
            calendar=self.rules[item.tenant_id].calendar,
            needs=action.needs,
        )
        if opening.interval is None:
            self.moves.go(item, Step(ItemState.FAILED, Reason.VERIFICATION_FAILED, opening.reason))
            return
        item.window_begins_at, item.window_ends_at = opening.interval
        self.moves.go(item, step, next_at=opening.interval.begin, **told)
        item.attempt += 1
        item.operation, item.operations_known = "", None

    def _after(self, item: Remediation, action: Action) -> datetime:
        """The present window is over for it, except where there is none to wait for."""
        if action.window.whole_day or item.urgent:
            return self.moves.at
        return max(self.moves.at, item.window_ends_at)

    def _keep(
        self, item: Remediation, finding: Finding, evidence: Evidence | None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What was measured before and after, as a row; both snapshots."""
        first = evidence.before if evidence else None
        counting = evidence.counting if evidence else []
        last = counting[-1] if counting else None
        before: dict[str, Any] = {}
        after: dict[str, Any] = {}
        if evidence is not None:
            before = snapshot(first, evidence, ill_in(last, evidence))
            after = snapshot(last, evidence, ill_in(first, evidence))
        item.observed_at = last.observed_at if last else None
        self.findings.append((
            item.tenant_id, item.pk, item.room_id, item.attempt, json.dumps(before),
            first.observed_at if first else None, json.dumps(after), item.observed_at,
            str(finding.outcome), finding.sentence[:600],
        ))  # fmt: skip
        return before, after


def find(item: Remediation, action: Action, evidence: Evidence | None) -> Finding:
    """What the evidence shows; nothing where the device is gone, or the order is not readable."""
    if evidence is None:
        return NOTHING_YET
    try:
        told = parameters_of(item, action)
    except BadParameters as bad:
        return Finding(Outcome.UNKNOWN, str(bad))
    return verify(action.effect, told, evidence, action.settled_reports)
