"""OCSF 1.8.0: which class an event belongs to, and the event in it as one line of JSON.

Authentication (3002) for sign-in and second factors, Authorize Session (3003) for a grant that was
started, Web Resources Activity (6001) for pages that were looked at and records handed out,
Entity Management (3004) for everything else. Each passes the published JSON schema.
"""

from __future__ import annotations

import json
from typing import Any, Final

from access.siem.events import LogEvent

VERSION: Final = "1.8.0"
CATEGORY: Final = {3002: 3, 3003: 3, 3004: 3, 6001: 6}
SUCCESS, FAILURE = 1, 2
INFORMATIONAL, LOW = 1, 2

# The longest beginning of the type decides: class and activity.
CLASSES: Final[tuple[tuple[str, int, int], ...]] = (
    ("sign_in", 3002, 1),
    ("sign_out", 3002, 2),
    ("session.ended", 3002, 2),
    ("step_up", 3002, 1),
    ("second_factor", 3002, 99),
    ("recovery_codes", 3002, 99),
    ("grant.started", 3003, 1),
    ("view.", 6001, 2),
    ("reference.unknown", 6001, 2),
    ("record.exported", 6001, 7),
    ("request.submitted", 3004, 1),
    ("grant.ready", 3004, 1),
    ("device.enrolled", 3004, 1),
    ("incident.opened", 3004, 1),
    ("grant.suspended", 3004, 12),
    ("stop.pressed", 3004, 12),
    ("", 3004, 3),
)


def kind_of(event: LogEvent) -> tuple[int, int]:
    """The class and the activity of an event."""
    fitting = [entry for entry in CLASSES if event.type.startswith(entry[0])]
    _, class_uid, activity = max(fitting, key=lambda entry: len(entry[0]))
    return class_uid, activity


def render(event: LogEvent) -> str:
    """The event as one line."""
    return json.dumps(as_ocsf(event), separators=(",", ":"), sort_keys=True)


def as_ocsf(event: LogEvent) -> dict[str, Any]:
    """The event as an OCSF object."""
    class_uid, activity = kind_of(event)
    made: dict[str, Any] = {
        "activity_id": activity,
        "category_uid": CATEGORY[class_uid],
        "class_uid": class_uid,
        "type_uid": class_uid * 100 + activity,
        "severity_id": INFORMATIONAL if event.succeeded else LOW,
        "status_id": SUCCESS if event.succeeded else FAILURE,
        "status_detail": event.outcome,
        "time": event.epoch_ms,
        "message": event.type,
        "metadata": metadata(event),
        "actor": actor(event),
        "raw_data_hash": {"algorithm_id": 3, "value": event.leaf_hash},
        "unmapped": unmapped(event),
    }
    if class_uid == 3002:
        made |= {"user": user(event), "service": {"name": "Rooms Ops"}}
        del made["actor"]
    elif class_uid == 3003:
        made |= {"user": user(event), "privileges": event.texts("scopes") or ["none"]}
    elif class_uid == 6001:
        # Who looked comes into this class with the host profile only.
        made["metadata"]["profiles"] = ["host"]
        made["web_resources"] = [resource(event)]
    else:
        made["entity"] = resource(event)
    return made


def metadata(event: LogEvent) -> dict[str, Any]:
    """Where the event comes from; id and position let a receiver drop repeats and sort."""
    made: dict[str, Any] = {
        "version": VERSION,
        "product": {"name": "Rooms Ops", "vendor_name": "Rooms Ops"},
        "uid": event.id,
        "sequence": event.position,
        "log_name": event.log,
        "event_code": event.type,
    }
    if event.text("tenant_reference"):
        made["tenant_uid"] = event.text("tenant_reference")
    if event.texts("grant_references"):
        made["correlation_uid"] = event.texts("grant_references")[0]
    return made


def user(event: LogEvent) -> dict[str, str]:
    """Who, by the pseudonymous id; the service where nobody acted."""
    actor_id = event.text("actor_id")
    return {"uid": actor_id} if actor_id else {"name": "Rooms Ops"}


def actor(event: LogEvent) -> dict[str, Any]:
    """Who acted, under which grants."""
    made: dict[str, Any] = {"user": user(event)}
    if event.text("session"):
        made["session"] = {"uid": event.text("session")}
    grants = event.texts("grant_references")
    if grants:
        made["authorizations"] = [
            {"decision": event.outcome, "policy": {"uid": grant}} for grant in grants
        ]
    return made


def resource(event: LogEvent) -> dict[str, str]:
    """What it was about."""
    return {
        "type": event.text("subject_type") or "portal",
        "uid": event.text("subject_reference") or event.text("tenant_reference") or "portal",
    }


def unmapped(event: LogEvent) -> dict[str, Any]:
    """What OCSF has no place for: it knows no reason and no purpose."""
    return {
        "scopes": event.texts("scopes"),
        "purpose": event.text("purpose"),
        "detail": event.leaf.get("detail") or {},
    }
