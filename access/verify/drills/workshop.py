"""A log out of its bundle, to be changed, built up and signed again with keys of the drill."""

from __future__ import annotations

import base64
import hashlib
import json
import re

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from access.verify import rooms_verify as verify

Files = dict[str, bytes]


class Workshop:
    """The log of a bundle, taken apart, with keys of the drill's own."""

    def __init__(self, files: Files) -> None:
        head = verify.Checkpoint.parse(files["checkpoint"])
        self.origin, self.size = head.origin, head.size
        self.entries = {
            name: verify.split_entries(data)
            for name, data in sorted(files.items())
            if name.startswith("tile/entries/")
        }
        self.leaves = [leaf for name in self._in_order() for leaf in self.entries[name]]
        self.log_key, self.witness_key = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        self.witness = "drill.example/witness"
        self.keys = json.dumps(
            {
                "log": _vkey(self.origin, verify.ED25519, self.log_key),
                "witnesses": [_vkey(self.witness, verify.COSIGNATURE, self.witness_key)],
                "quorum": 1,
            }
        ).encode()
        self.files = {**files, "keys.json": self.keys, "checkpoint": self.signed(self.leaves)}

    def _in_order(self) -> list[str]:
        return sorted(self.entries, key=lambda name: int(re.sub(r"\D", "", name.split(".p/")[0])))

    def signed(self, leaves: list[bytes], root: bytes | None = None) -> bytes:
        """A checkpoint over these records, signed and cosigned by the drill's own keys."""
        root = _root(leaves) if root is None else root
        text = f"{self.origin}\n{len(leaves)}\n{base64.b64encode(root).decode()}\n"
        at = 1_800_000_000
        cosigned = f"cosignature/v1\ntime {at}\n{text}".encode()
        witnessed = at.to_bytes(8, "big") + self.witness_key.sign(cosigned)
        lines = [
            _line(self.origin, verify.ED25519, self.log_key, self.log_key.sign(text.encode())),
            _line(self.witness, verify.COSIGNATURE, self.witness_key, witnessed),
        ]
        return (text + "\n" + "".join(lines)).encode()

    def with_entries(self, leaves: list[bytes]) -> Files:
        """The bundle with other records; tiles and checkpoint stay."""
        kept = {n: data for n, data in self.files.items() if not n.startswith("tile/entries/")}
        for number in range(0, len(leaves), verify.TILE_WIDTH):
            part = leaves[number : number + verify.TILE_WIDTH]
            name = verify.tile_name("entries", number // verify.TILE_WIDTH, len(part))
            kept[name] = b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in part)
        return kept

    def excerpt(self, positions: list[int]) -> Files:
        """A bundle of single records with their proofs, as a tenant gets it; no names."""
        hashes = [verify.leaf_hash(leaf) for leaf in self.leaves]
        kept = {name: self.files[name] for name in ("checkpoint", "keys.json")}
        for at in positions:
            steps = [_b64(one) for one in _path(at, hashes)]
            proof = {"position": at, "size": self.size, "hashes": steps}
            kept[f"proofs/{at}.json"] = json.dumps(
                {**proof, "leaf": _b64(self.leaves[at])}
            ).encode()
        head = verify.Checkpoint.parse(self.files["checkpoint"])
        manifest = {
            "log": self.origin.rpartition("/")[2],
            "size": head.size,
            "root": _b64(head.root),
            "kind": "ledger",
        }
        return {**kept, "manifest.json": json.dumps(manifest).encode()}

    def remade(self, leaves: list[bytes], checkpoint: bytes) -> Files:
        """A bundle over other records with all tiles made anew, and this checkpoint."""
        kept = {n: d for n, d in self.with_entries(leaves).items() if not _is_hash_tile(n)}
        hashes, level = [verify.leaf_hash(leaf) for leaf in leaves], 0
        while hashes:
            parts = [hashes[at : at + 256] for at in range(0, len(hashes), 256)]
            for number, part in enumerate(parts):
                kept[verify.tile_name(level, number, len(part))] = b"".join(part)
            hashes, level = [verify.fold(part) for part in parts if len(part) == 256], level + 1
        known = {json.loads(leaf)["id"] for leaf in leaves}
        lines = kept.get("disclosures.jsonl", b"").splitlines(keepends=True)
        kept["disclosures.jsonl"] = b"".join(x for x in lines if json.loads(x)["event"] in known)
        head = verify.Checkpoint.parse(checkpoint)
        manifest = json.loads(kept["manifest.json"]) if "manifest.json" in kept else {}
        manifest |= {"size": head.size, "root": base64.b64encode(head.root).decode()}
        kept |= {"manifest.json": json.dumps(manifest).encode(), "checkpoint": checkpoint}
        return kept


def _is_hash_tile(name: str) -> bool:
    return name.startswith("tile/") and not name.startswith("tile/entries/")


def _root(leaves: list[bytes]) -> bytes:
    hashes = [verify.leaf_hash(leaf) for leaf in leaves]
    return verify.fold(hashes) if hashes else verify.EMPTY_ROOT


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _path(at: int, hashes: list[bytes]) -> list[bytes]:
    """The inclusion proof of a leaf (RFC 9162, section 2.1.3.1)."""
    if len(hashes) == 1:
        return []
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    if at < split:
        return [*_path(at, hashes[:split]), verify.fold(hashes[split:])]
    return [*_path(at - split, hashes[split:]), verify.fold(hashes[:split])]


def _material(kind: int, key: Ed25519PrivateKey) -> bytes:
    return bytes([kind]) + key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _key_id(name: str, kind: int, key: Ed25519PrivateKey) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _material(kind, key)).digest()[:4]


def _vkey(name: str, kind: int, key: Ed25519PrivateKey) -> str:
    material = base64.b64encode(_material(kind, key)).decode()
    return f"{name}+{_key_id(name, kind, key).hex()}+{material}"


def _line(name: str, kind: int, key: Ed25519PrivateKey, signature: bytes) -> str:
    signed = base64.b64encode(_key_id(name, kind, key) + signature).decode()
    return f"\u2014 {name} {signed}\n"
