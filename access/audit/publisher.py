"""One process that signs: the signers of its logs, the witnesses of others, and their rounds."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from django.db import InterfaceError, OperationalError, close_old_connections

from access.audit import publishing, selfcheck
from access.audit.checkpoints import log_name, witness_name
from access.audit.durable import Memory, MemoryFault
from access.audit.keys import KeyRing
from access.audit.notes import COSIGNATURE, ED25519, BadNote, VerifierKey
from access.audit.publishing import Cosigner, OwnWitness
from access.audit.signing import Inconsistent, LogSigner, Witness
from access.audit.told_keys import ToldKeys
from access.residency import CONTROL
from access.witness.client import RemoteWitness, WitnessDown

logger = logging.getLogger(__name__)

CHECK_SECONDS: Final = 60.0


def alias_of(log: str) -> str:
    """The database of a log."""
    return CONTROL if log == log_name(CONTROL) else log


class Publisher:
    """The keys and memories of this process. `elsewhere` are public keys of other processes, and
    `asked` are witnesses that run by themselves and are asked over HTTP."""

    def __init__(
        self,
        ring: KeyRing,
        *,
        logs: Iterable[str],
        witnesses: Iterable[str],
        elsewhere: Iterable[VerifierKey] = (),
        asked: Iterable[RemoteWitness] = (),
    ) -> None:
        folder: Path = ring.folder
        self.signers = {
            log: LogSigner(ring.log(log), Memory(folder / f"{log}.signed.json")) for log in logs
        }
        trusted = {
            signer.origin: [key.verifier for key in signer.keys] for signer in self.signers.values()
        }
        others = list(elsewhere)
        for key in others:
            if key.kind == ED25519:
                trusted.setdefault(key.name, []).append(key)
        self.witnesses = {
            region: Witness(
                ring.witness(region), Memory(folder / f"witness-{region}.json"), dict(trusted)
            )
            for region in witnesses
        }
        self.cosigners = {one.key.verifier for one in self.witnesses.values()}
        self.cosigners |= {key for key in others if key.kind == COSIGNATURE}
        self.asked: list[tuple[str, Cosigner]] = [
            (witness_name(region), OwnWitness(witness, region))
            for region, witness in self.witnesses.items()
        ]
        for remote in asked:
            self.cosigners.add(remote.key)
            self.asked.append((remote.key.name, remote))
        self.told = {log: ToldKeys(folder / f"{log}.told.json") for log in self.signers}
        self._missing: dict[str, set[str]] = {log: set() for log in self.signers}
        self._checked: dict[str, float] = {}
        self._refused: dict[str, str] = {}

    def expected(self, log: str) -> list[VerifierKey]:
        """The witnesses of a log: those of the other regions."""
        return [key for key in self.cosigners if key.name != witness_name(log)]

    def round(self) -> None:
        """Publish what is new, have it cosigned, and once a minute check.

        A log that is refused, and a database that is down, do not keep the others waiting.
        """
        for log, signer in self.signers.items():
            self._publish(log, signer)
        for log in self.signers:
            for name, witness in self.asked:
                if name != witness_name(log):
                    self._cosign(log, name, witness)
        for log in self.signers:
            self._check(log)

    def _publish(self, log: str, signer: LogSigner) -> None:
        try:
            self.told[log].tell(alias_of(log), [str(key.verifier) for key in signer.keys])
            publishing.publish(alias_of(log), signer, self.expected(log))
        except (Inconsistent, MemoryFault) as refused:
            self._refuse(log, f"The signer refuses: {refused}")
        except (OperationalError, InterfaceError):
            self._down(log)
        else:
            self._accept(log, "The signer")

    def _cosign(self, log: str, name: str, witness: Cosigner) -> None:
        who = f"The witness {name}"
        try:
            publishing.have_cosigned(alias_of(log), witness)
        except WitnessDown:
            self._miss(log, name)
        except (Inconsistent, MemoryFault, BadNote) as refused:
            self._refuse(log, f"{who} refuses: {refused}")
        except (OperationalError, InterfaceError):
            self._down(log)
        else:
            self._accept(log, who)
            if name in self._missing[log]:
                logger.warning("%s: %s answers again.", log, name)
                self._missing[log].discard(name)
                self._checked.pop(log, None)

    def _miss(self, log: str, name: str) -> None:
        """A witness that does not answer: the log goes on without it, and the status page says
        which."""
        if name not in self._missing[log]:
            logger.error("%s: the witness %s does not answer.", log, name)
            self._missing[log].add(name)
            self._checked.pop(log, None)

    def _missing_sentence(self, log: str) -> str:
        names = ", ".join(sorted(self._missing[log]))
        return f"Not cosigned, because the witness does not answer: {names}" if names else ""

    def _refuse(self, log: str, problem: str) -> None:
        """Say it once, and on the status page."""
        if self._refused.get(log) != problem:
            logger.critical("%s: %s", log, problem)
            self._refused[log] = problem
            self._checked.pop(log, None)

    def _accept(self, log: str, who: str) -> None:
        if self._refused.get(log, "").startswith(f"{who} refuses"):
            del self._refused[log]
            self._checked.pop(log, None)

    def _down(self, log: str) -> None:
        logger.exception("A database of the log %s does not answer; trying again.", log)
        close_old_connections()

    def _check(self, log: str) -> None:
        if time.monotonic() - self._checked.get(log, -CHECK_SECONDS) < CHECK_SECONDS:
            return
        try:
            problem = self._refused.get(log) or selfcheck.check(alias_of(log))
            problem = problem or self._missing_sentence(log)
            selfcheck.note_result(alias_of(log), problem)
        except (OperationalError, InterfaceError):
            self._down(log)
            return
        if problem:
            logger.critical("%s: %s", log, problem)
        self._checked[log] = time.monotonic()
