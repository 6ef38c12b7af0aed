"""The style of Microsoft 365's management activity schema, with the fields of an engineer's
elevation: a grant of ours is what customers know there as an elevation.
"""

from __future__ import annotations

import json
from typing import Any, Final

from access.siem.events import LogEvent

# Data Center Security Cmdlet: the record type that carries the Elevation fields.
ELEVATION: Final = 10
# Ours: no published record type says "somebody looked at a page".
OTHER: Final = 0


def render(event: LogEvent) -> str:
    """The event as one line of JSON."""
    return json.dumps(as_m365(event), separators=(",", ":"), sort_keys=True)


def as_m365(event: LogEvent) -> dict[str, Any]:
    """The mandatory fields of the common schema; for grants also those of the elevation."""
    grants = event.texts("grant_references")
    made: dict[str, Any] = {
        "Id": event.id,
        "RecordType": ELEVATION if grants or event.type.startswith("grant.") else OTHER,
        "CreationTime": event.at.strftime("%Y-%m-%dT%H:%M:%S"),
        "Operation": event.type,
        "OrganizationId": event.text("tenant_id") or "00000000-0000-0000-0000-000000000000",
        # 2 is an administrator of the service, 4 the system itself
        "UserType": 2 if event.text("actor_id") else 4,
        "UserKey": event.text("actor_id") or "Rooms Ops",
        "UserId": event.text("actor_id") or "Rooms Ops",
        "ClientIP": "",
        "Workload": "RoomsOps",
        "ResultStatus": "Succeeded" if event.succeeded else "Failed",
        "ObjectId": event.text("subject_reference"),
        "Scope": "online",
        "GenericInfo": json.dumps(
            {"position": event.position, "log": event.log, "leafHash": event.leaf_hash},
            sort_keys=True,
        ),
    }
    return made | elevation(event, grants)


def elevation(event: LogEvent, grants: list[str]) -> dict[str, Any]:
    """What the event tells of the grant under which it happened."""
    detail = event.leaf.get("detail") or {}
    told: dict[str, Any] = {
        "EffectiveOrganization": event.text("tenant_reference"),
        "ElevationRequestId": grants[0] if grants else str(detail.get("grant", "")),
        "ElevationRole": ",".join(event.texts("scopes")),
        "ElevationTime": str(detail.get("starts_at", "")),
        "ElevationApprovedTime": str(detail.get("approved_at", "")),
        "ElevationDuration": str(detail.get("minutes", "")),
    }
    return {name: value for name, value in told.items() if value}
