"""Everything that one demo needs, brought up in order on one data folder."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from portal.demo import commands, fleet, ground, postgres, trouble, valkey, vault, witnesses
from portal.demo.cluster import OWNER, REGIONS, Cluster
from portal.demo.processes import Supervisor
from portal.demo.secrets import Secrets, kept
from portal.demo.trouble import Trouble

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
MONITOR = ("check_standing_access", "--daily")
Say = Callable[[str], None]


@dataclass
class Stage:
    """A demo while it is being brought up, and while it runs."""

    var: Path
    port: int
    device_port: int
    say: Say
    secrets: Secrets
    cluster: Cluster
    stack: ExitStack
    broker: str = ""
    supervisor: Supervisor = field(default_factory=Supervisor)
    seeded: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the portal answers."""
        return f"http://{HOST}:{self.port}/"

    @property
    def device_url(self) -> str:
        """Where the device surface answers."""
        return f"http://{HOST}:{self.device_port}/"

    @property
    def logs(self) -> Path:
        """The folder of the logs."""
        return self.var / "log"

    def bare_environment(self) -> dict[str, str]:
        """The environment of a process that opens no database; the rest of ours stays out."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": os.environ.get("HOME", "/"),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": os.environ.get("PYTHONDONTWRITEBYTECODE", ""),
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "PORTAL_ENV": "development",
        }

    def environment(self, role: str) -> dict[str, str]:
        """All of the environment of a process that logs in as this role."""
        return {
            **self.bare_environment(),
            "PORTAL_DEMO": "1",
            "CATALOGUE_MINUTE_SECONDS": str(fleet.MINUTE_SECONDS),
            "PORTAL_ADDRESS": f"http://{HOST}:{self.port}",
            "PORTAL_REGIONS": ",".join(REGIONS),
            "PORTAL_ALLOWED_HOSTS": "localhost,127.0.0.1",
            "PORTAL_SECRET_KEY": self.secrets.django,
            "PORTAL_VAR": str(self.var),
            "CELERY_BROKER_URL": self.broker,
            "DIAGNOSTICS_DOWNLOADS": "1",
            "DEVICE_WAITING_MOST": str(fleet.WAITING_MOST),
            **{f"LOCK_KEY_{name.upper()}": key for name, key in self.secrets.lock_keys.items()},
            **self.cluster.urls(role),
            **vault.environment(self.var, role),
            **commands.environment(self.var, role),
        }

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Say what is being done now, and afterwards how long it took."""
        begun = time.monotonic()
        self.say(f"  {what} ... ")
        yield
        self.say(f"{time.monotonic() - begun:.1f} s\n")

    def manage(self, *words: str) -> str:
        """Run one of manage.py's commands as the owner role; what it printed."""
        ran = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment(OWNER),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            start_new_session=True,
            check=False,
        )
        log = self.logs / "setup.log"
        with log.open("a") as sink:
            sink.write(f"$ manage.py {' '.join(words)}\n{ran.stderr}{ran.stdout}")
        if ran.returncode:
            said = (ran.stderr + ran.stdout).strip()
            if "No space left on device" in said or "DiskFull" in said:
                raise trouble.disk_full(f"`manage.py {words[0]}` failed because the disk is full.")
            last = "\n    ".join(said.splitlines()[-15:])
            raise Trouble(
                f"`manage.py {words[0]}` failed. It last said:\n    {last}",
                f"Its log: {log}. Start again, or start over with `make demo-reset`.",
            )
        return ran.stdout

    def fill_databases(self) -> None:
        """Have the four databases, migrated and with demo data in them."""
        with self.step("Making roles and databases"):
            self.cluster.make_roles()
            fresh = self.cluster.prepare_databases()
        with self.step("Migrating four databases"):
            self.manage("migrate_all")
        vault.make(self)
        commands.make(self)
        fleet.make_home(self.var, fresh=fresh)
        with self.step(
            "Seeding people, tenants and places" if fresh else "Reading the demo people"
        ):
            words = ["--json", "--enrolment-keys", str(fleet.keys(self.var)), *fleet.wanted_rooms()]
            self.seeded = last_json(self.manage("seed_demo", *words))
        self.cluster.databases_are_complete()

    def start_broker(self) -> None:
        """Have a broker: the one that the environment names, or a child of ours."""
        self.broker = os.environ.get("CELERY_BROKER_URL", "")
        if self.broker:
            return
        with self.step("Starting Valkey"):
            log = self.logs / "valkey.log"
            home = ground.data_home(self.var)
            process, self.broker = valkey.start(self.var, home, self.secrets.broker, log)
            self.stack.callback(stop_broker, process)
            self.supervisor.watch_too("Valkey", process, log)

    def start_processes(self) -> None:
        """Start web, device surface, worker, beat and what keeps the record, each as its role."""
        python, celery = sys.executable, [sys.executable, "-m", "celery", "-A", "portal"]
        web = [
            "granian",
            "--interface",
            "wsgi",
            "--workers",
            "2",
            "--blocking-threads",
            "2",
            "--no-ws",
        ]
        web += ["--host", HOST, "--port", str(self.port), "portal.wsgi:application"]
        worker = ["worker", "-P", "threads", "-c", "4", "-Q", f"{','.join(REGIONS)},control"]
        worker += ["-n", "demo@%h", "-l", "INFO", "--without-gossip", "--without-mingle"]
        beat = ["beat", "-l", "INFO", "--pidfile=", "-s", str(self.var / "beat-schedule")]
        with self.step("Starting web, device surface, workers and the keepers of the record"):
            self.stack.callback(self.supervisor.stop)
            asking = witnesses.start(self, ROOT, HOST)
            for name, role, command in (
                ("web", "rooms_web", [python, "-m", *web]),
                ("device", "rooms_device", fleet.surface(HOST, self.device_port)),
                ("worker", "rooms_worker", [*celery, *worker]),
                ("beat", "rooms_worker", [*celery, *beat]),
                ("sequencer", "rooms_auditor", [python, "manage.py", "sequence_audit"]),
                ("signer", "rooms_auditor", [python, "manage.py", "sign_checkpoints"]),
                ("siem", "rooms_auditor", [python, "manage.py", "export_siem"]),
                ("monitor", "rooms_web", [python, "manage.py", *MONITOR]),
            ):
                log, env = self.logs / f"{name}.log", self.environment(role)
                env |= asking if name == "signer" else {}
                if name == "siem":  # a file stands for the receiver that a company would have
                    env["SIEM_DESTINATIONS"] = f"demo ocsf file://{self.var}/siem.jsonl"
                self.supervisor.start(name, command, cwd=ROOT, env=env, log=log)
            self.wait_for_sign_in()
        with self.step("Starting the simulated devices"):
            # It knows no password and no database: a client, as devices are.
            log, env = self.logs / "simulator.log", self.bare_environment()
            self.supervisor.start("simulator", fleet.simulator(self), cwd=ROOT, env=env, log=log)

    def wait_for_sign_in(self, seconds: float = 60) -> None:
        """Return when the sign-in page answers."""
        until, last = time.monotonic() + seconds, "nothing"
        while time.monotonic() < until:
            self.supervisor.look()
            try:
                line = http.client.HTTPConnection(HOST, self.port, timeout=10)
                line.request("GET", "/sign-in/")
                last = str(line.getresponse().status)
                line.close()
            except (OSError, http.client.HTTPException):
                pass  # not listening yet
            if last == "200":
                return
            time.sleep(0.2)
        raise Trouble(
            f"The sign-in page did not come up within {seconds:.0f} s; it last answered {last}.",
            f"Its log: {self.logs / 'web.log'}",
        )

    def count_rooms(self) -> dict[str, int]:
        """How many rooms each region holds, asked as the owner role."""
        counts = {}
        for region in REGIONS:
            with psycopg.connect(self.cluster.url(region, OWNER)) as line:
                row = line.execute("select count(*) from rooms_room").fetchone()
                counts[region] = int(row[0]) if row else 0
        return counts


def raise_stage(stack: ExitStack, var: Path, port: int, device_port: int, say: Say) -> Stage:
    """Bring everything up. What `stack` holds takes it down again, in the right order."""
    ground.make_var(var)
    stack.enter_context(trouble.only_copy(var))
    trouble.need_space(var)
    trouble.need_port(HOST, port, "PORTAL_PORT")
    trouble.need_port(HOST, device_port, "PORTAL_DEVICE_PORT")
    fleet.wanted_rooms()
    secrets = known_secrets(var)
    (var / "log").mkdir(mode=0o700, exist_ok=True)  # the seed tells passwords there
    for old in (var / "log").glob("*.log"):
        old.unlink()
    external = os.environ.get("PORTAL_PG_URL", "")
    cluster = Cluster(external, secrets.roles)
    stage = Stage(var, port, device_port, say, secrets, cluster, stack)
    if external:
        say("  Using the PostgreSQL of PORTAL_PG_URL\n")
    else:
        start_postgres(stage)
    stage.fill_databases()
    with stage.step("Collecting static files"):
        stage.manage("collectstatic", "--noinput")
    stage.start_broker()
    stage.start_processes()
    return stage


def known_secrets(var: Path) -> Secrets:
    """The secrets of this data folder. Data whose secrets are gone cannot be opened any more."""
    if not (var / "secrets.json").exists():
        ground.forget_outside(var)
        if any(var.glob("pg[0-9]*")):
            raise Trouble(
                f"{var} holds databases, but not the secrets.json that opens them.",
                "Put that file back, or start over with `make demo-reset`.",
            )
    return kept(var)


def start_postgres(stage: Stage) -> None:
    """Start PostgreSQL as a child of ours, with its data folder made at the first start."""
    programs = ground.programs(postgres.find_programs(), stage.var)
    home, log = ground.data_home(stage.var), stage.logs / "postgres.log"
    major = postgres.major_version(programs)
    data = postgres.data_folder(home, major)
    if not data.exists():
        with stage.step(f"Making the data folder of PostgreSQL {major}"):
            postgres.make_data(programs, data, stage.secrets.superuser)
    with stage.step("Starting PostgreSQL"):
        server = postgres.start(programs, data, stage.secrets.superuser, log)
        stage.stack.callback(server.stop)
    stage.supervisor.watch_too("PostgreSQL", server.process, log)
    stage.cluster.superuser_url = server.url()
    stage.cluster.close_the_server()


def stop_broker(process: subprocess.Popen[bytes]) -> None:
    """Stop the broker; it writes its data down first."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def last_json(printed: str) -> dict[str, Any]:
    """The JSON object in the last line of what a command printed."""
    try:
        found = json.loads(printed.strip().splitlines()[-1])
    except (IndexError, ValueError) as error:
        raise Trouble(
            "`manage.py seed_demo --json` did not end with a line of JSON.",
            "Run it by hand to see why.",
        ) from error
    return dict(found)
