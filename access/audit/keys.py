"""The private keys of logs and witnesses: given by the environment, or kept in a folder.

A key is 32 secret bytes in hex. Several for one name, newest first, all sign: that is how a key
is replaced while readers still know only the old one (C2SP signed-note, section Signatures).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

from access.audit.checkpoints import origin, witness_name
from access.audit.durable import write_whole
from access.audit.notes import COSIGNATURE, ED25519, PUBLIC_SIZE, Signer, VerifierKey

MOST_KEYS: Final = 4


class NoKey(LookupError):
    """There is no key for that name, or it cannot be read."""


def parse(text: str) -> list[bytes]:
    """The seeds in a text of hex words, newest first. Raises NoKey for anything else."""
    try:
        seeds = [bytes.fromhex(word) for word in text.replace(",", " ").split()]
    except ValueError as error:
        raise NoKey("A key is 32 bytes in hex.") from error
    if not 1 <= len(seeds) <= MOST_KEYS or any(len(seed) != PUBLIC_SIZE for seed in seeds):
        raise NoKey("A key is 32 bytes in hex, and at most four of them sign.")
    return seeds


@dataclass(frozen=True)
class KeyRing:
    """The keys of one process. `given` comes from the environment; the rest stands in `folder`."""

    folder: Path
    given: dict[str, str]
    may_make: bool = False

    def log(self, log: str) -> list[Signer]:
        """The keys that sign a log's checkpoints, newest first."""
        return [Signer.from_seed(origin(log), ED25519, seed) for seed in self._seeds(log)]

    def witness(self, region: str) -> Signer:
        """The key with which a region's witness cosigns."""
        seed = self._seeds(f"witness-{region}")[0]
        return Signer.from_seed(witness_name(region), COSIGNATURE, seed)

    def rotate(self, log: str) -> VerifierKey:
        """Put a new key before the ones that sign already; from now on all of them do."""
        seeds = [secrets.token_bytes(PUBLIC_SIZE), *self._seeds(log)][:MOST_KEYS]
        self._write(log, seeds)
        return self.log(log)[0].verifier

    def retire(self, log: str) -> None:
        """Keep only the newest key."""
        self._write(log, self._seeds(log)[:1])

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.key"

    def _seeds(self, name: str) -> list[bytes]:
        if given := self.given.get(name):
            return parse(given)
        path = self._path(name)
        if not path.exists():
            if not self.may_make:
                raise NoKey(f"No key for {name}: set it, or put {path} there.")
            self._write(name, [secrets.token_bytes(PUBLIC_SIZE)])
        if path.stat().st_mode & 0o077:
            raise NoKey(f"{path} can be read by others: chmod 600 it.")
        return parse(path.read_text())

    def _write(self, name: str, seeds: Sequence[bytes]) -> None:
        if name in self.given:
            raise NoKey(f"The key of {name} is given by the environment; change it there.")
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(self._path(name), "\n".join(seed.hex() for seed in seeds) + "\n")


def key_ring(folder: Path | None = None) -> KeyRing:
    """The keys of this process, or of a folder. Only a demo and a test make their own."""
    may_make = settings.DEMO or settings.PORTAL_ENV == "test"
    return KeyRing(folder or settings.AUDIT_KEYS_DIR, settings.AUDIT_KEYS, may_make)
