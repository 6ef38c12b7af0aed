"""Every state a page may show, with its word, its colour tone and its icon: one look everywhere."""

from __future__ import annotations

from typing import Final, NamedTuple


class Look(NamedTuple):
    """How one state looks. The word and the icon tell it; the tone only repeats it."""

    word: str
    tone: str
    icon: str


TONES: Final = ("ok", "warn", "bad", "off", "acc", "brand")

LOOKS: Final[dict[str, Look]] = {
    # Health of rooms, devices and signals
    "healthy": Look("Healthy", "ok", "healthy"),
    "warning": Look("Warning", "warn", "warning"),
    "unhealthy": Look("Unhealthy", "bad", "unhealthy"),
    "unmonitored": Look("Unmonitored", "off", "unmonitored"),
    "suppressed": Look("Suppressed", "off", "suppressed"),
    "onboarding": Look("Onboarding", "brand", "onboarding"),
    "misconfigured": Look("Misconfigured", "warn", "misconfigured"),
    "late": Look("Late", "warn", "waiting"),
    "inert": Look("Inert", "off", "unmonitored"),
    # Incidents
    "needs_action": Look("Needs action", "bad", "unhealthy"),
    "investigating": Look("System investigating", "brand", "working"),
    "watching": Look("Watching", "brand", "watching"),
    "resolved": Look("Resolved", "ok", "healthy"),
    # Severities of signals; "warning" is above
    "critical": Look("Critical", "bad", "unhealthy"),
    "important": Look("Important", "bad", "unhealthy"),
    "recommended": Look("Recommended", "off", "info"),
    "not_rated": Look("Not rated", "off", "info"),
    # Devices and what is plugged into them
    "monitored": Look("Monitored", "ok", "healthy"),
    "unenrolled": Look("Unenrolled", "off", "unmonitored"),
    "connected": Look("Connected", "ok", "healthy"),
    "disconnected": Look("Not detected", "bad", "unhealthy"),
    # Requests
    "submitted": Look("Asked", "warn", "waiting"),
    "in_review": Look("In review", "warn", "waiting"),
    "waiting": Look("Waiting", "warn", "waiting"),
    "question_asked": Look("Question asked", "brand", "question"),
    "approved": Look("Approved", "ok", "approved"),
    "denied": Look("Denied", "bad", "denied"),
    "withdrawn": Look("Withdrawn", "off", "withdraw"),
    "lapsed": Look("Lapsed", "off", "waiting"),
    "void": Look("Void", "off", "suppressed"),
    # Grants: purple means open because of a grant, and nothing else does
    "ready": Look("Ready to start", "ok", "start"),
    "active": Look("Active", "acc", "key"),
    "ended": Look("Ended", "off", "ended"),
    "returned": Look("Ended early", "off", "ended"),
    "revoked": Look("Ended by approver", "off", "ended"),
    "suspended": Look("Suspended", "bad", "stop"),
    "closed": Look("Closed", "off", "lock"),
    # Checks, jobs and services
    "pass": Look("Pass", "ok", "healthy"),
    "note": Look("Note", "warn", "info"),
    "fail": Look("Fail", "bad", "denied"),
    "queued": Look("Queued", "off", "waiting"),
    "running": Look("Running", "brand", "working"),
    "done": Look("Done", "ok", "healthy"),
    "failed": Look("Failed", "bad", "denied"),
    "operational": Look("Operational", "ok", "healthy"),
    "degraded": Look("Degraded", "warn", "warning"),
    "down": Look("Down", "bad", "unhealthy"),
    "live": Look("Live", "ok", "healthy"),
}


def look_of(state: object) -> Look:
    """The look of a state; an unknown one is shown by its own word, in grey."""
    value = str(getattr(state, "value", state) or "")
    key = value.strip().lower().replace("-", "_").replace(" ", "_")
    known = LOOKS.get(key)
    if known:
        return known
    word = key.replace("_", " ").capitalize() or "Unknown"
    return Look(word, "off", "question")
