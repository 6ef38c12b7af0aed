"""A real granian process, and requests thrown at it over kept connections as fast as it answers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.demo import ground

ROOT = Path(__file__).resolve().parents[2]
THREADS = 2
WORKERS = 1
CONNECTIONS = 8


@contextmanager
def served(application: str, port: int, env: dict[str, str], log: Path) -> Iterator[int]:
    """One worker of granian with this application, until the block ends. Yields its port."""
    command = [
        Path(sys.executable).parent / "granian",
        "--interface",
        "wsgi",
        "--workers",
        str(WORKERS),
    ]
    command += ["--blocking-threads", str(THREADS), "--port", str(port), "--no-ws", application]
    with log.open("ab") as sink:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | env,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            preexec_fn=ground.dies_with_parent(signal.SIGTERM),
        )
    try:
        wait_for(port, process, log)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until somebody listens."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(log.read_text()[-2000:])


def raw(port: int, path: str, headers: dict[str, str], body: bytes) -> bytes:
    """A POST as it goes over the line."""
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


@dataclass
class Round:
    """What a round gave: answers by status, and seconds."""

    statuses: dict[int, int]
    seconds: float

    @property
    def rate(self) -> float:
        """202s a second."""
        return self.statuses.get(202, 0) / self.seconds


def throw(port: int, requests: Sequence[bytes]) -> Round:
    """Send all of them over a few connections, each waiting for its answer."""
    statuses: list[int] = []
    lanes = [requests[lane::CONNECTIONS] for lane in range(CONNECTIONS)]
    threads = [threading.Thread(target=_lane, args=(port, lane, statuses)) for lane in lanes]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    return Round({status: statuses.count(status) for status in set(statuses)}, seconds)


def _lane(port: int, requests: Sequence[bytes], statuses: list[int]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            line.sendall(request)
            statuses.append(_status(line))


def _status(line: socket.socket) -> int:
    """Read one answer to its end; its status."""
    held = line.recv(65536)
    while b"\r\n\r\n" not in held:
        held += line.recv(65536)
    head, _, rest = held.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    while len(rest) < length:
        rest += line.recv(65536)
    return int(head[9:12])
