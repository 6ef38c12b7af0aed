"""A made-up log of one grant from asking to its end, signed with a key that is thrown away.

Drills tamper with it: nobody's events are needed for that, and no key of ours.
"""

from __future__ import annotations

import io
import json
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from access.audit import disclosures, leaves, tiles
from access.audit.bundles import Bundle
from access.audit.checkpoints import Checkpoint, origin
from access.audit.merkle import leaf_hash, root_of
from access.audit.notes import ED25519, Signer, encoded

LOG: Final = "sample"
BEGIN: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
VIEWS: Final = 24
GRANT, REQUEST, TENANT = "GR-SAMP1E00", "AR-SAMP1E00", "TN-SAMP1E00"
SCOPES: Final = ["inventory.view"]


def _id(number: int) -> str:
    """A fixed id: the same sample each time."""
    return str(uuid.UUID(int=number, version=4))


HOLDER, VOTER = _id(1), _id(2)


@dataclass
class SampleLog:
    """Events with their leaves and the disclosures of their names."""

    leaves: list[bytes] = field(default_factory=list)
    disclosed: list[dict[str, str]] = field(default_factory=list)

    def add(
        self, kind: str, subject: tuple[str, str], by: tuple[str, str], outcome: str, **detail: Any
    ) -> None:
        """Append an event, ten seconds after the one before."""
        number = len(self.leaves)
        event, (actor, name) = _id(100 + number), by
        row = {
            "id": event,
            "recorded_at": leaves.moment(BEGIN + timedelta(seconds=10 * number)),
            "type": kind,
            "outcome": outcome,
            "actor_id": actor,
            "session": "0" * 16,
            "tenant_id": _id(3),
            "tenant_reference": TENANT,
            "scopes": SCOPES,
            "grant_references": [] if subject[0] == "request" else [GRANT],
            "purpose": "mitigate",
            "subject_type": subject[0],
            "subject_reference": subject[1],
            "detail": json.dumps(detail),
        }
        disclosure = disclosures.make("actor_label", name)
        values = [row[column] for column in leaves.NAMES]
        self.leaves.append(leaves.canonical(LOG, values, [disclosure]))
        self.disclosed.append({"event": event, "name": "actor_label", "disclosure": disclosure})


def story() -> SampleLog:
    """Asked, voted, made, started, looked at two dozen rooms, returned."""
    log = SampleLog()
    holder, voter = (HOLDER, "A. Sample"), (VOTER, "B. Sample")
    request, grant = ("request", REQUEST), ("grant", GRANT)
    asked = {"scopes": SCOPES, "minutes": 60, "whole_tenant": True, "rooms": []}
    rules = {"revision": 1, "quorum": 1, "policy_version": 1}
    starts = BEGIN + timedelta(seconds=40)
    times = {
        "starts_at": leaves.moment(starts),
        "ends_at": leaves.moment(starts + timedelta(hours=1)),
    }
    log.add("request.submitted", request, holder, "ok", requester=HOLDER, **asked, **rules)
    log.add(
        "vote.cast",
        request,
        voter,
        "ok",
        voter=VOTER,
        decision="approve",
        second_factor="totp",
        **asked,
        **rules,
    )
    claim_by = leaves.moment(BEGIN + timedelta(hours=2))
    ready = {"request": REQUEST, "holder": HOLDER, "votes": [VOTER], "claim_by": claim_by}
    log.add("grant.ready", grant, voter, "ok", **ready, **asked, **rules)
    log.add("request.approved", request, voter, "ok", revision=1, policy_version=1)
    log.add("grant.started", grant, holder, "ok", second_factor="totp", **asked, **times)
    for number in range(VIEWS):
        log.add("view.room", ("room", f"RM-SAMP1E{number:02d}"), holder, "opened")
    closed = leaves.moment(BEGIN + timedelta(seconds=10 * len(log.leaves)))
    log.add("grant.returned", grant, holder, "ok", ends_at=closed, closed_at=closed)
    return log


def bundle_bytes() -> bytes:
    """The bundle of the whole sample, as a zip."""
    log = story()
    size, hashes = len(log.leaves), [leaf_hash(leaf) for leaf in log.leaves]
    made = tiles.grown(0, {}, hashes)
    head = Checkpoint(origin(LOG), size, root_of(size, tiles.reader(made)))
    signer = Signer.from_seed(head.origin, ED25519, secrets.token_bytes(32))
    bundle = Bundle({"checkpoint": f"{head.text()}\n{signer.sign(head.text())}".encode()})
    bundle.add_json("keys.json", {"log": str(signer.verifier), "witnesses": [], "quorum": 0})
    bundle.add_json(
        "manifest.json",
        {
            "log": LOG,
            "made_at": leaves.moment(BEGIN),
            "size": size,
            "root": encoded(head.root),
            "kind": "log",
            "about": {},
        },
    )
    for place, row in made.items():
        bundle.parts[tiles.path(place.level, place.number, len(row) // 32)] = row
    bundle.parts[tiles.path(None, 0, size)] = tiles.bundle(log.leaves)
    bundle.add_lines("disclosures.jsonl", log.disclosed)
    with io.BytesIO() as target:
        bundle.write_zip(target)
        return target.getvalue()
