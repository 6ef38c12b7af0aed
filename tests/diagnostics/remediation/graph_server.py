"""Microsoft Graph and its sign-in on loopback, as documented for teamwork devices, with faults.

What it does wrong is told to it beforehand: answers that get lost, throttling, errors, tokens that
are not taken any more, lists that lead elsewhere.
"""

from __future__ import annotations

import http.server
import ipaddress
import json
import ssl
import threading
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from portal.demo.trouble import free_port

DIRECTORY = "11111111-2222-3333-4444-555555555555"
CLIENT = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
SECRET = "correct horse"
TYPES = {
    "restart": "deviceRestart",
    "runDiagnostics": "deviceDiagnostics",
    "updateSoftware": "softwareUpdate",
}
SOFTWARE = {
    "adminAgent",
    "operatingSystem",
    "teamsClient",
    "firmware",
    "partnerAgent",
    "companyPortal",
}
OPEN = {"Queued", "Scheduled", "InProgress"}


@dataclass
class Fault:
    """What goes wrong with the next call of that method. `done`: the work is done all the same."""

    method: str
    status: int = 0  # 0: the line is cut without an answer
    headers: dict[str, str] = field(default_factory=dict)
    done: bool = False
    body: bytes = b'{"error": {"code": "Some<Fault>", "message": "no"}}'


@dataclass
class GraphServer:
    """What the server knows and was asked. Tests read and change it directly."""

    port: int = 0
    devices: list[str] = field(default_factory=lambda: ["dev-1", "dev-2", "dev-3"])
    operations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: deque[Fault] = field(default_factory=deque)
    calls: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    tokens_given: int = 0
    token_status: int = 200
    page: int = 2
    next_host: str = ""
    location: str = "/teamwork/devices/{device}/operations/{operation}"

    @property
    def origin(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def restarts(self, device: str) -> int:
        """How many restarts the device was ever asked for: what must never be two."""
        asked = self.operations.get(device, [])
        return sum(one["operationType"] == "deviceRestart" for one in asked)

    def add(self, device: str, kind: str, by: str = CLIENT, status: str = "Queued") -> str:
        """An operation, as Graph shows it."""
        operation = str(uuid.uuid4())
        moment = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        self.operations.setdefault(device, []).append(
            {
                "@odata.type": "#microsoft.graph.teamworkDeviceOperation",
                "id": operation,
                "operationType": kind,
                "status": status,
                "createdDateTime": moment,
                "createdBy": {"application": {"id": by}, "user": None} if by else {},
                "error": None,
            }
        )
        return operation

    def set_status(self, operation: str, status: str) -> None:
        """Move an operation on."""
        for one in (one for asked in self.operations.values() for one in asked):
            if one["id"] == operation:
                one["status"] = status
                if status == "Failed":
                    one["error"] = {"code": "DeviceOffline", "message": "not there"}

    def cut(self, **fault: Any) -> None:
        """The next call of a method goes wrong."""
        self.faults.append(Fault(**fault))


def shown(device: str) -> dict[str, Any]:
    """A device of the list; its serial number is made of its id."""
    return {"id": device, "hardwareDetail": {"serialNumber": f"serial of {device}"}}


def handler_of(server: GraphServer) -> type[http.server.BaseHTTPRequestHandler]:
    """The server's answers."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # else each answer waits 40 ms for the acknowledgement of its own header
        disable_nagle_algorithm = True

        def log_message(self, *words: object) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path.endswith("/.well-known/openid-configuration"):
                self._discovery(path)
            else:
                self._graph("GET")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if urlsplit(self.path).path.endswith("/oauth2/v2.0/token"):
                self._token(body)
            else:
                self._graph("POST", body)

        # -- Sign-in ------------------------------------------------------------------------

        def _discovery(self, path: str) -> None:
            directory = path.split("/")[1]
            if directory != DIRECTORY:
                return self._json(400, {"error": "invalid_tenant"})
            login = f"{server.origin}/{directory}"
            return self._json(
                200,
                {
                    "issuer": f"{login}/v2.0",
                    "authorization_endpoint": f"{login}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{login}/oauth2/v2.0/token",
                },
            )

        def _token(self, body: bytes) -> None:
            asked = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            server.calls.append(("POST", "token"))
            if server.token_status >= 500:
                return self._json(server.token_status, {"error": "temporarily_unavailable"})
            right = (
                asked.get("grant_type") == "client_credentials"
                and asked.get("client_id") == CLIENT
                and asked.get("client_secret") == SECRET
                and asked.get("scope") == f"{server.origin}/.default"
            )
            if not right:
                return self._json(401, {"error": "invalid_client", "error_description": "AADSTS"})
            server.tokens_given += 1
            token = f"token-{server.tokens_given}"
            server.tokens.add(token)
            return self._json(
                200, {"token_type": "Bearer", "expires_in": 3599, "access_token": token}
            )

        # -- Graph --------------------------------------------------------------------------

        def _graph(self, method: str, body: bytes = b"") -> None:
            server.calls.append((method, self.path))
            if self.headers.get("authorization", "").removeprefix("Bearer ") not in server.tokens:
                return self._error(401, "InvalidAuthenticationToken")
            fault = next((one for one in server.faults if one.method == method), None)
            if fault is not None:
                server.faults.remove(fault)
                if fault.done:
                    self._work(method, body)
                return self._fail(fault)
            return self._send(*self._work(method, body))

        def _work(self, method: str, body: bytes) -> tuple[int, Any, dict[str, str]]:
            parts = urlsplit(self.path)
            steps = parts.path.removeprefix("/beta/").split("/")
            if steps[:2] != ["teamwork", "devices"]:
                return 404, {"error": {"code": "UnknownPath", "message": ""}}, {}
            skip = int(parse_qs(parts.query).get("$skiptoken", ["0"])[0])
            if len(steps) == 2:
                return self._paged([shown(one) for one in server.devices], skip)
            device = steps[2]
            if device not in server.devices:
                return 404, {"error": {"code": "NotFound", "message": ""}}, {}
            if method == "POST":
                return self._start(device, steps[3], body)
            asked = server.operations.get(device, [])
            if len(steps) == 4:
                return self._paged(asked, skip)
            found = [one for one in asked if one["id"] == steps[4]]
            if not found:
                return 404, {"error": {"code": "NotFound", "message": ""}}, {}
            return 200, found[0], {}

        def _start(self, device: str, verb: str, body: bytes) -> tuple[int, Any, dict[str, str]]:
            kind = TYPES.get(verb)
            if kind is None:
                return 400, {"error": {"code": "BadRequest", "message": ""}}, {}
            told = json.loads(body) if body else None
            server.bodies.append(told)
            if kind == "softwareUpdate":
                if not told or told.get("softwareType") not in SOFTWARE:
                    return 400, {"error": {"code": "BadRequest", "message": ""}}, {}
            elif told is not None:
                return 400, {"error": {"code": "BadRequest", "message": ""}}, {}
            for one in server.operations.get(device, []):
                if one["operationType"] == kind and one["status"] in OPEN:
                    return 409, {"error": {"code": "Conflict", "message": "queued"}}, {}
            operation = server.add(device, kind)
            where = server.location.format(device=device, operation=operation)
            return 202, None, {"Location": where} if where else {}

        def _paged(self, members: list[Any], skip: int) -> tuple[int, Any, dict[str, str]]:
            content: dict[str, Any] = {"value": members[skip : skip + server.page]}
            if skip + server.page < len(members):
                host = server.next_host or server.origin
                path = urlsplit(self.path).path
                content["@odata.nextLink"] = f"{host}{path}?$skiptoken={skip + server.page}"
            return 200, content, {}

        # -- Answers ------------------------------------------------------------------------

        def _fail(self, fault: Fault) -> None:
            if fault.status == 0:
                self.close_connection = True
                return
            self._raw(fault.status, fault.body, fault.headers)

        def _error(self, status: int, code: str) -> None:
            self._json(status, {"error": {"code": code, "message": "no"}})

        def _json(self, status: int, content: Any) -> None:
            self._send(status, content, {})

        def _send(self, status: int, content: Any, headers: dict[str, str]) -> None:
            body = b"" if content is None else json.dumps(content).encode()
            self._raw(status, body, headers)

        def _raw(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json" if body else "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("request-id", "5d9c1e8a-0000-4000-8000-000000000001")
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler


def certificate(folder: Path) -> tuple[Path, Path]:
    """Certificate and key of 127.0.0.1, its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName([here]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "cert.pem", folder / "key.pem"


@contextmanager
def running(paths: tuple[Path, Path]) -> Iterator[GraphServer]:
    """The server, answering over TLS until the block ends."""
    server = GraphServer(port=free_port())
    listening = http.server.ThreadingHTTPServer(("127.0.0.1", server.port), handler_of(server))
    listening.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*paths)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    thread = threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join(5)
