"""A stand-in for Azure Key Vault on loopback, after its documented REST behaviour.

It speaks TLS, challenges with 401, issues and checks tokens, keeps RSA keys in versions, wraps and
unwraps with RSA-OAEP-256, refuses disabled keys with 403 and throttles with 429 and Retry-After.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from portal.demo.trouble import free_port

OAEP_256 = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
DIRECTORY = "11111111-2222-3333-4444-555555555555"
CLIENT_ID, CLIENT_SECRET = "rooms-ops-worker", "client-secret-of-the-test"
_KEY = re.compile(r"/keys/(?P<name>[0-9A-Za-z-]+)(/(?P<version>[0-9a-f]{32}))?(/(?P<verb>\w+))?")


def b64(value: bytes) -> str:
    """base64url without padding, as JSON Web Keys have it."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """The bytes again."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(value: int) -> str:
    """A number of a JSON Web Key."""
    return b64(value.to_bytes((value.bit_length() + 7) // 8))


@dataclass
class Version:
    """One version of a key."""

    private: rsa.RSAPrivateKey
    enabled: bool = True


@dataclass
class KeyVault:
    """What the server holds, what it was asked, and what it shall do next."""

    url: str
    authority: str
    certificate: Path
    keys: dict[str, dict[str, Version]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    throttle_next: int = 0
    broken: bool = False

    def make(self, name: str) -> str:
        """A new version of a key; its name."""
        version = secrets.token_hex(16)
        private = rsa.generate_private_key(65537, 2048)
        self.keys.setdefault(name, {})[version] = Version(private)
        return version

    def bundle(self, name: str, version: str) -> dict[str, Any]:
        """The public part of a version, as the service shows it."""
        held = self.keys[name][version]
        public = held.private.public_key().public_numbers()
        return {
            "key": {
                "kid": f"{self.url}/keys/{name}/{version}",
                "kty": "RSA",
                "key_ops": ["wrapKey", "unwrapKey"],
                "n": number(public.n),
                "e": number(public.e),
            },
            "attributes": {"enabled": held.enabled, "created": 1, "updated": 1},
        }


class Answers(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    vault: KeyVault

    def log_message(self, *args: object) -> None:
        """Nothing."""

    def say(self, status: int, body: dict[str, Any], **headers: str) -> None:
        """Answer in JSON."""
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(text)

    def fail(self, status: int, code: str, inner: str = "", **headers: str) -> None:
        """Answer with the service's form of an error."""
        error: dict[str, Any] = {"code": code, "message": f"{code}: refused by the vault"}
        if inner:
            error["innererror"] = {"code": inner}
        self.say(status, {"error": error}, **headers)

    def do_GET(self) -> None:
        """A key, or what the directory says of itself."""
        self.answer("")

    def do_POST(self) -> None:
        """A token, or an operation of a key."""
        self.answer(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

    def answer(self, body: str) -> None:
        """Token requests first; everything else needs a token."""
        parts = urlsplit(self.path)
        if parts.path.startswith(f"/{DIRECTORY}/"):
            self.directory(parts.path, body)
            return
        self.vault.asked.append(f"{self.command} {parts.path}")
        if self.vault.broken:
            self.fail(500, "InternalServerError")
        elif self.headers.get("Authorization", "").removeprefix("Bearer ") not in self.vault.tokens:
            challenge = (
                f'Bearer authorization="{self.vault.authority}/{DIRECTORY}",'
                ' resource="https://vault.azure.net"'
            )
            self.fail(401, "Unauthorized", WWW_Authenticate=challenge)
        elif self.vault.throttle_next:
            self.vault.throttle_next -= 1
            self.fail(429, "Throttled", Retry_After="0")
        elif "api-version" not in parse_qs(parts.query):
            self.fail(400, "BadParameter")
        else:
            self.key(parts.path, body)

    def directory(self, path: str, body: str) -> None:
        """The token endpoint of the identity platform, for a client's secret."""
        base = f"{self.vault.authority}/{DIRECTORY}"
        if path.endswith("openid-configuration"):
            self.say(
                200,
                {
                    "issuer": f"{base}/v2.0",
                    "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{base}/oauth2/v2.0/token",
                },
            )
            return
        asked = {name: values[0] for name, values in parse_qs(body).items()}
        if asked.get("scope") != "https://vault.azure.net/.default" or (
            asked.get("client_id"),
            asked.get("client_secret"),
        ) != (CLIENT_ID, CLIENT_SECRET):
            self.say(401, {"error": "invalid_client", "error_description": "AADSTS7000215"})
            return
        token = secrets.token_urlsafe(24)
        self.vault.tokens.add(token)
        self.say(200, {"token_type": "Bearer", "expires_in": 3600, "access_token": token})

    def key(self, path: str, body: str) -> None:
        """Show, rotate, wrap or unwrap."""
        found = _KEY.fullmatch(path.rstrip("/"))
        versions = self.vault.keys.get(found["name"], {}) if found else {}
        version = (found["version"] if found else None) or next(reversed(versions), "")
        if found is None or version not in versions:
            self.fail(404, "KeyNotFound")
        elif self.command == "GET":
            self.say(200, self.vault.bundle(found["name"], version))
        elif found["verb"] == "rotate":
            self.say(200, self.vault.bundle(found["name"], self.vault.make(found["name"])))
        elif not versions[version].enabled:
            self.fail(403, "Forbidden", "KeyDisabled")
        else:
            self.operate(versions[version], found["verb"], json.loads(body), path)

    def operate(self, held: Version, verb: str, asked: dict[str, str], path: str) -> None:
        """RSA-OAEP-256; what does not decrypt is a bad parameter, as it is there."""
        if asked.get("alg") != "RSA-OAEP-256" or verb not in ("wrapkey", "unwrapkey"):
            self.fail(400, "BadParameter")
            return
        value = unb64(asked["value"])
        try:
            done = (
                held.private.public_key().encrypt(value, OAEP_256)
                if verb == "wrapkey"
                else held.private.decrypt(value, OAEP_256)
            )
        except ValueError:
            self.fail(400, "BadParameter")
            return
        self.say(200, {"kid": f"{self.vault.url}{path.rpartition('/')[0]}", "value": b64(done)})


def certify(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that is its own authority, and its key."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in vault")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "vault.pem", folder / "vault.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


@contextmanager
def running(folder: Path) -> Iterator[KeyVault]:
    """A vault that answers until the block ends."""
    certificate, key = certify(folder)
    port = free_port()
    url = f"https://127.0.0.1:{port}"
    vault = KeyVault(url, url, certificate)
    handler = type("Handler", (Answers,), {"vault": vault})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield vault
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
