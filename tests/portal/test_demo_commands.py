"""Workers of the demo get the keys that sign commands; the device surface gets their list."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from portal.demo import commands
from portal.demo.cluster import REGIONS
from portal.demo.trouble import Trouble


@pytest.fixture
def var(tmp_path: Path) -> Path:
    """A data folder with keys in it."""
    (tmp_path / "commands").mkdir()
    known = {name: {"keys": [f"a-{name}", f"b-{name}"], "list": {"of": name}} for name in REGIONS}
    (tmp_path / "commands" / "keys.json").write_text(json.dumps(known))
    return tmp_path


def test_a_role_gets_its_half(var: Path) -> None:
    assert commands.environment(var, "rooms_worker") == {
        f"COMMAND_KEYS_{name.upper()}": f"a-{name} b-{name}" for name in REGIONS
    }
    assert commands.environment(var, "rooms_device") == {
        f"COMMAND_KEY_LIST_{name.upper()}": json.dumps({"of": name}) for name in REGIONS
    }


@pytest.mark.parametrize("role", ["rooms_web", "rooms_auditor", "rooms_owner"])
def test_any_other_gets_neither(role: str, tmp_path: Path) -> None:
    assert commands.environment(tmp_path, role) == {}


@pytest.mark.parametrize("text", ["", "{}", '{"eu": {}}'])
def test_keys_that_cannot_be_read_are_a_trouble(text: str, var: Path) -> None:
    (var / "commands" / "keys.json").write_text(text)
    with pytest.raises(Trouble, match=r"keys\.json cannot be read"):
        commands.environment(var, "rooms_worker")
