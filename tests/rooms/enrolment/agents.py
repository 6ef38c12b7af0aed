"""Devices as tests see them: a software TPM, and the requests of an agent."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client

from access.models import Tenant
from access.residency import region
from rooms.device_api.profile import sign_request
from rooms.models import EnrolmentKey, Room, TrustedEndorsement
from rooms.tpm.soft import SoftTpm

HOST = "http://testserver"
BASE = "/device/v1/"
HOUR = timedelta(hours=1)


def issue_key(tenant: Tenant, room: Room, **changes: Any) -> str:
    """An enrolment key for the room, as a person would have issued it; its text."""
    words = base64.b32encode(secrets.token_bytes(20)).decode().lower()
    text = f"{tenant.region}.{words}"
    now = datetime.now(UTC)
    values = {
        "tenant_id": tenant.pk,
        "tenant_reference": tenant.reference,
        "reference": f"EK-{secrets.token_hex(4).upper()}",
        "secret_digest": hashlib.sha256(text.encode()).digest(),
        "room_id": room.pk,
        "issued_by_id": room.pk,
        "issued_by_label": "Asha",
        "reason": "a new device",
        "issued_at": now,
        "expires_at": now + HOUR,
    }
    with region(tenant.region):
        EnrolmentKey.objects.using(f"{tenant.region}_owner").create(**values | changes)
    return text


def register(tenant: Tenant, room: Room, digest: str, serial: str = "") -> None:
    """Say beforehand that the endorsement key with this hash is a device of the room."""
    with region(tenant.region):
        TrustedEndorsement.objects.using(f"{tenant.region}_owner").create(
            tenant_id=tenant.pk,
            room_id=room.pk,
            digest=digest,
            serial=serial,
            added_by_id=room.pk,
            added_by_label="Asha",
            added_at=datetime.now(UTC),
        )


def text(data: bytes) -> str:
    """Base64."""
    return base64.b64encode(data).decode()


Rows = Callable[..., list[tuple[Any, ...]]]


def why_refused(rows: Rows) -> list[str]:
    """The reasons that the record holds."""
    found = rows(
        "select detail->>'why' from access_auditevent where type = 'device.enrolment_refused'"
        " order by recorded_at"
    )
    return [why for (why,) in found]


def code(answer: HttpResponse) -> tuple[int, str]:
    """Status and code of a problem; the code of anything else is empty."""
    return answer.status_code, json.loads(answer.content).get("code", "")


@dataclass
class Agent:
    """The agent of one device, with what it knows of itself."""

    enrolment_key: str
    tpm: SoftTpm = field(default_factory=SoftTpm.new)
    serial: str = "SN-1"
    client: Client = field(default_factory=Client)
    key_id: str = ""
    device: str = ""

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> HttpResponse:
        """Send JSON, or bytes as they are."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = dict(headers or {})
        kind = sent.pop("Content-Type", "application/json")
        return self.client.post(BASE + path, raw, content_type=kind, headers=sent)

    def signed(
        self,
        path: str,
        body: dict[str, Any] | None,
        *,
        key_id: str | None = None,
        sign: Callable[[bytes], bytes] | None = None,
        nonce: str | None = None,
    ) -> HttpResponse:
        """Send it signed by the device key, or by what else is given."""
        raw = b"" if body is None else json.dumps(body).encode()
        named = key_id or self.key_id
        headers = sign_request(
            "POST", HOST + BASE + path, {}, raw, named, sign or self.tpm.sign, nonce=nonce
        )
        return self.post(path, raw, headers)

    def hello(self, **changes: Any) -> dict[str, Any]:
        """What it begins with."""
        said = {
            "enrolment_key": self.enrolment_key,
            "serial": self.serial,
            "manufacturer": "Example Devices",
            "model": "Room Computer 3",
            "platform": "windows",
            "kind": "compute",
            "ek_public": text(self.tpm.ek_public),
            "ak_public": text(self.tpm.ak_public),
            "key_public": text(self.tpm.key_public),
        } | changes
        return {name: value for name, value in said.items() if value is not None}

    def begin(self, **changes: Any) -> HttpResponse:
        """Ask for a challenge; None leaves a field out."""
        return self.post("enrolments", self.hello(**changes))

    def challenge(self) -> dict[str, Any]:
        """A challenge that was given."""
        answer = self.begin()
        assert answer.status_code == 201, answer.content
        given: dict[str, Any] = json.loads(answer.content)
        return given

    def opened(self, given: dict[str, Any]) -> bytes:
        """The secret of a challenge, as the TPM opens it."""
        return self.tpm.activate(
            base64.b64decode(given["id_object"]), base64.b64decode(given["encrypted_secret"])
        )

    def proof(self, given: dict[str, Any], secret: bytes | None = None) -> dict[str, str]:
        """The body that answers a challenge."""
        opened = self.opened(given) if secret is None else secret
        attestation, signature = self.tpm.certify_creation(given["challenge"], opened)
        return {
            "secret": text(opened),
            "attestation": text(attestation),
            "signature": text(signature),
        }

    def complete(self, given: dict[str, Any], body: dict[str, str] | None = None) -> HttpResponse:
        """Answer a challenge, rightly or with another body; keeps what it is called from then."""
        name = given["challenge"]
        answer = self.signed(f"enrolments/{name}", body or self.proof(given), key_id=name)
        if answer.status_code == 201:
            said = json.loads(answer.content)
            self.key_id, self.device = said["key_id"], said["device"]
        return answer

    def enrol(self) -> dict[str, Any]:
        """All of it."""
        answer = self.complete(self.challenge())
        assert answer.status_code == 201, answer.content
        said: dict[str, Any] = json.loads(answer.content)
        return said


def again(agent: Agent, tenant: Tenant, room: Room) -> Agent:
    """The same device with a new enrolment key."""
    return Agent(issue_key(tenant, room), agent.tpm, agent.serial)
