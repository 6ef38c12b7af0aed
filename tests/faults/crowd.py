"""The devices' side under fire: they fetch, verify, run and answer, and much goes wrong.

They speak with the functions of the device surface, as its role; HTTP is tried elsewhere.
"""

from __future__ import annotations

import json
import random
import secrets
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from typing import Any, Final

import psycopg
from psycopg.types.json import Jsonb

from rooms.commands import Command, Ledger, TrustedKeys, verify_command
from rooms.models import Device
from tests.rooms.signals.reports import report

WAITING: Final = """
    select k.name, lock.now() from rooms_devicecommand c
    join rooms_devicekey k on k.tenant_id = c.tenant_id and k.device_id = c.device_id
    where c.answered_at is null and c.signed is not null and lock.now() < c.expires_at
"""
REPORTED: Final = """
    insert into rooms_devicereport (tenant_id, device_id, report_id, received_at, observed_at,
        digest, body)
    values (%s, %s, %s, lock.now(), lock.now(), %s, %s)
"""
IDENTITIES: Final = """
    insert into rooms_deviceidentity (id, tenant_id, device_id, room_id, tenant_reference,
        ek_digest, ak_public, trust, enrolled_at, revoked_why)
    select gen_random_uuid(), d.tenant_id, d.id, d.room_id, '', md5(d.id::text), 'ak',
        'registered', lock.now(), '' from rooms_device d
"""
KEYS: Final = """
    insert into rooms_devicekey (id, tenant_id, device_id, room_id, name, public, made_at,
        revoked_why)
    select gen_random_uuid(), d.tenant_id, d.id, d.room_id, 'eu.DK-' || d.reference, 'p',
        lock.now(), '' from rooms_device d
"""


class Manner(StrEnum):
    """What a device does with a command."""

    WELL = "well"
    LOSES_ITS_ANSWER = "loses its answer"
    RESTARTS_MIDWAY = "restarts midway"
    ANSWERS_TWICE = "answers twice"
    NEVER_FETCHES = "never fetches"
    LIES = "lies"


# Seconds after the work, in a world whose minute is a tenth of a second.
REPORTS: Final = (0.5, 1.0, 1.5, 2.0, 2.5)
SHARES: Final = {
    Manner.WELL: 82, Manner.LOSES_ITS_ANSWER: 5, Manner.RESTARTS_MIDWAY: 4,
    Manner.ANSWERS_TWICE: 5, Manner.NEVER_FETCHES: 2, Manner.LIES: 2,
}  # fmt: skip


@dataclass
class Crowd:
    """All devices of a tenant. `ran` counts how often each command was really carried out."""

    devices: dict[str, Device]
    trusted: TrustedKeys
    inside: psycopg.Connection
    surface: psycopg.Connection
    dice: random.Random
    ran: Counter[uuid.UUID] = field(default_factory=Counter)
    manners: dict[str, Manner] = field(default_factory=dict)
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    unanswered: set[uuid.UUID] = field(default_factory=set)
    # Reports to come: when, by whom, and whether the meeting app runs then.
    coming: deque[tuple[float, Device, bool]] = field(default_factory=deque)
    over: threading.Event = field(default_factory=threading.Event)
    trouble: list[BaseException] = field(default_factory=list)

    @classmethod
    def of(cls, devices: Iterable[Device], **more: Any) -> Crowd:
        """The crowd of these devices, by the names of their keys."""
        return cls({f"eu.DK-{device.reference}": device for device in devices}, **more)

    def live(self) -> None:
        """Fetch and answer until it is over; what goes wrong on our side is kept for the test."""
        try:
            while not self.over.wait(0.05):
                while self.coming and self.coming[0][0] <= time.monotonic():
                    self._report(*self.coming.popleft()[1:])
                for name, now in self.inside.execute(WAITING).fetchall():
                    self.visit(name, now)
        except BaseException as error:  # noqa: BLE001 - a thread; the test raises it
            self.trouble.append(error)

    def visit(self, name: str, now: datetime) -> None:
        """One device asks what there is to do."""
        manner = self.manners.setdefault(
            name, self.dice.choices(list(SHARES), list(SHARES.values()))[0]
        )
        if manner is Manner.NEVER_FETCHES:
            return
        (told,) = self.surface.execute("select device.commands(%s)", [name]).fetchone() or (None,)
        for sent in json.loads(told or "[]"):
            device = self.devices[name]
            command = verify_command(sent, device=device.reference, trusted=self.trusted, at=now)
            self._take(name, device, command, manner)

    def _take(self, name: str, device: Device, command: Command, manner: Manner) -> None:
        ledger = self.ledgers.setdefault(name, Ledger())
        earlier = ledger.begin(command)
        if earlier is not None:
            if earlier.interrupted:
                self._answer(name, command.id, "failed", "INTERRUPTED")
            else:
                self._answer(name, command.id, earlier.outcome, earlier.detail_code)
            return
        self._say(name, command.id, "accepted")
        self._say(name, command.id, "running")
        self.ran[command.id] += 1
        # as often as devices report; one right after the work is too early to be believed
        at, works = time.monotonic(), manner is not Manner.LIES
        later = [(at + wait, device, works) for wait in REPORTS]
        self.coming = deque(sorted([*self.coming, *later], key=itemgetter(0)))
        if manner is Manner.RESTARTS_MIDWAY:
            return
        ledger.end(command.id, "done")
        if manner is Manner.LOSES_ITS_ANSWER and command.id not in self.unanswered:
            self.unanswered.add(command.id)
            return
        for _ in range(2 if manner is Manner.ANSWERS_TWICE else 1):
            self._answer(name, command.id, "done", "")

    def _say(self, name: str, command: uuid.UUID, state: str) -> None:
        nonce = secrets.token_hex(8)
        self.surface.execute(
            "select device.progress(%s, %s, 600, %s, %s)", [name, nonce, command, state]
        )

    def _answer(self, name: str, command: uuid.UUID, outcome: str, code: str) -> None:
        nonce = secrets.token_hex(8)
        self.surface.execute(
            "select device.answer(%s, %s, 600, %s, %s, %s)", [name, nonce, command, outcome, code]
        )

    def _report(self, device: Device, works: bool) -> None:
        """What its next report would tell, drained already: the meeting app runs, or does not."""
        (now,) = self.inside.execute("select lock.now()").fetchone() or (None,)
        told = report(
            {
                "report_id": uuid.uuid4(), "observed_at": now, "device_clock": now,
                "app": {"running": works},
            }
        )  # fmt: skip
        body = Jsonb(told.model_dump(mode="json"))
        values = [device.tenant_id, device.pk, told.report_id, secrets.token_bytes(32), body]
        self.inside.execute(REPORTED, values)
