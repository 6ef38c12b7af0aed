"""Answers to queries and activity: closed schemas, and what does not follow them is kept out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from diagnostics.bundles import activity
from diagnostics.bundles.entries import ActivityLine, KeptOut
from diagnostics.bundles.queries import read
from diagnostics.bundles.queries.time_service import TimeService
from diagnostics.bundles.queries.usb import UsbState, UsbTree
from diagnostics.kinds import PartKind

AT = "2022-09-14T08:31:07+00:00"
DEVICE: dict[str, Any] = {
    "instance": "USB\\VID_046D&PID_0866\\ABC", "parent": None, "vendor_id": "046d",
    "product_id": "0866", "name": "Logitech MeetUp", "port": "USB 1", "speed": "super",
    "state": "disconnected", "problem_code": 45,
}  # fmt: skip
TIME: dict[str, Any] = {
    "made_at": AT, "source": "time.windows.com,0x9", "running": True, "stratum": 4,
    "offset_seconds": -0.25, "last_sync_at": None, "time_zone": "Europe/Berlin",
}  # fmt: skip


def usb(*devices: dict[str, Any]) -> bytes:
    return json.dumps({"made_at": AT, "devices": devices}).encode()


def test_usb_tree_is_read():
    tree = read(usb(DEVICE), "p", PartKind.QUERY_USB)
    assert isinstance(tree, UsbTree)
    [device] = tree.devices
    assert (device.vendor_id, device.state) == ("046d", UsbState.DISCONNECTED)
    assert tree.made_at == datetime(2022, 9, 14, 8, 31, 7, tzinfo=UTC)


def test_time_service_gives_the_zone():
    told = read(b"\xef\xbb\xbf" + json.dumps(TIME).encode(), "p", PartKind.QUERY_TIME)
    assert isinstance(told, TimeService)
    assert told.zone.key == "Europe/Berlin"


@pytest.mark.parametrize(
    "changed",
    [
        {"serial_owner": "Marta"}, {"vendor_id": "46d"}, {"vendor_id": "046D"}, {"state": "fine"},
        {"name": "x" * 81}, {"name": "a\nb"}, {"name": "marta@contoso.com"}, {"instance": ""},
        {"problem_code": -1}, {"problem_code": "45"}, {"speed": None},
    ],
    ids=range(11),
)  # fmt: skip
def test_answer_outside_of_its_schema_is_kept_out(changed: dict[str, Any]):
    told = read(usb(DEVICE | changed), "Queries/usb.json", PartKind.QUERY_USB)
    assert isinstance(told, KeptOut)
    assert "Marta" not in told.why
    assert "marta" not in told.why


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_answer_that_is_no_json_is_kept_out(raw: bytes):
    assert isinstance(read(raw, "p", PartKind.QUERY_POWER), KeptOut)


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "../../etc/passwd", "", "/etc/localtime"])
def test_zone_that_is_none_is_kept_out(zone: str):
    raw = json.dumps(TIME | {"time_zone": zone}).encode()
    assert isinstance(read(raw, "p", PartKind.QUERY_TIME), KeptOut)


def line(**changed: object) -> str:
    told = {"at": AT, "kind": "meeting_joined", "who": "room", "what": "Joined"}
    return json.dumps(told | changed)


def test_activity_lines_are_read_and_broken_ones_counted():
    text = "\n".join(
        [line(), "", line(who="Jörg", what="a\x00b"), "{", line(extra=1), line(kind="Bad Kind")]
    )
    first, second, kept_out = activity.read(iter([text.encode()]), "p")
    assert first == ActivityLine(
        datetime(2022, 9, 14, 8, 31, 7, tzinfo=UTC), "meeting_joined", "room", "Joined"
    )
    assert isinstance(second, ActivityLine)
    assert (second.who, second.what) == ("Jörg", "a\ufffdb")
    assert kept_out == KeptOut("p", "3 of its lines do not follow the schema.")


def test_activity_without_a_line_says_nothing():
    assert list(activity.read(iter([b""]), "p")) == []
