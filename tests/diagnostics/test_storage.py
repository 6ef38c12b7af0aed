"""Bundles in storage: on the disk, and by Azure's own library against a server of that protocol.

The server is a stand-in of ours; where Azurite is installed, the same tests run against it too.
"""

from __future__ import annotations

import hashlib
import os
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import BlobServiceClient
from django.core.files.storage import storages

from diagnostics import storage
from diagnostics.storage import NotStored, StillThere, StorageFault
from diagnostics.storage.blobs import RegionBlobs
from tests.diagnostics import azurite, blob_server
from tests.diagnostics.blob_server import Blobs

KINDS = ["disk", "stand-in", *(["azurite"] if azurite.find_azurite() else [])]
MIB = 1024 * 1024


@dataclass
class Place:
    """The storage under test: a folder, or a server."""

    kind: str
    folder: Path
    server: Blobs | None = None

    @property
    def stand_in(self) -> Blobs:
        """The server, where it is ours."""
        assert self.server is not None
        return self.server


@pytest.fixture(scope="module")
def servers() -> Iterator[Callable[[str], Blobs]]:
    """Servers, started when the first test asks for one and ended with the module."""
    begun: dict[str, Any] = {}

    def serve(kind: str) -> Blobs:
        if kind not in begun:
            program = azurite.find_azurite() or ""
            block = blob_server.running() if kind == "stand-in" else azurite.running(program)
            begun[kind] = (block, block.__enter__())
            with BlobServiceClient.from_connection_string(
                begun[kind][1].connection_string()
            ) as client:
                for region in ("eu", "us"):
                    client.create_container(f"bundles-{region}")
        return begun[kind][1]

    yield serve
    for block, _ in begun.values():
        block.__exit__(None, None, None)


def use(settings: Any, place: Place, key: bytes | None = None) -> None:
    """Let the settings name that storage, as they would from the environment."""
    if place.server is None:
        backend = "diagnostics.storage.files.RegionFiles"
        options = {r: {"location": str(place.folder / r)} for r in ("eu", "us")}
    else:
        backend = "diagnostics.storage.blobs.RegionBlobs"
        options = {
            region: {
                "azure_container": f"bundles-{region}",
                "account_name": None,
                "connection_string": place.server.connection_string(key),
            }
            for region in ("eu", "us")
        }
    settings.STORAGES = {
        **settings.STORAGES,
        **{f"bundles_{r}": {"BACKEND": backend, "OPTIONS": options[r]} for r in ("eu", "us")},
    }


@pytest.fixture(params=KINDS)
def place(
    request: pytest.FixtureRequest,
    servers: Callable[[str], Blobs],
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Place]:
    """Each storage in turn."""
    kind = request.param
    made = Place(kind, tmp_path, None if kind == "disk" else servers(kind))
    hasty = {**RegionBlobs.PATIENCE, "retry_total": 1, "initial_backoff": 0, "increment_base": 0}
    monkeypatch.setattr(RegionBlobs, "PATIENCE", hasty)
    use(settings, made)
    yield made
    for region in ("eu", "us"):
        for found in list(storage.everything(region)):
            storage.remove(region, found.name)


def test_what_is_put_is_read(place: Place) -> None:
    parts = [os.urandom(size) for size in (1, 0, 70_000, MIB)]
    whole = b"".join(parts)
    stored = storage.put("eu", "chunks", parts)
    assert stored.bytes == len(whole) == storage.size("eu", stored.name)
    assert stored.sha256 == hashlib.sha256(whole).hexdigest()
    assert b"".join(storage.read("eu", stored.name)) == whole
    for offset in (1, 70_000, len(whole) - 1, len(whole), len(whole) + 5):
        assert b"".join(storage.read("eu", stored.name, offset)) == whole[offset:]


def test_nothing_at_all_is_put_and_read(place: Place) -> None:
    stored = storage.put("eu", "files", [])
    assert stored.bytes == storage.size("eu", stored.name) == 0
    assert list(storage.read("eu", stored.name)) == []


def test_a_large_file_costs_little_memory(place: Place) -> None:
    """Written and read in pieces, whatever its size: 32 MiB here.

    The stand-in holds blobs in this process's memory, and sends them from there, so for it only
    the size of what it was sent is looked at.
    """
    block, total = os.urandom(MIB), 32
    storage.put("eu", "files", [b"warm"])
    tracemalloc.start()
    try:
        stored = storage.put("eu", "files", (block for _ in range(total)))
        digest = hashlib.sha256()
        for piece in storage.read("eu", stored.name):
            digest.update(piece)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert stored.bytes == total * MIB
    assert digest.hexdigest() == stored.sha256
    if place.kind == "stand-in":
        assert place.stand_in.largest_body <= 4 * MIB
    else:
        assert peak < 16 * MIB


def test_names_are_unguessable_and_differ(place: Place) -> None:
    names = {storage.put("eu", "files", [b"same"]).name for _ in range(5)}
    assert len(names) == 5
    assert all(storage.checked(name) == name and len(name) < 120 for name in names)
    assert {found.name for found in storage.everything("eu")} == names


def test_nothing_is_overwritten(place: Place) -> None:
    first = storage.put("eu", "files", [b"first"])
    store: Any = storages["bundles_eu"]
    for text in (b"second", bytes(5 * MIB)):
        with pytest.raises(StorageFault, match="already"):
            store.save(first.name, storage._Parts([text]))
    assert b"".join(storage.read("eu", first.name)) == b"first"


def test_what_is_removed_is_gone(place: Place) -> None:
    stored = storage.put("eu", "files", [b"text"])
    assert storage.exists("eu", stored.name)
    storage.remove("eu", stored.name)
    assert not storage.exists("eu", stored.name)
    storage.remove("eu", stored.name)
    for ask in (storage.size, lambda *words: list(storage.read(*words))):
        with pytest.raises(NotStored):
            ask("eu", stored.name)
    assert list(storage.everything("eu")) == []


def test_a_source_that_breaks_off_leaves_nothing(place: Place) -> None:
    def broken() -> Iterator[bytes]:
        yield bytes(5 * MIB)
        raise ConnectionAbortedError("the device went away")

    with pytest.raises((ConnectionAbortedError, StorageFault)):
        storage.put("eu", "chunks", broken())
    assert list(storage.everything("eu")) == []
    if place.kind == "disk":
        assert not [path for path in place.folder.rglob("*") if path.is_file()]


def test_regions_do_not_see_each_other(place: Place) -> None:
    stored = storage.put("eu", "files", [b"text"])
    assert not storage.exists("us", stored.name)
    assert list(storage.everything("us")) == []


@pytest.mark.parametrize(
    "name",
    ["", "../eu/x", "/etc/passwd", "files/../../x", "files/aa/" + "b" * 39, "other/aa/" + "b" * 40,
     "files/aa/" + "b" * 40 + "\n"],
)  # fmt: skip
def test_a_name_that_is_not_ours_is_not_followed(name: str) -> None:
    for ask in (
        storage.size,
        storage.exists,
        storage.remove,
        lambda r, n: list(storage.read(r, n)),
    ):
        with pytest.raises(NotStored, match="no name"):
            ask("eu", name)
    with pytest.raises(NotStored):
        storage.put("eu", "elsewhere", [b""])


# -- Of one kind ----------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["disk"], indirect=True)
def test_files_are_their_owners_alone(place: Place) -> None:
    storage.put("eu", "files", [b"text"])
    paths = list((place.folder / "eu").rglob("*"))
    assert {path.stat().st_mode & 0o777 for path in paths if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in paths if path.is_dir()} == {0o700}


@pytest.mark.parametrize("place", ["disk"], indirect=True)
def test_a_disk_that_refuses_is_a_fault(place: Place) -> None:
    (place.folder / "eu").write_text("a file where the folder should be")
    with pytest.raises(StorageFault, match="disk"):
        storage.put("eu", "files", [b"text"])
    (place.folder / "eu").unlink()


@pytest.mark.parametrize("place", KINDS[1:], indirect=True)
def test_a_wrong_key_is_a_fault(place: Place, settings: Any) -> None:
    stored = storage.put("eu", "files", [b"text"])
    use(settings, place, key=b"another key")
    for ask in (
        storage.size,
        storage.exists,
        storage.remove,
        lambda r, n: list(storage.read(r, n)),
    ):
        with pytest.raises(StorageFault, match="answered 403"):
            ask("eu", stored.name)
    with pytest.raises(StorageFault, match="answered 403"):
        storage.put("eu", "files", [b"text"])
    use(settings, place)


@pytest.mark.parametrize("place", ["stand-in"], indirect=True)
def test_a_removal_that_removes_nothing_is_noticed(place: Place) -> None:
    stored = storage.put("eu", "files", [b"text"])
    place.stand_in.never_deletes = True
    with pytest.raises(StillThere):
        storage.remove("eu", stored.name)
    place.stand_in.never_deletes = False


@pytest.mark.parametrize("place", ["stand-in"], indirect=True)
def test_a_service_that_is_down_is_a_fault(
    place: Place, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.stand_in.broken = True
    with pytest.raises(StorageFault, match="answered 500"):
        storage.size("eu", "files/aa/" + "b" * 40)
    place.stand_in.broken = False
    monkeypatch.setitem(RegionBlobs.PATIENCE, "retry_total", 0)
    gone = Place("stand-in", place.folder, Blobs("http://127.0.0.1:9", key=place.stand_in.key))
    use(settings, gone)
    with pytest.raises(StorageFault, match="could not be asked"):
        storage.put("eu", "files", [b"text"])
    use(settings, place)


def test_the_settings_name_a_storage_for_each_region(settings: Any) -> None:
    for region in settings.PORTAL_REGIONS:
        assert storages[f"bundles_{region}"].location == str(settings.BUNDLES_DIR / region)
