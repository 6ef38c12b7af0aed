"""The process of a witness: POST /add-checkpoint and nothing else. It opens no database.

WITNESS names its region; its key and memory stand in AUDIT_KEYS_DIR, and the keys of the logs it
cosigns in AUDIT_VKEYS. Serve it with any WSGI server, one process: `granian access.witness.wsgi`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import django

if TYPE_CHECKING:
    from access.witness.protocol import Answer, Desk

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "access.witness.settings")
django.setup()

logger = logging.getLogger(__name__)

StartResponse = Callable[[str, list[tuple[str, str]]], object]


def desk() -> Desk:
    """The witness that the environment names. Raises NoKey without a key of its own, ValueError
    without a name or without a log."""
    from django.conf import settings  # noqa: PLC0415 - after setup

    from access.audit.durable import Memory  # noqa: PLC0415 - likewise
    from access.audit.keys import key_ring  # noqa: PLC0415 - likewise
    from access.audit.notes import ED25519, VerifierKey  # noqa: PLC0415 - likewise
    from access.witness.protocol import Desk  # noqa: PLC0415 - likewise

    region = os.environ.get("WITNESS", "")
    logs: dict[str, list[VerifierKey]] = {}
    for text in settings.AUDIT_VKEYS:
        key = VerifierKey.parse(text)
        if key.kind == ED25519:
            logs.setdefault(key.name, []).append(key)
    if not region or not logs:
        raise ValueError("A witness needs WITNESS, its region, and AUDIT_VKEYS, keys of logs.")
    ring = key_ring()
    return Desk(ring.witness(region), Memory(ring.folder / f"witness-{region}.json"), dict(logs))


class Application:
    """The WSGI application around one desk."""

    def __init__(self, of: Desk) -> None:
        self.desk = of

    def __call__(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        answer = self.answer(environ)
        body = answer.body.encode()
        start(
            f"{answer.status} {HTTPStatus(answer.status).phrase}",
            [("Content-Type", answer.kind), ("Content-Length", str(len(body)))],
        )
        return [body]

    def answer(self, environ: dict[str, Any]) -> Answer:
        """What the request is answered with; what was refused stands in this process's log."""
        from access.witness.protocol import LARGEST, Answer  # noqa: PLC0415 - after setup

        if environ.get("PATH_INFO") != "/add-checkpoint":
            return Answer(404, "POST /add-checkpoint is all there is.\n")
        if environ.get("REQUEST_METHOD") != "POST":
            return Answer(405, "POST /add-checkpoint is all there is.\n")
        length = environ.get("CONTENT_LENGTH") or ""
        if not length.isascii() or not length.isdigit() or int(length) > LARGEST:
            return Answer(413, f"A request says its length, of at most {LARGEST} bytes.\n")
        answer = self.desk.add_checkpoint(environ["wsgi.input"].read(int(length)))
        if answer.status not in (200, 409):
            logger.warning("Refused with %s: %s", answer.status, answer.body.strip())
        return answer


application = Application(desk()) if os.environ.get("WITNESS") else None
