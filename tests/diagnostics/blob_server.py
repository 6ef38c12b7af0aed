"""A stand-in for the Blob service on loopback: the part of its REST interface that we use.

Requests are signed with the account's key (Shared Key) and checked. Blobs are put whole or in
blocks, read in ranges, listed and deleted; `If-None-Match: *` guards what stands there already.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

from portal.demo.trouble import free_port

ACCOUNT = "roomsops"
SIGNED_HEADERS = (
    "content-encoding", "content-language", "content-length", "content-md5", "content-type",
    "date", "if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range",
)  # fmt: skip


@dataclass
class Blobs:
    """What the server holds, what it was asked, and what it shall do next."""

    url: str
    key: bytes = field(default_factory=lambda: secrets.token_bytes(64))
    containers: dict[str, dict[str, bytes]] = field(default_factory=dict)
    blocks: dict[tuple[str, str], dict[str, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    largest_body: int = 0
    broken: bool = False
    never_deletes: bool = False

    def connection_string(self, key: bytes | None = None) -> str:
        """How a client reaches it."""
        text = base64.b64encode(key or self.key).decode()
        return (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={text};"
            f"BlobEndpoint={self.url}/{ACCOUNT}"
        )


class Answers(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    held: Blobs

    def log_message(self, *args: object) -> None:
        """Nothing."""

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.send_header("x-ms-version", "2024-11-04")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def fail(self, status: int, code: str) -> None:
        """Answer with the service's form of an error."""
        body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'
        self.say(status, body.encode(), x_ms_error_code=code, Content_Type="application/xml")

    def answer(self) -> None:
        """Read the request, check its signature, and do it."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        self.held.asked.append(f"{self.command} {query.get('comp', '')}".strip())
        self.held.largest_body = max(self.held.largest_body, len(body))
        _, _, container, *rest = unquote(parts.path).split("/")
        if self.held.broken:
            self.fail(500, "InternalError")
        elif self.headers.get("Authorization") != self.signature(parts.path, query):
            self.fail(403, "AuthenticationFailed")
        elif "restype" in query:
            self.container(container, query)
        elif container not in self.held.containers:
            self.fail(404, "ContainerNotFound")
        else:
            self.blob(container, "/".join(rest), query, body)

    do_GET = do_PUT = do_HEAD = do_DELETE = answer

    def signature(self, path: str, query: dict[str, str]) -> str:
        """What the Authorization header must say, by the documented Shared Key rules."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        if headers.get("content-length") == "0":
            del headers["content-length"]
        lines = [self.command, *(headers.get(name, "") for name in SIGNED_HEADERS)]
        lines += [f"{name}:{headers[name]}" for name in sorted(headers) if name.startswith("x-ms-")]
        resource = f"/{ACCOUNT}{path}"
        resource += "".join(f"\n{name.lower()}:{query[name]}" for name in sorted(query))
        text = "\n".join([*lines, resource])
        mac = hmac.digest(self.held.key, text.encode(), hashlib.sha256)
        return f"SharedKey {ACCOUNT}:{base64.b64encode(mac).decode()}"

    def container(self, name: str, query: dict[str, str]) -> None:
        """Make a container, or list what it holds."""
        if self.command == "PUT":
            if name in self.held.containers:
                self.fail(409, "ContainerAlreadyExists")
            else:
                self.held.containers[name] = {}
                self.say(201, **self.facts(b""))
        elif name not in self.held.containers:
            self.fail(404, "ContainerNotFound")
        else:
            blobs = "".join(
                f"<Blob><Name>{escape(blob)}</Name><Properties>"
                f"<Last-Modified>{formatdate(usegmt=True)}</Last-Modified>"
                f"<Content-Length>{len(text)}</Content-Length><BlobType>BlockBlob</BlobType>"
                "</Properties></Blob>"
                for blob, text in sorted(self.held.containers[name].items())
            )
            body = (
                '<?xml version="1.0" encoding="utf-8"?><EnumerationResults>'
                f"<Blobs>{blobs}</Blobs><NextMarker/></EnumerationResults>"
            )
            self.say(200, body.encode(), Content_Type="application/xml")

    def blob(self, container: str, name: str, query: dict[str, str], body: bytes) -> None:
        """Put, read or delete one blob."""
        blobs = self.held.containers[container]
        blocks = self.held.blocks.setdefault((container, name), {})
        guarded = self.headers.get("If-None-Match") == "*" and name in blobs
        if self.command == "PUT" and query.get("comp") == "block":
            blocks[query["blockid"]] = body
            self.say(201)
        elif self.command == "PUT" and guarded:
            self.fail(409, "BlobAlreadyExists")
        elif self.command == "PUT" and query.get("comp") == "blocklist":
            wanted = [entry.text or "" for entry in ElementTree.fromstring(body)]  # noqa: S314 -- of our own client
            if any(entry not in blocks for entry in wanted):
                self.fail(400, "InvalidBlockList")
                return
            blobs[name] = b"".join(blocks[entry] for entry in wanted)
            del self.held.blocks[container, name]
            self.say(201, **self.facts(blobs[name]))
        elif self.command == "PUT":
            blobs[name] = body
            self.say(201, **self.facts(body))
        elif name not in blobs:
            self.fail(404, "BlobNotFound")
        elif self.command == "DELETE":
            if not self.held.never_deletes:
                del blobs[name]
            self.say(202)
        else:
            self.send_range(blobs[name])

    def send_range(self, text: bytes) -> None:
        """All of a blob, or the range that was asked for."""
        wanted = self.headers.get("x-ms-range") or self.headers.get("Range")
        if self.command == "HEAD":
            self.say(200, Content_Length=str(len(text)), **self.facts(text))
            return
        if not wanted:
            self.say(200, text, **self.facts(text))
            return
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        begin, end = int(first), min(int(last or len(text)), len(text) - 1)
        if begin >= len(text):
            self.fail(416, "InvalidRange")
            return
        place = f"bytes {begin}-{end}/{len(text)}"
        self.say(206, text[begin : end + 1], Content_Range=place, **self.facts(text))

    def facts(self, text: bytes) -> dict[str, str]:
        """The headers that go with a blob."""
        tag = hashlib.sha256(text).hexdigest()[:16]
        return {
            "ETag": f'"0x{tag}"',
            "Last_Modified": formatdate(usegmt=True),
            "x_ms_blob_type": "BlockBlob",
            "x_ms_request_server_encrypted": "true",
        }


@contextmanager
def running() -> Iterator[Blobs]:
    """A service that answers until the block ends."""
    port = free_port()
    blobs = Blobs(f"http://127.0.0.1:{port}")
    handler = type("Handler", (Answers,), {"held": blobs})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield blobs
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
