"""The brokers that the queue is tried on: Valkey from its wheel, Redis and RabbitMQ of the system.

Each is a child of the test with a folder of its own, and listens on the loopback only.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from portal.demo import valkey
from portal.demo.ground import dies_with_parent
from portal.demo.trouble import free_port

RABBIT: Final = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
LONGEST_SECONDS: Final = 60.0


@dataclass
class Broker:
    """A broker that runs. `restart` kills it with -9 and starts it anew on the same data."""

    url: str
    restart: Callable[[], None]


def find_redis() -> str | None:
    """Debian's Redis, where it is installed."""
    return shutil.which("redis-server")


def find_rabbit() -> str | None:
    """Debian's RabbitMQ, past its wrapper, which changes the user."""
    return str(RABBIT) if RABBIT.exists() and shutil.which("epmd") else None


def spawn(command: list[str], folder: Path, **more: str) -> subprocess.Popen[bytes]:
    """A child that ends with us, with its words in a file of the folder."""
    with (folder / "log").open("ab") as sink:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), **more},
            cwd=folder,
            start_new_session=True,
            preexec_fn=dies_with_parent(signal.SIGTERM),
        )


def end(process: subprocess.Popen[bytes], number: int = signal.SIGKILL) -> None:
    """End a child with everything that it has started in its own session."""
    if process.poll() is None:
        os.killpg(process.pid, number)
    process.wait(LONGEST_SECONDS)


def answers(port: int, process: subprocess.Popen[bytes], said: bytes, expected: bytes) -> bool:
    """Whether the server at the port answers as it should; AssertionError if it has ended."""
    assert process.poll() is None, "the broker has ended"
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
            line.settimeout(2)
            line.sendall(said)
            heard = b""
            while expected not in heard and (more := line.recv(200)):
                heard += more
            return expected in heard
    except OSError:
        return False


def wait_until(question: Callable[[], bool], what: str) -> None:
    """Ask until the answer is yes."""
    until = time.monotonic() + LONGEST_SECONDS
    while not question():
        assert time.monotonic() < until, f"{what} did not come up"
        time.sleep(0.1)


@contextmanager
def _of_the_family(program: str, folder: Path) -> Iterator[Broker]:
    """Valkey or Redis, with every message on the disk before it counts."""
    port, password = free_port(), secrets.token_hex(8)
    text = valkey.SETTINGS.format(port=port, password=password, data=folder)
    settings = folder / "broker.conf"
    settings.write_text(text + "appendfsync always\n")
    running: list[subprocess.Popen[bytes]] = []

    def up() -> None:
        running.append(spawn([program, str(settings)], folder))
        hello = f"AUTH {password}\r\nPING\r\n".encode()
        wait_until(lambda: answers(port, running[-1], hello, b"+PONG"), program)

    def restart() -> None:
        end(running[-1])
        up()

    up()
    try:
        yield Broker(f"redis://:{password}@127.0.0.1:{port}/0", restart)
    finally:
        end(running[-1], signal.SIGTERM)


@contextmanager
def run_valkey(folder: Path) -> Iterator[Broker]:
    """The broker of the demo."""
    with _of_the_family(str(valkey.find_program(folder)), folder) as broker:
        yield broker


@contextmanager
def run_redis(folder: Path) -> Iterator[Broker]:
    """Redis as Debian has it."""
    program = find_redis()
    assert program, "apt-get install redis-server"
    with _of_the_family(program, folder) as broker:
        yield broker


@contextmanager
def run_rabbit(folder: Path) -> Iterator[Broker]:
    """RabbitMQ as Debian has it, with a port mapper of its own that ends with it."""
    program = find_rabbit()
    assert program, "apt-get install rabbitmq-server"
    port, names, talk = free_port(), free_port(), free_port()
    (folder / "enabled_plugins").write_text("[].\n")
    settings = {
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"rooms{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(talk),
        "RABBITMQ_SERVER_ERL_ARGS": "+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}",
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "logs"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "LANG": "C.UTF-8",
    }
    mapper = spawn(["epmd", "-port", str(names), "-address", "127.0.0.1"], folder)
    running: list[subprocess.Popen[bytes]] = []

    def up() -> None:
        running.append(spawn([program], folder, **settings))
        hello = b"AMQP\x00\x00\x09\x01"
        wait_until(lambda: answers(port, running[-1], hello, b"cluster_name"), "RabbitMQ")

    def restart() -> None:
        end(running[-1])
        up()

    try:
        up()
        yield Broker(f"amqp://guest:guest@127.0.0.1:{port}//", restart)
    finally:
        if running:
            end(running[-1], signal.SIGTERM)
        end(mapper)
