"""Devices for tests: enrolled as the owner of the region, with a key in memory."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.http import HttpResponse
from django.test import Client

from access.models import Tenant
from access.references import ALPHABET, new_reference
from access.residency import region
from rooms.commands import sign_command
from rooms.device_api.profile import raw_signer, sign_request
from rooms.models import Device, DeviceCommand, DeviceIdentity, DeviceKey, Room
from rooms.states import DeviceState
from tests.factories import furnish
from tests.rooms.device_api import bodies
from tests.rooms.signing import ring

HERE = "http://testserver"
REPORTS = "/device/v1/reports"


@dataclass
class Box:
    """A device that can sign. `offset` is how wrong its idea of service time is, in seconds."""

    tenant: Tenant
    device: Device
    key_name: str
    key: ec.EllipticCurvePrivateKey
    client: Client = field(default_factory=Client)
    offset: float = 0.0

    def headers(
        self,
        method: str,
        path: str,
        body: bytes | None,
        *,
        nonce: str | None = None,
        created: float | None = None,
        here: str = HERE,
    ) -> dict[str, str]:
        """The headers of a request that this device signs."""
        moment = time.time() + self.offset if created is None else created
        return sign_request(
            method, here + path, {}, body, self.key_name, raw_signer(self.key), moment, nonce
        )

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **signing: Any,
    ) -> HttpResponse:
        """Sign and send; `headers` are sent as they are, in place of a signature of our own."""
        signed = self.headers(method, path, body, **signing) if headers is None else headers
        return send(self.client, method, path, body, signed)

    def report(self, whole: dict[str, Any] | None = None, **changes: Any) -> HttpResponse:
        """Sign and send a report."""
        whole = bodies.report(**changes) if whole is None else whole
        return self.send("POST", REPORTS, bodies.as_bytes(whole))


def send(
    client: Client, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
) -> HttpResponse:
    """Send these bytes and these headers."""
    parts = urlsplit(path)
    named = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    kind = next((v for name, v in headers.items() if name.lower() == "content-type"), "")
    return client.generic(
        method,
        parts.path,
        body or b"",
        content_type=kind,
        headers=named,
        QUERY_STRING=parts.query,
    )


def enrolled(tenant: Tenant, *, room: Room | None = None, client: Client | None = None) -> Box:
    """A device of the tenant that is enrolled and monitored; its rooms are made when missing."""
    owner = f"{tenant.region}_owner"
    key = ec.generate_private_key(ec.SECP256R1())
    with region(tenant.region):
        rooms = Room.objects.using(owner).filter(tenant_id=tenant.pk)
        place = room or rooms.first() or _first_room(tenant)
        device = Device.objects.using(owner).create(
            tenant_id=tenant.pk,
            reference=new_reference("DV"),
            room=place,
            kind="compute",
            platform="windows",
            manufacturer="Lenovo",
            model="ThinkSmart Core",
            serial=uuid.uuid4().hex[:12],
            os_name="Windows 11",
            os_build="26100",
            state=DeviceState.MONITORED,
        )
        DeviceIdentity.objects.using(owner).create(
            tenant_id=tenant.pk,
            tenant_reference=tenant.reference,
            device=device,
            room=place,
            ek_digest=uuid.uuid4().hex * 2,
            ak_public=b"",
            trust="registered",
            enrolled_at=datetime.now(UTC),
        )
        name = f"{tenant.region}.DK-" + "".join(ALPHABET[b % 32] for b in uuid.uuid4().bytes[:8])
        DeviceKey.objects.using(owner).create(
            tenant_id=tenant.pk,
            name=name,
            device=device,
            room=place,
            public=key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
            made_at=datetime.now(UTC),
        )
    return Box(tenant, device, name, key, client or Client())


def _first_room(tenant: Tenant) -> Room:
    furnish(tenant, rooms=1)
    found = Room.objects.using(f"{tenant.region}_owner").filter(tenant_id=tenant.pk).first()
    assert found is not None
    return found


def order(box: Box, **fields: Any) -> uuid.UUID:
    """Put a command into the device's queue; signed, unless `signed` is given as None."""
    moment, command = datetime.now(UTC), uuid.uuid4()
    values: dict[str, Any] = {
        "kind": "restart_device",
        "parameters": {"when": "night"},
        "made_at": moment,
        "expires_at": moment + timedelta(hours=1),
        "signed": envelope(box, command),
    }
    with region(box.tenant.region):
        DeviceCommand.objects.using(f"{box.tenant.region}_owner").create(
            id=command,
            tenant_id=box.tenant.pk,
            device=box.device,
            room_id=box.device.room_id,
            **values | fields,
        )
    return command


def envelope(box: Box, command: uuid.UUID, **changed: Any) -> dict[str, Any]:
    """A command as the region signs it for this device."""
    moment = datetime.now(UTC)
    told: dict[str, Any] = {
        "device": box.device.reference,
        "kind": "restart_device",
        "parameters": {"when": "night"},
        "issued_at": moment,
        "expires_at": moment + timedelta(hours=1),
    }
    return sign_command(ring(box.tenant.region), command_id=command, **told | changed)


def problem(response: HttpResponse) -> dict[str, Any]:
    """The problem document of an answer that must be one."""
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    assert response["Date"].endswith("GMT")
    document: dict[str, Any] = json.loads(response.content)
    assert document["status"] == response.status_code
    assert document["type"].endswith("/" + document["code"])
    assert document["detail"].endswith(".")
    return document
