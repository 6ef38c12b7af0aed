"""A small maker of bundles, written apart from the portal's, so that the verifier is not only
held against the code whose work it judges. Trees are made as RFC 6962 writes them: slow and plain.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import uuid
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HOST = "rooms-ops.example"
BEGIN = datetime(2026, 11, 22, 9, tzinfo=UTC)
ASHA, BO, BEA, CASEY = (str(uuid.UUID(int=number)) for number in (10, 11, 12, 13))
TENANT, OTHER = str(uuid.UUID(int=100)), str(uuid.UUID(int=101))


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def mth(leaves: list[bytes]) -> bytes:
    """The tree hash of leaf hashes, as RFC 6962 section 2.1 defines it."""
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha(b"\x01" + mth(leaves[:split]) + mth(leaves[split:]))


def path(position: int, leaves: list[bytes]) -> list[bytes]:
    """The inclusion proof (RFC 6962, section 2.1.1)."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if position < split:
        return [*path(position, leaves[:split]), mth(leaves[split:])]
    return [*path(position - split, leaves[split:]), mth(leaves[:split])]


def consistency(first: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """The consistency proof (RFC 6962, section 2.1.2)."""
    if first == len(leaves):
        return [] if whole else [mth(leaves)]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if first <= split:
        return [*consistency(first, leaves[:split], whole), mth(leaves[split:])]
    return [*consistency(first - split, leaves[split:], False), mth(leaves[:split])]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Signer:
    """A key of a log (0x01) or a witness (0x04)."""

    def __init__(self, name: str, kind: int, seed: int) -> None:
        self.name, self.kind = name, kind
        self.private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        material = bytes([kind]) + public
        self.key_id = sha(name.encode() + b"\n" + material)[:4]
        self.vkey = f"{name}+{self.key_id.hex()}+{b64(material)}"

    def line(self, text: str, at: int = 1_795_000_000) -> str:
        if self.kind == 1:
            blob = self.private.sign(text.encode())
        else:
            message = f"cosignature/v1\ntime {at}\n{text}".encode()
            blob = at.to_bytes(8, "big") + self.private.sign(message)
        return f"— {self.name} {b64(self.key_id + blob)}\n"


def tile_path(level: int | str, number: int, width: int) -> str:
    groups = []
    rest = f"{number:09}"
    groups = [rest[0:3], rest[3:6], rest[6:9]]
    while len(groups) > 1 and groups[0] == "000":
        groups.pop(0)
    spelled = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return f"tile/{level}/{spelled}" + ("" if width == 256 else f".p/{width}")


class Maker:
    """A log in memory, its keys, and the bundles made of it."""

    def __init__(self, log: str = "eu", seed: int = 1) -> None:
        self.log = log
        self.origin = f"{HOST}/audit/{log}"
        self.signer = Signer(self.origin, 1, seed)
        self.witnesses = [
            Signer(f"{HOST}/witness/{name}", 4, seed + 50 + at)
            for at, name in enumerate(("apac", "us"))
        ]
        self.leaves: list[bytes] = []
        self.disclosed: list[dict[str, str]] = []
        self.at = BEGIN

    # Records

    def add(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Append a record, one second after the one before; returns it."""
        self.at += fields.pop("after", timedelta(seconds=1))
        number = len(self.leaves)
        event = str(uuid.uuid5(uuid.UUID(int=7), f"{self.log} {number} {kind}"))
        name = fields.pop("label", "Asha")
        disclosure = b64url(
            json.dumps([b64url(sha(event.encode())[:16]), "actor_label", name]).encode()
        )
        record = {
            "v": 2,
            "log": self.log,
            "id": event,
            "recorded_at": self.at.isoformat().replace("+00:00", "Z"),
            "type": kind,
            "outcome": "ok",
            "actor_id": ASHA,
            "session": "0123456789abcdef",
            "tenant_id": TENANT,
            "tenant_reference": "TN-1",
            "scopes": [],
            "grant_references": [],
            "purpose": "mitigate",
            "subject_type": "tenant",
            "subject_reference": "TN-1",
            "detail": {},
            "sd": [b64url(sha(disclosure.encode()))],
            **fields,
        }
        self.leaves.append(rfc8785.dumps(record))
        self.disclosed.append({"event": event, "name": "actor_label", "disclosure": disclosure})
        return record

    def asked(self, reference: str, scopes: list[str], **more: Any) -> None:
        kind = more.pop("kind", "request.submitted")
        detail = {"revision": 1, "requester": ASHA, "minutes": 60, "quorum": 1, "policy_version": 1}
        self.add(
            kind,
            subject_type="request",
            subject_reference=reference,
            scopes=scopes,
            detail={**detail, "scopes": scopes, "whole_tenant": True, "rooms": [], **more},
        )

    def voted(self, reference: str, scopes: list[str], voter: str = BO, **more: Any) -> None:
        detail = {"revision": 1, "decision": "approve", "minutes": 60, "second_factor": "totp"}
        self.add(
            "vote.cast",
            actor_id=voter,
            subject_type="request",
            subject_reference=reference,
            scopes=scopes,
            detail={**detail, "voter": voter, "policy_version": 1, "quorum": 1, **more},
        )

    def made(self, grant: str, request: str, scopes: list[str], **more: Any) -> None:
        fields = more.pop("fields", {})
        detail = {
            "request": request,
            "revision": 1,
            "holder": ASHA,
            "votes": [BO],
            "quorum": 1,
            "minutes": 60,
            "whole_tenant": True,
            "rooms": [],
            "claim_by": (self.at + timedelta(minutes=30)).isoformat().replace("+00:00", "Z"),
            "policy_version": 1,
        }
        self.add(
            "grant.ready",
            actor_id=BO,
            subject_type="grant",
            subject_reference=grant,
            scopes=scopes,
            grant_references=[grant],
            detail={**detail, **more},
            **fields,
        )

    def started(self, grant: str, scopes: list[str], minutes: int = 60, **more: Any) -> None:
        fields = more.pop("fields", {})
        starts = self.at + timedelta(seconds=1)
        detail = {
            "starts_at": starts.isoformat().replace("+00:00", "Z"),
            "ends_at": (starts + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z"),
            "second_factor": "totp",
            "whole_tenant": True,
            "rooms": [],
            "gates": ["employment", "screening", "training", "privacy"],
        }
        self.on_grant("grant.started", grant, scopes=scopes, detail={**detail, **more}, **fields)

    def on_grant(self, kind: str, grant: str, **fields: Any) -> None:
        self.add(
            kind,
            **{
                "subject_type": "grant",
                "subject_reference": grant,
                "grant_references": [grant],
                "detail": {"second_factor": "totp"},
                **fields,
            },
        )

    def viewed(self, grant: str, scopes: list[str], **fields: Any) -> dict[str, Any]:
        return self.add(
            "view.room",
            **{
                "outcome": "opened",
                "subject_type": "room",
                "subject_reference": "RM-1",
                "grant_references": [grant],
                "scopes": scopes,
                **fields,
            },
        )

    def life(self, number: int = 1, views: int = 1, scope: str = "inventory.view") -> str:
        """A grant from asking to its return, with views; returns its reference."""
        request, grant, scopes = f"AR-{number}", f"GR-{number}", [scope]
        self.asked(request, scopes)
        self.voted(request, scopes)
        self.made(grant, request, scopes)
        self.started(grant, scopes)
        for _ in range(views):
            self.viewed(grant, scopes)
        self.on_grant("grant.returned", grant, scopes=scopes)
        return grant

    # Bundles

    @property
    def hashes(self) -> list[bytes]:
        return [sha(b"\x00" + leaf) for leaf in self.leaves]

    def text(self, size: int | None = None, root: bytes | None = None) -> str:
        size = len(self.leaves) if size is None else size
        root = mth(self.hashes[:size]) if root is None else root
        return f"{self.origin}\n{size}\n{b64(root)}\n"

    def note(self, text: str) -> bytes:
        lines = self.signer.line(text) + "".join(one.line(text) for one in self.witnesses)
        return f"{text}\n{lines}".encode()

    def checkpoint(self, size: int | None = None) -> bytes:
        return self.note(self.text(size))

    @property
    def keys(self) -> bytes:
        names = [one.vkey for one in self.witnesses]
        return json.dumps({"log": self.signer.vkey, "witnesses": names, "quorum": 2}).encode()

    def _begun(self, kind: str) -> dict[str, bytes]:
        manifest = {
            "log": self.log,
            "made_at": "2026-11-22T12:00:00Z",
            "size": len(self.leaves),
            "root": b64(mth(self.hashes)),
            "kind": kind,
            "about": {},
        }
        return {
            "checkpoint": self.checkpoint(),
            "keys.json": self.keys,
            "manifest.json": json.dumps(manifest).encode(),
            "disclosures.jsonl": self.lines(range(len(self.leaves))),
        }

    def lines(self, positions: Any) -> bytes:
        return "".join(
            json.dumps(self.disclosed[at], sort_keys=True) + "\n" for at in positions
        ).encode()

    def tiles(self) -> dict[str, bytes]:
        """All hash tiles."""
        files, level, hashes = {}, 0, self.hashes
        row = hashes
        while row:
            for number in range((len(row) + 255) // 256):
                part = row[number * 256 : number * 256 + 256]
                files[tile_path(level, number, len(part))] = b"".join(part)
            level += 1
            span = 256**level
            row = [mth(hashes[at * span : (at + 1) * span]) for at in range(len(hashes) // span)]
        return files

    def entries(self) -> dict[str, bytes]:
        """All entry tiles."""
        files = {}
        for number in range((len(self.leaves) + 255) // 256):
            part = self.leaves[number * 256 : number * 256 + 256]
            files[tile_path("entries", number, len(part))] = entry_tile(part)
        return files

    def whole(self) -> dict[str, bytes]:
        """The bundle of the whole log."""
        return {**self._begun("log"), **self.tiles(), **self.entries()}

    def day(self, first: int, last: int) -> dict[str, bytes]:
        """A bundle of the entry tiles that hold a range."""
        wanted = {first // 256, last // 256, (len(self.leaves) - 1) // 256}
        wanted |= set(range(first // 256, last // 256 + 1))
        tiles = {
            name: data
            for name, data in self.tiles().items()
            if not name.startswith("tile/0/") or int(name[7:10]) in wanted
        }
        entries = {
            name: data
            for name, data in self.entries().items()
            if first // 256 <= int(name[13:16]) <= last // 256
        }
        files = {**self._begun("day"), **tiles, **entries}
        files["range.json"] = json.dumps({"first": first, "last": last}).encode()
        held = range(first // 256 * 256, min(len(self.leaves), (last // 256 + 1) * 256))
        files["disclosures.jsonl"] = self.lines(held)
        return files

    def evidence(self, positions: list[int]) -> dict[str, bytes]:
        """A bundle of single records with their proofs."""
        files = {**self._begun("evidence"), "disclosures.jsonl": self.lines(positions)}
        for at in positions:
            proof = {
                "position": at,
                "size": len(self.leaves),
                "hashes": [b64(one) for one in path(at, self.hashes)],
                "leaf": b64(self.leaves[at]),
            }
            files[f"proofs/{at}.json"] = json.dumps(proof).encode()
        return files


def entry_tile(leaves: list[bytes]) -> bytes:
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


def split_tile(data: bytes) -> list[bytes]:
    leaves, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        leaves.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    return leaves


def zipped(files: dict[str, bytes]) -> bytes:
    """The files as a zip."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name), files[name], zipfile.ZIP_DEFLATED)
    return target.getvalue()


def story(lives: int = 3, views: int = 100) -> Maker:
    """A log of a few grants, more than one tile long by default."""
    maker = Maker()
    for number in range(lives):
        maker.life(number + 1, views)
    return maker
