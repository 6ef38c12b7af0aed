"""Hardware and cabling: what is plugged in and works, against what the room is set up to use."""

from __future__ import annotations

import pytest

from rooms.signals.reading import Value
from rooms.signals.thresholds import Thresholds
from tests.rooms.signals.reports import (
    CAMERA,
    CONTENT,
    HEALTHY,
    INGEST,
    SOUND,
    SPARE_CAMERA,
    SPARE_MICROPHONE,
    SPARE_SPEAKER,
    UNHEALTHY,
    UNKNOWN,
    Case,
    check,
    names,
    plugged,
    read,
    report,
)

GIB = 2**30
NOTHING_LISTED = {"peripherals": []}


def gone(*numbers: int, **how: object) -> dict[str, object]:
    """Changes that take these peripherals away."""
    return {"peripherals": plugged(*numbers, **how)}


def disk(free: int | None, total: int | None = 128 * GIB) -> dict[str, object]:
    """Changes that set the free and the whole space."""
    return {"system": {"disk_free_bytes": free, "disk_total_bytes": total}}


CASES: list[Case] = [
    ("camera_room", {}, HEALTHY, ""),
    ("camera_room", gone(CAMERA), HEALTHY, ""),
    ("camera_room", gone(CAMERA, SPARE_CAMERA), UNHEALTHY, "No room camera"),
    (
        "camera_room",
        gone(CAMERA, SPARE_CAMERA, connected=True, usable=False),
        UNHEALTHY,
        "",
    ),
    ("camera_room", NOTHING_LISTED, UNKNOWN, "does not tell"),
    ("camera_default", {}, HEALTHY, ""),
    ("camera_default", gone(SPARE_CAMERA), HEALTHY, ""),
    ("camera_default", gone(CAMERA), UNHEALTHY, "another one works"),
    ("camera_default", gone(CAMERA, connected=True, usable=False), UNHEALTHY, ""),
    ("camera_default", gone(CAMERA, SPARE_CAMERA), UNKNOWN, "Nothing else"),
    ("camera_default", NOTHING_LISTED, UNKNOWN, ""),
    ("camera_content", {}, HEALTHY, ""),
    ("camera_content", gone(CONTENT), UNHEALTHY, "content camera"),
    ("camera_content", NOTHING_LISTED, UNKNOWN, ""),
    ("hdmi_ingest", {}, HEALTHY, ""),
    ("hdmi_ingest", gone(INGEST), UNHEALTHY, "ingest"),
    ("hdmi_ingest", NOTHING_LISTED, UNKNOWN, ""),
    ("microphone", {}, HEALTHY, ""),
    ("microphone", gone(SOUND), HEALTHY, ""),
    ("microphone", gone(SOUND, SPARE_MICROPHONE), UNHEALTHY, "microphone"),
    ("microphone", NOTHING_LISTED, UNKNOWN, ""),
    ("microphone_configured", {}, HEALTHY, ""),
    ("microphone_configured", gone(SOUND), UNHEALTHY, "another one is used"),
    ("microphone_configured", gone(SOUND, SPARE_MICROPHONE), UNKNOWN, ""),
    ("microphone_configured", NOTHING_LISTED, UNKNOWN, ""),
    ("speaker", {}, HEALTHY, ""),
    ("speaker", gone(SOUND), HEALTHY, ""),
    ("speaker", gone(SOUND, SPARE_SPEAKER), UNHEALTHY, "No usable speaker"),
    ("speaker", NOTHING_LISTED, UNKNOWN, ""),
    ("speaker_configured", {}, HEALTHY, ""),
    ("speaker_configured", gone(SOUND), UNHEALTHY, "another one is used"),
    ("speaker_configured", NOTHING_LISTED, UNKNOWN, ""),
    ("speaker_misconfigured", {}, HEALTHY, ""),
    ("speaker_misconfigured", {"configured": {"speaker_is_display": True}}, UNHEALTHY, "display"),
    ("speaker_misconfigured", {"configured": ...}, UNKNOWN, ""),
    ("speaker_default", {}, HEALTHY, ""),
    ("speaker_default", gone(SOUND), UNHEALTHY, "default speaker"),
    ("speaker_default", NOTHING_LISTED, UNKNOWN, ""),
    ("rally_mic_pod", {}, HEALTHY, ""),
    ("rally_mic_pod", {"logitech": {"mic_pods": 1}}, UNHEALTHY, "1 of 2"),
    ("rally_mic_pod", {"logitech": {"sync_running": False, "mic_pods": 0}}, UNKNOWN, "Sync"),
    ("rally_mic_pod", {"logitech": None}, UNKNOWN, ""),
    ("rally_speaker", {}, HEALTHY, ""),
    ("rally_speaker", {"logitech": {"rally_speakers": 0}}, UNHEALTHY, "0 of 2"),
    ("rally_speaker", {"logitech": {"sync_running": False}}, UNKNOWN, ""),
    ("disk_space", {}, HEALTHY, ""),
    ("disk_space", disk(10 * GIB), HEALTHY, ""),
    ("disk_space", disk(3 * GIB), UNHEALTHY, "3.0 GiB free"),
    ("disk_space", disk(0, 0), UNHEALTHY, "0.0 GiB free"),
    ("disk_space", disk(None), UNKNOWN, ""),
    ("disk_space", disk(200 * GIB), UNKNOWN, ""),
    ("disk_health", {}, HEALTHY, ""),
    ("disk_health", {"system": {"disk_health": "worn"}}, UNHEALTHY, "wear"),
    ("disk_health", {"system": {"disk_health": "errors"}}, UNHEALTHY, "errors"),
    ("disk_health", {"system": {"disk_health": None}}, UNKNOWN, ""),
    ("usb_suspend", {}, HEALTHY, ""),
    ("usb_suspend", {"power": {"usb_selective_suspend": True}}, UNHEALTHY, "sleep"),
    ("usb_suspend", {"power": ...}, UNKNOWN, ""),
    ("usb_power_drain", {}, HEALTHY, ""),
    ("usb_power_drain", {"power": {"usb_power_drain": True}}, UNHEALTHY, "drain"),
    ("usb_power_drain", {"power": ...}, UNKNOWN, ""),
    ("cpu_limited", {}, HEALTHY, ""),
    ("cpu_limited", {"power": {"cpu_limit_percent": 60}}, UNHEALTHY, "60%"),
    ("cpu_limited", {"power": {"cpu_limit_percent": None}}, UNKNOWN, ""),
    ("sleep_timer", {}, HEALTHY, ""),
    ("sleep_timer", {"power": {"sleep_after_minutes": 30}}, UNHEALTHY, "after 30 minutes"),
    ("sleep_timer", {"power": {"sleep_after_minutes": None}}, UNKNOWN, ""),
    ("display_front", {"displays": {"front_configured": 1, "front_found": 1}}, HEALTHY, ""),
    ("display_front", {"displays": {"front_configured": 1, "front_found": 3}}, HEALTHY, ""),
    ("display_front", {"displays": {"front_configured": 1, "front_found": 0}}, UNHEALTHY, "not"),
    ("display_front", {"displays": {"front_configured": 1, "front_found": None}}, UNKNOWN, ""),
    ("display_console", {}, HEALTHY, ""),
    ("display_console", {"displays": {"console_found": False}}, UNHEALTHY, "console"),
    ("display_console", {"displays": {"console_found": None}}, UNKNOWN, ""),
    ("display_second", {}, HEALTHY, ""),
    ("display_second", {"displays": {"second_found": False}}, UNHEALTHY, "second"),
    ("display_second", {"displays": {"second_found": None}}, UNKNOWN, ""),
]


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_reads(case):
    check(case)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("camera_default", {"configured": {"camera": None}}),
        ("camera_content", {"configured": {"content_camera": None}}),
        ("hdmi_ingest", {"configured": {"hdmi_ingest": False}, **gone(INGEST)}),
        ("microphone_configured", {"configured": {"microphone": None}}),
        ("speaker_configured", {"configured": {"speaker": None}}),
        ("speaker_default", {"configured": {"default_speaker": None}}),
        ("rally_mic_pod", {"configured": {"mic_pods": 0}, "logitech": None}),
        ("rally_speaker", {"configured": {"rally_speakers": 0}, "logitech": None}),
        ("display_front", {"displays": {"front_configured": 0}}),
        ("display_console", {"displays": {"console_configured": False}}),
        ("display_second", {"displays": {"second_configured": False}}),
    ],
)
def test_what_the_room_does_not_have_is_not_read(code, changes):
    assert read(code, changes) == []


def values(found: int | None, configured: int = 2) -> dict[str, Value]:
    """The front of room displays by instance."""
    changes = {"displays": {"front_configured": configured, "front_found": found}}
    return {reading.instance: reading.value for reading in read("display_front", changes)}


def test_each_front_display_is_an_instance():
    assert values(2) == {"display 1": HEALTHY, "display 2": HEALTHY}
    assert values(1) == {"display 1": HEALTHY, "display 2": UNHEALTHY}
    assert values(0) == {"display 1": UNHEALTHY, "display 2": UNHEALTHY}
    assert values(None) == {"display 1": UNKNOWN, "display 2": UNKNOWN}
    assert values(8, 4) == dict.fromkeys([f"display {n}" for n in range(1, 5)], HEALTHY)


def test_display_as_speaker_keeps_the_speaker_signal_quiet():
    changes = {"configured": {"speaker_is_display": True}, **gone(SOUND, SPARE_SPEAKER)}
    (speaker,) = read("speaker", changes)
    (misconfigured,) = read("speaker_misconfigured", changes)
    assert (speaker.value, misconfigured.value) == (Value.HEALTHY, Value.UNHEALTHY)


def test_content_camera_is_no_room_camera():
    (reading,) = read("camera_room", gone(CAMERA, SPARE_CAMERA))
    assert reading.value == Value.UNHEALTHY


def test_like_for_like_swap_counts_as_another_camera():
    parts = plugged()
    parts[0]["instance"] = "NEW"
    (reading,) = read("camera_default", {"peripherals": parts})
    assert reading.value == Value.UNHEALTHY


def test_free_space_is_a_limit():
    (reading,) = read("disk_space", disk(15 * GIB), Thresholds(least_free_gib=20))
    assert reading.value == Value.UNHEALTHY


def test_device_without_usb_numbers_is_found_by_its_hardware_id():
    part = {"kind": "microphone", "name": "Ceiling", "instance": "A:1", "connected": True}
    changes = {"configured": {"microphone": "0000:0000:A:1"}, "peripherals": [part]}
    (reading,) = read("microphone_configured", changes)
    assert reading.value == Value.HEALTHY
    assert report(changes).peripherals[0].hardware_id == "0000:0000:A:1"
