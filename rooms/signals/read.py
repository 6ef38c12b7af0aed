"""All signals of a device from one report: which functions there are, and the one that calls them.

A signal that does not apply, such as a content camera where none was chosen, has no reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from rooms.kinds import DeviceKind, Platform
from rooms.reports.schema import Report
from rooms.signals import behaviour, environment, hardware, ready, up_to_date
from rooms.signals.catalogue import SIGNALS, DeviceType
from rooms.signals.reading import UNTOLD, Facts, Key, Reading, Value
from rooms.signals.thresholds import DEFAULTS, Thresholds

Judge = Callable[[Facts, Thresholds], Reading | None]

JUDGES: Final[dict[str, Judge]] = {
    judge.__name__: judge
    for judge in (
        ready.sign_in_exchange,
        ready.sign_in_teams,
        ready.calendar_sync,
        ready.app_heartbeat,
        ready.nightly_reboot,
        ready.bluetooth,
        ready.default_credentials,
        ready.pairing,
        up_to_date.app_version,
        up_to_date.os_version,
        up_to_date.windows_update_disabled,
        up_to_date.windows_activation,
        up_to_date.wsus_enabled,
        up_to_date.windows_update_reset,
        environment.network,
        environment.wifi_only,
        environment.wifi_weak,
        environment.windows_update_blocked,
        environment.time_drift,
        environment.monitoring_partial,
        hardware.camera_room,
        hardware.camera_default,
        hardware.camera_content,
        hardware.hdmi_ingest,
        hardware.microphone,
        hardware.microphone_configured,
        hardware.speaker,
        hardware.speaker_configured,
        hardware.speaker_misconfigured,
        hardware.speaker_default,
        hardware.rally_mic_pod,
        hardware.rally_speaker,
        hardware.display_console,
        hardware.display_second,
        hardware.disk_space,
        hardware.disk_health,
        hardware.usb_suspend,
        hardware.usb_power_drain,
        hardware.cpu_limited,
        hardware.sleep_timer,
        behaviour.restarts_excessive,
        behaviour.app_crashes,
        behaviour.blue_screens,
        behaviour.usb_flapping,
    )
}
# Several instances of one signal; by name as above.
DISPLAYS: Final = "display_front"
# Not functions of a report: a person records, silence and a floor's outage are seen from outside
# (rooms.signals.silence), and an outage of the service is declared.
ELSEWHERE: Final = frozenset(
    {"recorded_issue", "monitoring", "offline", "outage", "floor_outage"}
)  # fmt: skip
# Signals whose being read at all hangs on a part of the report that may be left out.
HANGS_ON: Final[dict[str, str]] = {
    "camera_default": "configured",
    "camera_content": "configured",
    "hdmi_ingest": "configured",
    "microphone_configured": "configured",
    "speaker_configured": "configured",
    "speaker_default": "configured",
    "rally_mic_pod": "configured",
    "rally_speaker": "configured",
    "pairing": "configured",
    "display_front": "displays",
    "display_console": "displays",
    "display_second": "displays",
}
GONE: Final = "Does not apply to this room any more."

_JUDGES_OF: Final[dict[DeviceType, tuple[Judge, ...]]] = {
    device: tuple(judge for code, judge in JUDGES.items() if device in SIGNALS[code].on)
    for device in DeviceType
}
_WITH_DISPLAYS: Final = frozenset(SIGNALS[DISPLAYS].on)


def device_type(platform: str, kind: str) -> DeviceType:
    """What severities depend on, from what the device runs and what it is for."""
    if platform == Platform.WINDOWS:
        return DeviceType.WINDOWS
    if kind == DeviceKind.PANEL:
        return DeviceType.PANEL
    return DeviceType.TOUCH_CONSOLE if kind == DeviceKind.CONSOLE else DeviceType.VIDEO_BAR


def read_all(
    report: Report,
    device: DeviceType,
    limits: Thresholds = DEFAULTS,
    known: Iterable[Key] = (),
) -> list[Reading]:
    """What the report says of every signal that it can tell of.

    `known` are the (code, instance) that the device has a state of. One that has no reading any
    more, such as display 2 of a room that now has one, is read as healthy, so that its incident
    resolves; or as unknown when the report leaves out the part that would tell.
    """
    facts = Facts(report)
    readings = [
        reading for judge in _JUDGES_OF[device] if (reading := judge(facts, limits)) is not None
    ]
    if device in _WITH_DISPLAYS:
        readings.extend(hardware.display_front(facts, limits))
    if known:
        read = {(reading.code, reading.instance) for reading in readings}
        readings.extend(
            _gone(report, key) for key in known if key not in read and key[0] not in ELSEWHERE
        )
    return readings


def _gone(report: Report, key: Key) -> Reading:
    """What a signal without a reading is read as."""
    part = HANGS_ON.get(key[0])
    if part is not None and part not in report.model_fields_set:
        return Reading(key[0], Value.UNKNOWN, UNTOLD, key[1])
    return Reading(key[0], Value.HEALTHY, GONE, key[1])
