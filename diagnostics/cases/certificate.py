"""The certificate of a case: a statement in canonical JSON (RFC 8785), signed with Ed25519.

The key is one of its own for each region, named like those of the logs; whoever destroys data
therefore never holds the key that signs the record.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any, Final

import rfc8785
from django.conf import settings

from access.audit.keys import key_ring
from access.audit.leaves import moment
from access.audit.notes import Signer, encoded
from diagnostics.models import Case, CaseStep, CaseVote, Destruction

FORMAT: Final = "rooms-ops deletion certificate v1"
KEPT: Final = (
    "The record of access and of what was done: the audit log of the region, requests, grants and"
    " votes, legal holds, destructions and this case. Back-ups until the day that is named here."
)


def signer_of(region: str) -> Signer:
    """The key that signs a region's certificates. Raises NoKey when there is none."""
    return key_ring().log(f"certificates-{region}")[0]


def signed(region: str, statement: dict[str, Any]) -> tuple[str, str, str]:
    """The document with its signature, the SHA-256 of what is signed, and the key's name."""
    payload = rfc8785.dumps(statement)
    signer = signer_of(region)
    signature = signer.private.sign(FORMAT.encode() + b"\n" + payload)
    key = str(signer.verifier)
    document = {"certificate": statement, "key": key, "signature": encoded(signature)}
    text = json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    return text, hashlib.sha256(payload).hexdigest(), key


def statement_of(
    case: Case,
    votes: list[CaseVote],
    steps: dict[str, CaseStep],
    gone: Destruction | None,
    head: tuple[int, str],
    now: datetime,
    region: str,
) -> dict[str, Any]:
    """What is certified: counts before and after, keys, hashes, who, when, and the log's size."""
    horizon = timedelta(days=settings.BACKUP_HORIZON_DAYS)
    before, after = steps["count"].detail["tables"], steps["check"].detail["tables"]
    keys = sorted(gone.keys) if gone else []
    return {
        "format": FORMAT,
        "region": region,
        "case": case.reference,
        "kind": case.kind,
        "tenant": case.tenant_reference,
        "reach": {"kind": case.reach, "reference": case.reach_reference},
        "opened": {"by": case.opened_by_label, "at": moment(case.opened_at)},
        "approved": [
            {"by": vote.voter_label, "for": vote.for_group, "at": moment(vote.voted_at)}
            for vote in votes
        ],
        "executed": {
            "by": case.started_by_label,
            "grant": case.started_grant,
            "at": moment(case.started_at or now),
        },
        "certified_at": moment(now),
        "covers": "What was collected by orders until the case was executed.",
        "tables": [
            {"table": table, "before": before.get(table, 0), "after": after.get(table, 0)}
            for table in sorted(set(before) | set(after))
        ],
        "destroyed": {
            "references": sum(gone.classes.values()) if gone else 0,
            "chain_sha256": gone.chain if gone else "",
            "stored_files": gone.stored_files if gone else 0,
            "stored_bytes": gone.stored_bytes if gone else 0,
            "keys": keys,
            "keys_sha256": hashlib.sha256("\n".join(keys).encode()).hexdigest(),
        },
        "backups": {
            "days": settings.BACKUP_HORIZON_DAYS,
            "gone_by": moment(now + horizon),
        },
        "kept": KEPT,
        "record": {"log": region, "size": head[0], "root_sha256": head[1]},
    }
