"""Hardware and cabling: cameras, sound, displays, HDMI, the disk, and the power plan."""

from __future__ import annotations

from typing import Final

from rooms.reports.schema import DiskHealth
from rooms.signals.reading import FINE, Facts, Reading, Value, Words
from rooms.signals.thresholds import Thresholds

CAMERA: Final = Words("camera_room")
CAMERA_DEFAULT: Final = Words("camera_default")
CAMERA_CONTENT: Final = Words("camera_content")
INGEST: Final = Words("hdmi_ingest")
DISK_SPACE: Final = Words("disk_space")
DISK_HEALTH: Final = Words("disk_health")
USB_SUSPEND: Final = Words("usb_suspend")
USB_DRAIN: Final = Words("usb_power_drain")
MICROPHONE: Final = Words("microphone")
MICROPHONE_CHOSEN: Final = Words("microphone_configured")
SPEAKER: Final = Words("speaker")
SPEAKER_CHOSEN: Final = Words("speaker_configured")
SPEAKER_DISPLAY: Final = Words("speaker_misconfigured")
SPEAKER_DEFAULT: Final = Words("speaker_default")
MIC_POD: Final = Words("rally_mic_pod")
RALLY_SPEAKER: Final = Words("rally_speaker")
CPU: Final = Words("cpu_limited")
SLEEP: Final = Words("sleep_timer")
FRONT: Final = Words("display_front")
CONSOLE: Final = Words("display_console")
SECOND: Final = Words("display_second")

GIB: Final = 2**30
BY_DISPLAY: Final = Reading("speaker", Value.HEALTHY, "The front of room display plays the sound.")
SYNC_OFF: Final = "Logitech Sync does not run, so nobody counts."
DISPLAY_NAMES: Final = tuple(f"display {number}" for number in range(1, 5))
DISPLAYS_WELL: Final = tuple(
    Reading("display_front", Value.HEALTHY, FINE, name) for name in DISPLAY_NAMES
)


def _some(words: Words, facts: Facts, working: int) -> Reading:
    """At least one works."""
    return words.expects(working > 0) if facts.listed else words.unclear


def _chosen(words: Words, facts: Facts, chosen: str | None, others: int) -> Reading | None:
    """The chosen one works; nothing to read where none was chosen.

    When no other works either, that is the fault of the whole kind, which has its own signal.
    """
    if chosen is None:
        return None
    if not facts.listed:
        return words.unclear
    if facts.works(chosen):
        return words.well
    return words.ill if others else words.unknown("Nothing else of the kind works either.")


def camera_room(facts: Facts, limits: Thresholds) -> Reading:
    """A room camera works; content cameras do not count."""
    return _some(CAMERA, facts, facts.cameras)


def camera_default(facts: Facts, limits: Thresholds) -> Reading | None:
    """The chosen camera works."""
    return _chosen(CAMERA_DEFAULT, facts, facts.report.configured.camera, facts.cameras)


def camera_content(facts: Facts, limits: Thresholds) -> Reading | None:
    """The chosen content camera works."""
    return _chosen(CAMERA_CONTENT, facts, facts.report.configured.content_camera, 1)


def hdmi_ingest(facts: Facts, limits: Thresholds) -> Reading | None:
    """The ingest module is there, where the room has one."""
    return _some(INGEST, facts, facts.ingests) if facts.report.configured.hdmi_ingest else None


def microphone(facts: Facts, limits: Thresholds) -> Reading:
    """A microphone works."""
    return _some(MICROPHONE, facts, facts.microphones)


def microphone_configured(facts: Facts, limits: Thresholds) -> Reading | None:
    """The chosen microphone works."""
    chosen = facts.report.configured.microphone
    return _chosen(MICROPHONE_CHOSEN, facts, chosen, facts.microphones)


def speaker(facts: Facts, limits: Thresholds) -> Reading:
    """A speaker works. The display in its place is speaker_misconfigured's fault, not this one's:
    it would come and go with the sleep of the display.
    """
    if facts.report.configured.speaker_is_display:
        return BY_DISPLAY
    return _some(SPEAKER, facts, facts.speakers)


def speaker_configured(facts: Facts, limits: Thresholds) -> Reading | None:
    """The chosen speaker works."""
    return _chosen(SPEAKER_CHOSEN, facts, facts.report.configured.speaker, facts.speakers)


def speaker_misconfigured(facts: Facts, limits: Thresholds) -> Reading:
    """The front of room display is not used as the speaker."""
    configured = facts.report.configured
    if "configured" not in facts.report.model_fields_set:
        return SPEAKER_DISPLAY.unclear
    return SPEAKER_DISPLAY.trips(configured.speaker_is_display)


def speaker_default(facts: Facts, limits: Thresholds) -> Reading | None:
    """The chosen default speaker works."""
    return _chosen(SPEAKER_DEFAULT, facts, facts.report.configured.default_speaker, 1)


def _rally(words: Words, expected: int, found: int | None) -> Reading | None:
    """As many as the room has; nothing to read where it has none. None found: nobody counts."""
    if not expected:
        return None
    if found is None:
        return words.unknown(SYNC_OFF)
    if found >= expected:
        return words.well
    return words.fault(f"{found} of {expected} found by Logitech Sync.")


def rally_mic_pod(facts: Facts, limits: Thresholds) -> Reading | None:
    """Logitech Sync sees all mic pods of the room."""
    sync = facts.report.logitech
    found = sync.mic_pods if sync is not None and sync.sync_running else None
    return _rally(MIC_POD, facts.report.configured.mic_pods, found)


def rally_speaker(facts: Facts, limits: Thresholds) -> Reading | None:
    """Logitech Sync sees all Rally speakers of the room."""
    sync = facts.report.logitech
    found = sync.rally_speakers if sync is not None and sync.sync_running else None
    return _rally(RALLY_SPEAKER, facts.report.configured.rally_speakers, found)


def display_front(facts: Facts, limits: Thresholds) -> tuple[Reading, ...]:
    """One reading for each configured display. Which of two is missing nobody says: the last."""
    displays = facts.report.displays
    configured, found = displays.front_configured, displays.front_found
    if found is None:
        return tuple(
            Reading("display_front", Value.UNKNOWN, FRONT.unclear.sentence, name)
            for name in names_of_displays(configured)
        )
    if configured == 1:
        return (FRONT.well if found else FRONT.fault("The front of room display is not found."),)
    if found >= configured:
        return DISPLAYS_WELL[:configured]
    words = f"{found} of {configured} front of room displays found."
    return (
        *DISPLAYS_WELL[:found],
        *(FRONT.fault(words, name) for name in DISPLAY_NAMES[found:configured]),
    )


def names_of_displays(configured: int) -> tuple[str, ...]:
    """What the front of room displays are called: a single one needs no name."""
    return ("",) if configured == 1 else DISPLAY_NAMES[:configured]


def display_console(facts: Facts, limits: Thresholds) -> Reading | None:
    """The console display is there, where the room has one."""
    displays = facts.report.displays
    return CONSOLE.expects(displays.console_found) if displays.console_configured else None


def display_second(facts: Facts, limits: Thresholds) -> Reading | None:
    """The second display of a video bar is there, where the room has one."""
    displays = facts.report.displays
    return SECOND.expects(displays.second_found) if displays.second_configured else None


def disk_space(facts: Facts, limits: Thresholds) -> Reading:
    """Enough of the system drive is free."""
    system = facts.report.system
    free, total = system.disk_free_bytes, system.disk_total_bytes
    if free is None or (total is not None and free > total):
        return DISK_SPACE.unclear
    if free >= limits.least_free_gib * GIB:
        return DISK_SPACE.well
    return DISK_SPACE.fault(f"{free / GIB:.1f} GiB free on the system drive.")


def disk_health(facts: Facts, limits: Thresholds) -> Reading:
    """The system drive reports neither wear nor errors."""
    health = facts.report.system.disk_health
    if health is None:
        return DISK_HEALTH.unclear
    if health is DiskHealth.GOOD:
        return DISK_HEALTH.well
    said = "wear" if health is DiskHealth.WORN else "errors"
    return DISK_HEALTH.fault(f"The system drive reports {said}.")


def usb_suspend(facts: Facts, limits: Thresholds) -> Reading:
    """The power plan keeps USB devices awake."""
    return USB_SUSPEND.trips(facts.report.power.usb_selective_suspend)


def usb_power_drain(facts: Facts, limits: Thresholds) -> Reading:
    """Windows keeps USB devices from draining power."""
    return USB_DRAIN.trips(facts.report.power.usb_power_drain)


def cpu_limited(facts: Facts, limits: Thresholds) -> Reading:
    """The power plan leaves the CPU its full speed on mains power."""
    limit = facts.report.power.cpu_limit_percent
    if limit is None:
        return CPU.unclear
    return CPU.well if limit >= 100 else CPU.fault(f"The power plan holds the CPU at {limit:.0f}%.")


def sleep_timer(facts: Facts, limits: Thresholds) -> Reading:
    """The device never goes to sleep by itself."""
    after = facts.report.power.sleep_after_minutes
    if after is None:
        return SLEEP.unclear
    return SLEEP.well if after == 0 else SLEEP.fault(f"Goes to sleep after {after} minutes.")
