"""How far a remediation is: its facts with their times, its run log, and what it changed."""

from __future__ import annotations

from typing import Any, Final

from diagnostics.models import Remediation, RemediationFinding, RemediationStep
from diagnostics.pages.remediation_looks import tone_of
from diagnostics.remediation.catalogue.verification import Outcome
from diagnostics.remediation.reasons import Reason
from diagnostics.remediation.states import ItemState, Mover
from rooms.pages.looks import signal_title

NOT_TOLD: Final = "\N{EN DASH}"
# What verifying found, as diagnostics.remediation.catalogue.verification has it.
OUTCOMES: Final[dict[str, tuple[str, str]]] = {
    Outcome.FIXED: ("ok", "Observed fixed"),
    Outcome.NOT_FIXED: ("bad", "Observed not fixed"),
    Outcome.UNKNOWN: ("off", "Not known"),
}
FACTS: Final = (
    ("requested_at", "Requested"),
    ("sent_at", "Sent"),
    ("accepted_at", "Accepted by the device"),
    ("running_at", "Running"),
    ("answered_at", "Answered"),
    ("observed_at", "Observed"),
)


def facts_of(item: Remediation) -> list[dict[str, Any]]:
    """Requested, accepted, running and observed: each a fact of its own with its own time."""
    observed = {ItemState.SUCCEEDED: "Observed fixed", ItemState.FAILED: "Observed not fixed"}
    told = []
    for name, label in FACTS:
        at = getattr(item, name)
        words = observed.get(ItemState(item.state), label) if name == "observed_at" else label
        told.append({"label": words, "at": at, "tone": _tone_of_fact(item, name, at)})
    return told


def _tone_of_fact(item: Remediation, name: str, at: object) -> str:
    if at is None:
        return "none"
    if name != "observed_at":
        return "brand"
    return "bad" if item.state == ItemState.FAILED else "ok"


def step_line(step: RemediationStep) -> dict[str, Any]:
    """One line of the run log, as the timeline shows it."""
    why = str(Reason(step.reason_code).label) if step.reason_code in Reason.values else ""
    said = step.sentence or f"{why}."
    who = step.moved_by_label or ("The device" if step.mover == Mover.DEVICE else "Rooms Ops")
    attempt = f" Attempt {step.attempt}." if step.attempt > 1 else ""
    return {
        "at": step.at,
        "text": f"{step.get_state_display()}: {said}{attempt} ({who})",
        "tone": tone_of(step.state),
    }


def finding_lines(finding: RemediationFinding) -> dict[str, Any]:
    """What one attempt changed: each thing measured, before and after."""
    before, after = measured(finding.before), measured(finding.after)
    names = list(dict.fromkeys([*before, *after]))
    return {
        "one": finding,
        "tone": OUTCOMES.get(finding.outcome, ("off", ""))[0],
        "words": OUTCOMES.get(finding.outcome, ("", finding.outcome))[1],
        "rows": [
            {
                "name": name,
                "before": before.get(name, NOT_TOLD),
                "after": after.get(name, NOT_TOLD),
                "changed": bool(after) and before.get(name) != after.get(name),
            }
            for name in names
        ],
    }


def measured(snapshot: dict[str, Any]) -> dict[str, str]:
    """What a snapshot tells, by names that people know: signals first, then versions."""
    found = {}
    for name, told in snapshot.get("signals", {}).items():
        code, _, instance = str(name).partition("/")
        value = told.get("value", "") if isinstance(told, dict) else told
        said = told.get("sentence", "") if isinstance(told, dict) else ""
        words = f"{str(value).capitalize()}. {said}".strip() if said else str(value).capitalize()
        found[f"Signal: {signal_title(code, instance)}"] = words
    for name, version in snapshot.get("versions", {}).items():
        found[f"Version: {name}"] = str(version)
    return found
