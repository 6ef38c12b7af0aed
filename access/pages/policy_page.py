"""The policy as it is in force, its versions, and what a proposal would change."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from access.models import PolicyChange, PolicyVersion, Staff
from access.models.policy import PolicyDecision
from access.policy import DEFAULT_DOCUMENT

VERSIONS: Final = 50


@dataclass(frozen=True)
class Difference:
    """One value that is not the same: where, before, after."""

    key: str
    before: str
    after: str


def lines_of(document: dict[str, Any]) -> dict[str, str]:
    """A document as flat lines: "scopes.activity.view.votes" and its value in JSON."""
    values = {**DEFAULT_DOCUMENT, **document}
    flat = {key: json.dumps(value) for key, value in values.items() if key != "scopes"}
    for scope, rule in values["scopes"].items():
        flat |= {f"scopes.{scope}.{key}": json.dumps(value) for key, value in rule.items()}
    return flat


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    """What one document says otherwise than another; empty for what one does not say."""
    old, new = lines_of(before), lines_of(after)
    return [
        Difference(key, old.get(key, ""), new.get(key, ""))
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]


def read_policy() -> dict[str, Any]:
    """The version in force, the versions before it, each with what it changed, and the proposal
    that is open."""
    versions = list(PolicyVersion.objects.order_by("-number")[:VERSIONS])
    reasons = {
        change.number: change
        for change in PolicyChange.objects.filter(decision=PolicyDecision.PUBLISHED)
    }
    people = {version.proposed_by_id for version in versions}
    people |= {version.approved_by_id for version in versions}
    names = dict(Staff.objects.filter(pk__in=people).values_list("pk", "name"))
    lines = [
        {
            "version": version,
            "proposed_by": names.get(version.proposed_by_id, ""),
            "approved_by": names.get(version.approved_by_id, ""),
            "reason": reasons[version.number].reason if version.number in reasons else "",
            "changes": differences(before.document, version.document) if before else [],
        }
        for version, before in zip(versions, [*versions[1:], None], strict=True)
    ]
    in_force = versions[0].document if versions else {}
    proposal = PolicyChange.objects.filter(decision=PolicyDecision.OPEN).first()
    return {
        "versions": lines,
        "in_force": sorted(lines_of(in_force).items()) if versions else [],
        "number": versions[0].number if versions else 0,
        "document": json.dumps(in_force, indent=2, ensure_ascii=False),
        "proposal": proposal,
        "changes": differences(in_force, proposal.document) if proposal else [],
    }
