"""Bundles as simulated devices make them, read by the portal: all of it, and in constant memory."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from diagnostics.bundles.bundle import Bundle, open_bundle
from diagnostics.bundles.entries import ActivityLine, Entry, KeptOut
from diagnostics.bundles.queries import Query
from diagnostics.bundles.refusal import RefusedBundle
from diagnostics.kinds import CHANNELS, LOGS, QUERIES, PartKind
from rooms.simulator.bundle.maker import make_bundle
from rooms.simulator.bundle.noise import LINES
from rooms.simulator.bundle.order import Flaw, Part
from rooms.simulator.condition import Condition
from rooms.simulator.machines import Machine
from tests.rooms.simulator.bundles import MOMENT, computer, order, state


def everything(bundle: Bundle) -> Iterator[Entry | Query | ActivityLine | KeptOut]:
    for file in bundle.files:
        if file.kind in LOGS:
            yield from bundle.entries(file)
        elif file.kind in QUERIES:
            yield bundle.query(file)
        else:
            yield from bundle.activity(file)


def made(tmp_path: Path, *flaws: Flaw, **changed: object) -> Path:
    def story(machine: Machine, condition: Condition, moment: datetime) -> Condition:
        return replace(condition, **changed)  # type: ignore[arg-type]  # by name

    return make_bundle(state(story, *flaws), order(hours=12), tmp_path)


def test_simulator_knows_the_channels_that_can_be_ordered():
    assert set(LINES) == set(CHANNELS)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"wifi_only": True, "wifi_dbm": -78.0, "wsus_set": True},
        {"update_service_on": False, "app_running": False, "sleep_after": 30},
        {"teams_code": "AADSTS53003", "internet": "limited", "complete": False},
        {"disk_free": 0.01, "disk_health": "worn", "update_reachable": False},
    ],
    ids=range(5),
)
def test_everything_in_a_made_bundle_is_read(tmp_path: Path, changed: dict[str, object]):
    with made(tmp_path, **changed).open("rb") as file:
        bundle = open_bundle(file)
        told = list(everything(bundle))
    assert not [one for one in told if isinstance(one, KeptOut)]
    assert {one.kind for one in bundle.files} == set(PartKind)
    assert bundle.zone.key == computer().zone.key
    entries = [one for one in told if isinstance(one, Entry)]
    assert {one.source for one in entries} >= {*CHANNELS, "Teams", "Agent", "Teams Rooms app"}
    for one in entries:
        assert abs((one.at - MOMENT).total_seconds()) < 13 * 3600
        assert one.text


def test_corrupt_log_is_kept_out_and_the_rest_is_read(tmp_path: Path):
    with made(tmp_path, Flaw.CORRUPT).open("rb") as file:
        told = list(everything(open_bundle(file)))
    [kept_out] = [one for one in told if isinstance(one, KeptOut)]
    assert kept_out.path == "Windows/EventLog/System.evtx"
    sources = Counter(one.source for one in told if isinstance(one, Entry))
    assert sources["Application"]
    assert sources["Teams"]


def test_encrypted_bundle_is_refused(tmp_path: Path):
    with made(tmp_path, Flaw.ENCRYPTED).open("rb") as file, pytest.raises(RefusedBundle) as refused:
        open_bundle(file)
    assert refused.value.code == "encrypted"


def test_reading_takes_no_more_memory_for_a_larger_bundle(tmp_path: Path):
    logs = order(Part("event_log", "System"), Part("teams_log"))

    def peak(size: int) -> tuple[int, int]:
        path = make_bundle(state(), logs, tmp_path, fill_bytes=size)
        tracemalloc.start()
        try:
            with path.open("rb") as file:
                count = sum(1 for _ in everything(open_bundle(file)))
            return tracemalloc.get_traced_memory()[1], count
        finally:
            tracemalloc.stop()

    few, some = peak(400_000)
    many, more = peak(2_000_000)
    assert more > 3 * some
    assert many < few * 1.3 + 500_000
