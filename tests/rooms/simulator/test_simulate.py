"""`manage.py simulate` as people run it: it ends when it should, and says what it did."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rooms.fleet.plans import TENANTS
from rooms.simulator.fleet import endorsements
from tests.plugins.cluster import ROOT
from tests.rooms.simulator.conftest import ROOMS

# No database, no key: a simulator knows its own and nothing else.
BARE = {"PATH": os.environ.get("PATH", os.defpath), "PYTHONUNBUFFERED": "1"}


def simulate(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "simulate", *words],
        cwd=ROOT,
        env=BARE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def words(device_url: str, keys: Path, tmp_path: Path) -> list[str]:
    place = ["--enrolment-keys", str(keys), "--state", str(tmp_path / "state")]
    return ["--rooms", str(ROOMS), "--url", device_url, "--status-every", "0.5", *place]


def test_simulate_until_reported_ends_by_itself(words: list[str]):
    process = simulate(*words, "--until-reported", "--scenario", "all")
    said, wrong = process.communicate(timeout=120)
    assert process.returncode == 0, wrong
    devices = len(list(endorsements(ROOMS, 2022)))
    assert f"{devices} of {devices} devices reported" in said.splitlines()[-1]
    assert "refused" not in said


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_simulate_ends_cleanly_when_asked_to(words: list[str], sign: signal.Signals):
    process = simulate(*words)
    assert process.stdout is not None
    assert "devices in" in process.stdout.readline()
    time.sleep(1)
    process.send_signal(sign)
    said, wrong = process.communicate(timeout=60)
    assert process.returncode == 0, wrong
    assert "reports taken" in said
    assert wrong == ""


def test_simulate_ends_cleanly_when_nobody_answers(keys, tmp_path: Path, nobody_there: str):
    place = ["--enrolment-keys", str(keys), "--state", str(tmp_path / "state")]
    process = simulate("--rooms", "8", "--url", nobody_there, *place)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    said, wrong = process.communicate(timeout=60)
    assert (process.returncode, wrong) == (0, "")
    assert "times nobody answered" in said


def test_simulate_with_another_seed_in_the_same_folder_is_refused(words: list[str]):
    simulate(*words, "--until-reported").communicate(timeout=120)
    process = simulate(*words, "--until-reported", "--seed", "7")
    _, wrong = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "holds the machines of seed 2022" in wrong


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (["--rooms", "0"], "--rooms is at least 1"),
        (["--speed", "0"], "--speed more than 0"),
        (["--scenario", "earthquake"], "invalid choice: 'earthquake'"),
        ([], "Give --enrolment-keys"),
        (["--enrolment-keys", "/nowhere/keys"], "Give --state"),
    ],
)
def test_simulate_with_a_mistake_says_so(wrong: list[str], told: str):
    process = simulate(*wrong)
    _, said = process.communicate(timeout=60)
    assert process.returncode != 0
    assert told in said
    assert "Traceback" not in said


def test_simulate_without_its_keys_says_so(tmp_path: Path, nobody_there: str):
    keys = tmp_path / "keys"
    place = ["--enrolment-keys", str(keys), "--state", str(tmp_path / "state")]
    for content in (None, "one two three\n"):
        if content:
            keys.write_text(content)
        process = simulate("--rooms", "1", "--url", nobody_there, *place)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 1
        assert str(keys) in said
        assert "Traceback" not in said


def test_endorsements_of_a_tenant_are_printed_as_they_are_registered():
    plan = TENANTS[3]
    process = simulate("--rooms", "40", "--print-endorsements", plan.reference)
    said, wrong = process.communicate(timeout=60)
    assert process.returncode == 0, wrong
    assert said.splitlines() == [
        f"{one.serial},{one.room.reference},{one.digest}"
        for one in endorsements(40, 2022)
        if one.room.tenant == plan
    ]
    assert said
