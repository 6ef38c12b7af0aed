"""Bundles that a simulated device makes: real formats, the same each time, true to its state."""

from __future__ import annotations

import hashlib
import io
import json
import tracemalloc
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from evtx import PyEvtxParser

from rooms.simulator.bundle.maker import make_bundle
from rooms.simulator.bundle.order import Flaw, Order, Part, UnreadableOrder
from rooms.simulator.bundle.spoken import canaries
from rooms.simulator.condition import Condition
from rooms.simulator.machines import Machine
from rooms.simulator.parts import Part as Plugged
from tests.rooms.simulator.bundles import (
    BEGAN,
    EVERYTHING,
    MOMENT,
    Story,
    computer,
    order,
    state,
)

SYSTEM = Part("event_log", "System")
APPLICATION = Part("event_log", "Application")
AAD = Part("event_log", "Microsoft-Windows-AAD/Operational")


def unzipped(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def events(raw: bytes) -> list[dict[str, Any]]:
    parser = PyEvtxParser(io.BytesIO(raw), 1, None, True)
    return [json.loads(record["data"])["Event"] for record in parser.records_json()]


def ids(found: list[dict[str, Any]]) -> Counter[tuple[str, int]]:
    return Counter(
        (one["System"]["Provider"]["#attributes"]["Name"], one["System"]["EventID"])
        for one in found
    )


def written(tmp_path: Path, story: Story, part: Part) -> list[dict[str, Any]]:
    files = unzipped(make_bundle(state(story), order(part), tmp_path))
    return events(files[f"Windows/EventLog/{part.channel.replace('/', '%4')}.evtx"])


def late(moment: datetime, hours: float = 1) -> bool:
    return moment >= BEGAN + timedelta(hours=hours)


def test_bundle_holds_everything_that_was_ordered(tmp_path: Path):
    path = make_bundle(state(), order(), tmp_path)
    files = unzipped(path)
    manifest = json.loads(files.pop("manifest.json"))
    assert manifest["collection"] == "COL-ABCD1234"
    assert manifest["device"] == "DV-ABCD1234"
    assert manifest["left_out"] == []
    assert {one["path"] for one in manifest["files"]} == set(files)
    assert len(files) == len(EVERYTHING)
    for one in manifest["files"]:
        assert one["sha256"] == hashlib.sha256(files[one["path"]]).hexdigest()
        assert one["bytes"] == len(files[one["path"]]) > 0
    assert path.stat().st_mode & 0o777 == 0o600


def test_same_device_and_order_make_the_same_bytes(tmp_path: Path):
    one, again = (
        make_bundle(state(), order(), tmp_path / name).read_bytes() for name in ("one", "again")
    )
    assert one == again


def test_windows_that_crashes_says_so(tmp_path: Path):
    def story(machine: Machine, condition: Condition, moment: datetime) -> Condition:
        count = int((moment - BEGAN) / timedelta(minutes=25)) if moment > BEGAN else 0
        started = BEGAN + count * timedelta(minutes=25) if count else condition.started_at
        return replace(condition, restarts=count, blue_screens=count // 2, started_at=started)

    found = ids(written(tmp_path, story, SYSTEM))
    assert found["Microsoft-Windows-Kernel-Power", 41] == 7
    assert found["EventLog", 6008] == 7
    assert found["Microsoft-Windows-WER-SystemErrorReporting", 1001] == 3


def test_app_that_crashes_says_so(tmp_path: Path):
    def story(machine: Machine, condition: Condition, moment: datetime) -> Condition:
        return replace(condition, crashes=4) if late(moment) else condition

    found = ids(written(tmp_path, story, APPLICATION))
    assert found["Application Error", 1000] == 4
    assert found["Windows Error Reporting", 1001] == 4


def test_failed_sign_in_tells_its_code(tmp_path: Path):
    def story(machine: Machine, condition: Condition, moment: datetime) -> Condition:
        return replace(condition, teams_code="AADSTS50055") if late(moment) else condition

    found = [
        one["EventData"]
        for one in written(tmp_path, story, AAD)
        if one["System"]["EventID"] == 1098
    ]
    assert len(found) > 5
    assert {one["ErrorCode"] for one in found} == {"AADSTS50055"}
    files = unzipped(make_bundle(state(story), order(Part("teams_log")), tmp_path))
    assert b"FailedAuthentication code=AADSTS50055 get_skype_license" in files["App/Teams/Logs.txt"]


def test_loose_usb_cable_shows_in_the_tree_and_in_the_log(tmp_path: Path):
    camera = next(part for part in computer().parts if part.on_usb and part.vendor_id)

    def this(part: Plugged) -> bool:
        return part.instance == camera.instance

    def story(machine: Machine, condition: Condition, moment: datetime) -> Condition:
        if late(moment, 2):
            return condition.unplug(this, link_changes=7)
        return condition.change(this, link_changes=4) if late(moment) else condition

    found = ids(written(tmp_path, story, SYSTEM))
    assert found["Microsoft-Windows-DriverFrameworks-UserMode", 2102] == 3
    assert found["Microsoft-Windows-Kernel-PnP", 442] == 3
    assert found["Microsoft-Windows-Kernel-PnP", 410] == 2
    files = unzipped(make_bundle(state(story), order(Part("query_usb")), tmp_path))
    tree = json.loads(files["Queries/usb.json"])["devices"]
    [gone] = [one for one in tree if one["state"] == "disconnected"]
    assert (gone["vendor_id"], gone["problem_code"]) == (camera.vendor_id, 45)
    assert camera.instance in gone["instance"]
    assert {one["parent"] for one in tree} <= {None, *(one["instance"] for one in tree)}


def test_heartbeat_is_written_every_five_minutes_as_the_app_does(tmp_path: Path):
    files = unzipped(make_bundle(state(), order(Part("event_log", "Skype Room System")), tmp_path))
    found = events(files["Windows/EventLog/Skype Room System.evtx"])
    assert ids(found)["SRS-App", 2000] == ids(found)["SRS-App", 3000] == 37
    beat = next(one for one in found if one["System"]["EventID"] == 2000)
    told = json.loads(beat["EventData"]["Data"]["#text"])
    assert {"Description", "ResourceState", "OperationName", "OperationResult"} <= set(told)


def test_wrong_clock_dates_the_events(tmp_path: Path):
    def story(machine: Machine, condition: Condition, moment: datetime) -> Condition:
        return replace(condition, clock_ahead=timedelta(days=40))

    found = written(tmp_path, story, SYSTEM)
    at = datetime.fromisoformat(found[-1]["System"]["TimeCreated"]["#attributes"]["SystemTime"])
    assert abs(at.astimezone(UTC) - MOMENT - timedelta(days=40)) < timedelta(minutes=10)


def test_device_redacts_what_was_said(tmp_path: Path):
    kept = b"".join(unzipped(make_bundle(state(), order(hours=12), tmp_path)).values())
    assert b"[redacted]" in kept
    assert not [word for word in canaries(computer()).values() if word.encode() in kept]


def test_leaky_device_does_not(tmp_path: Path):
    files = unzipped(make_bundle(state(None, Flaw.LEAKY), order(hours=12), tmp_path))
    kept = b"".join(files.values())
    assert all(word.encode() in kept for word in canaries(computer()).values())


def test_machine_without_windows_leaves_all_out(tmp_path: Path):
    from_bar = replace(computer(), platform="android")  # type: ignore[arg-type]  # as text
    files = unzipped(make_bundle(state(machine=from_bar), order(), tmp_path))
    assert set(files) == {"manifest.json"}
    assert len(json.loads(files["manifest.json"])["left_out"]) == len(EVERYTHING)


def test_bundle_of_a_size_is_made_in_constant_memory(tmp_path: Path):
    logs = order(SYSTEM, Part("teams_log"))

    def peak(size: int) -> tuple[int, int]:
        tracemalloc.start()
        try:
            path = make_bundle(state(), logs, tmp_path, fill_bytes=size)
            return tracemalloc.get_traced_memory()[1], unpacked_bytes(path)
        finally:
            tracemalloc.stop()

    few, small = peak(400_000)
    many, large = peak(2_400_000)
    assert large > 4 * small
    assert many < few * 1.5 + 500_000


def test_bundle_is_filled_to_about_the_size_that_is_wanted(tmp_path: Path):
    path = make_bundle(state(), order(), tmp_path, fill_bytes=1_500_000, packed=False)
    assert 1_200_000 < path.stat().st_size < 3_000_000
    with zipfile.ZipFile(path) as file:
        assert {one.compress_type for one in file.infolist()} == {zipfile.ZIP_STORED}


def unpacked_bytes(path: Path) -> int:
    with zipfile.ZipFile(path) as file:
        return sum(one.file_size for one in file.infolist())


PARAMETERS: dict[str, Any] = {
    "collection": "COL-ABCD1234",
    "parts": [{"kind": "event_log", "channel": "System"}, {"kind": "query_usb"}],
    "from": "2022-09-14T06:00:00Z",
    "to": "2022-09-14T08:00:00+00:00",
    "upload": {"bytes_most": 10, "chunk_bytes": 5},
}


def test_order_is_read_from_a_command():
    one = Order.of(PARAMETERS)
    assert one.parts == (SYSTEM, Part("query_usb"))
    assert one.ends - one.begins == timedelta(hours=2)
    assert (one.bytes_most, one.chunk_bytes) == (10, 5)


@pytest.mark.parametrize(
    "changed",
    [{"parts": None}, {"parts": [{}]}, {"from": "x"}, {"to": "2022-09-14T08:00:00"}, {"upload": 1}],
    ids=range(5),
)
def test_order_that_is_none_is_told(changed: dict[str, Any]):
    with pytest.raises(UnreadableOrder):
        Order.of(PARAMETERS | changed)
