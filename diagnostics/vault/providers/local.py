"""The region's key in a file of this machine: for the demo and tests, and for small installations.

<folder>/<region>.key has a line "<version> <32 bytes in hex>" for each version, newest first.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag

from access.audit.durable import write_whole
from diagnostics.vault.providers.base import NoRegionKey, Wrapped
from diagnostics.vault.sealing import CannotOpen
from diagnostics.vault.xaes import KEY_BYTES, NONCE_BYTES, Xaes256Gcm

PREFIX: Final = "local:"
_LINE: Final = re.compile(r"(\d+) ([0-9a-f]{64})")


class LocalProvider:
    """Keys in one folder, each file readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, region: str) -> Path:
        """The file of a region's versions."""
        return self.folder / f"{region}.key"

    def make(self, region: str) -> bool:
        """Have a key for the region; False when it had one already."""
        if self.path(region).exists():
            return False
        self._write(region, {1: secrets.token_bytes(KEY_BYTES)})
        return True

    def wrap(self, region: str, key: bytes, context: bytes) -> Wrapped:
        """Wrap under the newest version. Raises NoRegionKey."""
        versions = self._versions(region)
        newest = max(versions)
        nonce = os.urandom(NONCE_BYTES)
        blob = nonce + Xaes256Gcm(versions[newest]).encrypt(nonce, key, context)
        return Wrapped(blob, f"{PREFIX}{newest}")

    def unwrap(self, region: str, by: str, blob: bytes, context: bytes) -> bytes:
        """The key again; CannotOpen for another provider's, an unknown version, or a change."""
        versions = self._versions(region)
        number = by.removeprefix(PREFIX)
        if not by.startswith(PREFIX) or not number.isdecimal() or int(number) not in versions:
            raise CannotOpen
        nonce, encrypted = blob[:NONCE_BYTES], blob[NONCE_BYTES:]
        try:
            return Xaes256Gcm(versions[int(number)]).decrypt(nonce, encrypted, context)
        except (InvalidTag, ValueError):
            raise CannotOpen from None

    def rotate(self, region: str) -> str:
        """Put a new version before the others."""
        versions = self._versions(region)
        newest = max(versions) + 1
        self._write(region, {newest: secrets.token_bytes(KEY_BYTES), **versions})
        return f"{PREFIX}{newest}"

    def _versions(self, region: str) -> dict[int, bytes]:
        path = self.path(region)
        if not path.exists():
            raise NoRegionKey(f"No vault key for {region}. Make one: manage.py make_vault_keys")
        if path.stat().st_mode & 0o077:
            raise NoRegionKey(f"{path} can be read by others: chmod 600 it.")
        lines = [_LINE.fullmatch(line) for line in path.read_text().splitlines()]
        found = {int(line[1]): bytes.fromhex(line[2]) for line in lines if line}
        if not found or len(found) != len(lines):
            raise NoRegionKey(f'{path} has a line that is not "<version> <64 hex digits>".')
        return found

    def _write(self, region: str, versions: dict[int, bytes]) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lines = [f"{number} {versions[number].hex()}\n" for number in sorted(versions)[::-1]]
        write_whole(self.path(region), "".join(lines))
