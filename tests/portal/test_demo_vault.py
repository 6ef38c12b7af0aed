"""Each process of the demo is given the keys it needs, and no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from portal.demo import vault
from portal.demo.cluster import REGIONS
from portal.demo.trouble import Trouble


@pytest.fixture
def var(tmp_path: Path) -> Path:
    """A data folder with keys in it."""
    folder = tmp_path / "vault"
    folder.mkdir()
    pairs = {name: {"private": f"private-{name}", "public": f"public-{name}"} for name in REGIONS}
    (folder / "intake.json").write_text(json.dumps(pairs))
    return tmp_path


@pytest.mark.parametrize(
    ("role", "half", "opens"),
    [
        ("rooms_web", "", True),
        ("rooms_worker", "private", True),
        ("rooms_device", "public", False),
        ("rooms_auditor", "", False),
    ],
)
def test_a_role_gets_its_half(role: str, half: str, opens: bool, var: Path) -> None:
    told = vault.environment(var, role)
    assert (told.pop("VAULT_KEYS_DIR") == str(var / "vault")) is opens
    if half:
        assert told == {
            f"VAULT_INTAKE_{half.upper()}_{name.upper()}": f"{half}-{name}" for name in REGIONS
        }
    else:
        assert told == {}


@pytest.mark.parametrize("text", ["", "{}", '{"eu": {}}'])
def test_keys_that_cannot_be_read_are_a_trouble(text: str, var: Path) -> None:
    (var / "vault" / "intake.json").write_text(text)
    with pytest.raises(Trouble, match=r"intake\.json cannot be read"):
        vault.environment(var, "rooms_worker")
