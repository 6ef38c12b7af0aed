"""The device surface can seal a chunk and cannot open one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from diagnostics.vault import intake
from diagnostics.vault.intake import NoIntakeKey, open_chunk, seal_chunk
from diagnostics.vault.sealing import CannotOpen


@pytest.fixture(autouse=True)
def halves(settings: Any) -> None:
    """A pair for eu and one for us."""
    pairs = {region: intake.make_pair() for region in ("eu", "us")}
    settings.VAULT_INTAKE_PRIVATE = {region: pair[0] for region, pair in pairs.items()}
    settings.VAULT_INTAKE_PUBLIC = {region: pair[1] for region, pair in pairs.items()}


def test_a_chunk_comes_back() -> None:
    first = b"PK\3\4manifest.json"
    chunk = first + bytes(1_000_000)
    sealed = seal_chunk("eu", "UP-1", 0, chunk)
    assert len(sealed) == len(chunk) + intake.OVERHEAD
    assert first not in sealed
    assert open_chunk("eu", "UP-1", 0, sealed) == chunk
    assert sealed != seal_chunk("eu", "UP-1", 0, chunk)


@pytest.mark.parametrize(
    ("region", "upload", "number"), [("us", "UP-1", 3), ("eu", "UP-2", 3), ("eu", "UP-1", 2)]
)
def test_a_chunk_of_elsewhere_does_not_open(region: str, upload: str, number: int) -> None:
    sealed = seal_chunk("eu", "UP-1", 3, b"chunk")
    with pytest.raises(CannotOpen):
        open_chunk(region, upload, number, sealed)


def test_every_changed_byte_is_refused() -> None:
    sealed = seal_chunk("eu", "UP-1", 0, b"chunk")
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(CannotOpen):
            open_chunk("eu", "UP-1", 0, changed)
    for end in (0, 9, len(sealed) - 1):
        with pytest.raises(CannotOpen):
            open_chunk("eu", "UP-1", 0, sealed[:end])


def test_the_public_half_opens_nothing(settings: Any) -> None:
    sealed = seal_chunk("eu", "UP-1", 0, b"chunk")
    settings.VAULT_INTAKE_PRIVATE = {"eu": settings.VAULT_INTAKE_PUBLIC["eu"]}
    with pytest.raises(CannotOpen):
        open_chunk("eu", "UP-1", 0, sealed)


def test_old_uploads_open_after_a_new_key(settings: Any) -> None:
    sealed = seal_chunk("eu", "UP-1", 0, b"chunk")
    private, public = intake.make_pair()
    settings.VAULT_INTAKE_PUBLIC = {"eu": public}
    settings.VAULT_INTAKE_PRIVATE = {"eu": f"{private},{settings.VAULT_INTAKE_PRIVATE['eu']}"}
    assert open_chunk("eu", "UP-1", 0, sealed) == b"chunk"
    assert open_chunk("eu", "UP-1", 1, seal_chunk("eu", "UP-1", 1, b"next")) == b"next"


def test_a_missing_half_says_which_setting(settings: Any) -> None:
    sealed = seal_chunk("eu", "UP-1", 0, b"chunk")
    settings.VAULT_INTAKE_PUBLIC = settings.VAULT_INTAKE_PRIVATE = {"eu": ""}
    with pytest.raises(NoIntakeKey, match="VAULT_INTAKE_PUBLIC_EU"):
        seal_chunk("eu", "UP-1", 0, b"chunk")
    with pytest.raises(NoIntakeKey, match="VAULT_INTAKE_PRIVATE_EU"):
        open_chunk("eu", "UP-1", 0, sealed)


@pytest.mark.parametrize("text", ["zz", "00" * 31, "00" * 33])
def test_a_half_that_cannot_be_read_says_which_setting(text: str, settings: Any) -> None:
    sealed = seal_chunk("eu", "UP-1", 0, b"chunk")
    settings.VAULT_INTAKE_PUBLIC = settings.VAULT_INTAKE_PRIVATE = {"eu": text}
    with pytest.raises(NoIntakeKey, match="VAULT_INTAKE_PUBLIC_EU"):
        seal_chunk("eu", "UP-1", 0, b"chunk")
    with pytest.raises(NoIntakeKey, match="VAULT_INTAKE_PRIVATE_EU"):
        open_chunk("eu", "UP-1", 0, sealed)


def test_the_device_surface_loads_nothing_that_opens() -> None:
    """Whatever its environment holds by mistake."""
    private, public = intake.make_pair()
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "from portal import settings as s;"
            "print(s.VAULT_PROVIDER, s.VAULT_INTAKE_PRIVATE, s.VAULT_INTAKE_PUBLIC['eu'])",
        ],
        env=os.environ
        | {
            "PORTAL_SURFACE": "device",
            "VAULT_INTAKE_PRIVATE_EU": private,
            "VAULT_INTAKE_PUBLIC_EU": public,
        },
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parents[3],
    )
    assert said.stdout.split() == ["none", "{}", public]


@pytest.mark.parametrize(("upload", "number"), [("UP-1", -1), ("UP|1", 0)])
def test_a_chunk_without_a_clear_name_is_refused(upload: str, number: int) -> None:
    with pytest.raises(ValueError, match="chunk"):
        seal_chunk("eu", upload, number, b"chunk")
