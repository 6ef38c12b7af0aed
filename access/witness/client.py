"""Ask a witness over HTTP (C2SP tlog-witness): what the signer needs of one that runs elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import httpx

from access.audit.checkpoints import Checkpoint
from access.audit.cosignatures import cosigned_by
from access.audit.notes import COSIGNATURE, DASH, BadNote, Note, VerifierKey
from access.audit.signing import Inconsistent
from access.witness.protocol import Submission

# A witness that does not answer keeps the log waiting for this long, and then not again at once.
TIMEOUT_SECONDS: Final = 2.0
REST_SECONDS: Final = 10.0
MOST_ROUNDS: Final = 3

Prove = Callable[[int], Sequence[bytes]]


class WitnessDown(RuntimeError):
    """The witness does not answer, or answers with what no witness answers."""


@dataclass
class RemoteWitness:
    """One witness by its public key and address. It keeps its memory; this only remembers the
    size that it last said it knew of each log."""

    key: VerifierKey
    url: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=TIMEOUT_SECONDS))
    _known: dict[str, int] = field(default_factory=dict)
    _rests_until: float = 0.0

    @classmethod
    def parse(cls, text: str) -> RemoteWitness:
        """Read "vkey url"; BadNote for a key that is none of a witness, or no address."""
        vkey, _, url = text.strip().partition(" ")
        key = VerifierKey.parse(vkey)
        if key.kind != COSIGNATURE or not url.startswith(("http://", "https://")):
            raise BadNote("A witness is given as its verifier key, a space and its address.")
        return cls(key, url.strip().rstrip("/"))

    @property
    def name(self) -> str:
        """The name of its key."""
        return self.key.name

    def cosign(self, note: str, new: Checkpoint, prove: Prove) -> str:
        """Its cosignature line for a checkpoint. Raises Inconsistent when it refuses, WitnessDown
        when there is no answer; `prove` gives the proof from a size to the checkpoint's."""
        if time.monotonic() < self._rests_until:
            raise WitnessDown(f"{self.key.name} does not answer.")
        for _ in range(MOST_ROUNDS):
            old = self._known.get(new.origin, 0)
            if old > new.size:
                raise Inconsistent(f"{self.key.name} has seen {old} events of {new.origin}.")
            steps = tuple(prove(old)) if 0 < old < new.size else ()
            answer = self._post(Submission(old, steps, note.encode()).body())
            if answer.status_code == HTTPStatus.OK:
                self._known[new.origin] = new.size
                return self._own_line(note, answer.text)
            if answer.status_code != HTTPStatus.CONFLICT:
                said = answer.text.strip()[:120]
                raise Inconsistent(f"{self.key.name} answers {answer.status_code}: {said}")
            self._known[new.origin] = self._size(answer.text)
        raise WitnessDown(f"{self.key.name} says another size each time.")

    def _post(self, body: bytes) -> httpx.Response:
        try:
            answer = self.http.post(f"{self.url}/add-checkpoint", content=body)
        except httpx.HTTPError as error:
            self._rests_until = time.monotonic() + REST_SECONDS
            raise WitnessDown(f"{self.key.name} does not answer.") from error
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self._rests_until = time.monotonic() + REST_SECONDS
            raise WitnessDown(f"{self.key.name} answers {answer.status_code}.")
        return answer

    def _size(self, text: str) -> int:
        number = text.removesuffix("\n")
        if not (number.isascii() and number.isdigit() and len(number) < 20):
            raise WitnessDown(f"{self.key.name} does not say which size it knows.")
        return int(number)

    def _own_line(self, note: str, text: str) -> str:
        """Its line among those answered, checked against its key; others are passed over."""
        for line in text.splitlines(keepends=True):
            if not line.startswith(f"{DASH}{self.key.name} "):
                continue
            if cosigned_by(Note.parse((note + line).encode()), [self.key]):
                return line
        raise BadNote(f"{self.key.name} answers without its cosignature.")
