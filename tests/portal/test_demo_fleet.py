"""The demo's devices: how many, whose keys, and how little the simulator is told."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from portal.demo import fleet, secrets
from portal.demo.cluster import ALIASES, Cluster
from portal.demo.stage import Stage
from portal.demo.trouble import Trouble
from rooms.simulator.scenarios import SCENARIOS


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    known = secrets.new()
    databases = {alias: f"rooms_{alias}" for alias in ALIASES}
    cluster = Cluster("postgresql://postgres:secret@127.0.0.1:1/x", known.roles, databases)
    made = Stage(tmp_path, 8000, 8001, lambda text: None, known, cluster, ExitStack())
    made.seeded = {"rooms": {"eu": 5, "apac": 3, "us": 2}, "devices": 12, "seed": 7}
    return made


def test_rooms_are_left_to_the_seed_without_a_wish(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("PORTAL_DEMO_ROOMS", raising=False)
    assert fleet.wanted_rooms() == []


def test_rooms_are_as_many_as_wished(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTAL_DEMO_ROOMS", "120")
    assert fleet.wanted_rooms() == ["--rooms", "120"]


@pytest.mark.parametrize("wish", ["7", "5001", "many", "-8", "1.5"])
def test_rooms_out_of_bounds_are_refused(monkeypatch: pytest.MonkeyPatch, wish: str):
    monkeypatch.setenv("PORTAL_DEMO_ROOMS", wish)
    with pytest.raises(Trouble, match=r"(?s)PORTAL_DEMO_ROOMS.*from 8 to 5000"):
        fleet.wanted_rooms()


def test_folder_is_kept_with_the_databases_and_goes_with_them(tmp_path: Path):
    fleet.make_home(tmp_path, fresh=True)
    known = fleet.home(tmp_path) / "identities.jsonl"
    known.write_text("{}")
    fleet.make_home(tmp_path, fresh=False)
    assert known.exists()
    fleet.make_home(tmp_path, fresh=True)
    assert not known.exists()
    assert fleet.home(tmp_path).stat().st_mode & 0o777 == 0o700


def test_simulator_is_told_no_secret(stage: Stage):
    told = "\n".join([*stage.bare_environment().values(), *fleet.simulator(stage)])
    known = stage.secrets
    for secret in (known.django, known.superuser, known.broker, *known.roles.values()):
        assert secret not in told
    for name in stage.bare_environment():
        assert not name.startswith(("DATABASE_URL", "LOCK_KEY", "CELERY"))


def test_simulator_plays_the_seeded_fleet_at_the_device_surface(stage: Stage):
    words = fleet.simulator(stage)
    options = dict(zip(words[3::2], words[4::2], strict=True))
    assert options["--rooms"] == "10"
    assert options["--seed"] == "7"
    assert options["--scenario"] == "all"
    assert options["--url"] == "http://127.0.0.1:8001/"
    assert options["--enrolment-keys"] == str(fleet.keys(stage.var))


def test_first_troubles_show_within_three_minutes():
    """Begun, and over the longest watch of their signals, on the demo's clock."""
    for name, minutes in (("loose_hdmi", 10), ("expired_password", 35), ("bad_firmware", 10)):
        begun = SCENARIOS[name].begins + minutes
        assert begun * fleet.MINUTE_SECONDS <= 180, name
    assert fleet.SPEED * fleet.MINUTE_SECONDS == 60
