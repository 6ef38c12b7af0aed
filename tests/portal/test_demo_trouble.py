"""What stands in the demo's way is found before anything is made, and said with its remedy."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import pytest

from portal.demo import secrets, trouble
from portal.demo.trouble import Trouble

ROOT = Path(__file__).resolve().parents[2]


def demo(command: str, var: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher as a person would."""
    return subprocess.run(
        [sys.executable, "-m", "portal.demo", command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PORTAL_VAR": str(var)} | more,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_space_too_little() -> None:
    with pytest.raises(Trouble, match=r"MB are free(.|\n)*PORTAL_VAR"):
        trouble.need_space(Path("/"), megabytes=10**12)


def test_space_enough() -> None:
    trouble.need_space(Path("/"), megabytes=0)


def test_up_with_port_in_use_names_another_port(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ran = demo("up", tmp_path, PORTAL_PORT=str(port))
    assert ran.returncode == 1
    assert f"Port {port} on 127.0.0.1 cannot be used" in ran.stderr
    assert f"PORTAL_PORT={port + 1} make demo" in ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


@pytest.mark.parametrize("command", ["up", "reset"])
def test_second_copy_is_refused(command: str, tmp_path: Path) -> None:
    with trouble.only_copy(tmp_path):
        (tmp_path / "secrets.json").write_text("{}")
        ran = demo(command, tmp_path, PORTAL_PORT=str(trouble.free_port()))
    assert ran.returncode == 1
    assert f"already runs here (process {os.getpid()}" in ran.stderr
    assert (tmp_path / "secrets.json").exists()


def test_lock_is_free_again_after_its_holder_ended(tmp_path: Path) -> None:
    with trouble.only_copy(tmp_path):
        pass
    with trouble.only_copy(tmp_path):
        pass


def test_reset_removes_ours_and_nothing_else(tmp_path: Path) -> None:
    for name in ("pg17", "valkey", "log"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    (tmp_path / "secrets.json").touch()
    (tmp_path / "holiday.jpg").touch()
    ran = demo("reset", tmp_path)
    assert ran.returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {"lock", "holiday.jpg"}


def test_programs_missing_names_the_remedy(tmp_path: Path) -> None:
    ran = demo(
        "up", tmp_path, PORTAL_PORT=str(trouble.free_port()), PORTAL_PG_BIN=str(tmp_path / "none")
    )
    assert ran.returncode == 1
    assert "PostgreSQL's programs were not found" in ran.stderr
    assert "PORTAL_PG_BIN=" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_data_of_another_major_version_is_not_passed_over() -> None:
    # not pytest's own folder: that one is closed to the unprivileged user of PostgreSQL
    with tempfile.TemporaryDirectory(prefix="rooms-ops-test-") as name:
        var = Path(name)
        var.chmod(0o711)
        (var / "pg9").mkdir()
        (var / "secrets.json").write_text(json.dumps(asdict(secrets.new())))
        ran = demo("up", var, PORTAL_PORT=str(trouble.free_port()))
    assert ran.returncode == 1
    assert "holds data of PostgreSQL 9" in ran.stderr
    assert "make demo-reset" in ran.stderr


def test_databases_without_their_secrets_are_not_made_anew(tmp_path: Path) -> None:
    (tmp_path / "pg17").mkdir()
    ran = demo("up", tmp_path, PORTAL_PORT=str(trouble.free_port()))
    assert ran.returncode == 1
    assert "not the secrets.json that opens them" in ran.stderr
    assert not (tmp_path / "secrets.json").exists()


def test_secrets_are_closed_to_others_and_kept(tmp_path: Path) -> None:
    made = secrets.kept(tmp_path)
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert secrets.kept(tmp_path) == made
    assert made.superuser not in repr(made)


def test_secrets_that_are_damaged_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"superuser": "')
    with pytest.raises(Trouble, match="cannot be read"):
        secrets.kept(tmp_path)
    assert (tmp_path / "secrets.json").read_text() == '{"superuser": "'


def test_port_that_is_no_port_is_refused(tmp_path: Path) -> None:
    ran = demo("up", tmp_path, PORTAL_PORT="http")
    assert ran.returncode == 1
    assert "PORTAL_PORT is 'http'" in ran.stderr
