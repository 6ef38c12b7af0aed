"""The catalogue of health signals: what each means, how much it matters, how often it is read.

Restated from Microsoft's page "Health signals" of 2025-03-25. Minutes are Microsoft's; titles
and sentences are ours, and so are the few signals in OURS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import models

from rooms.states import Severity


class SignalCategory(models.TextChoices):
    """The published groups of signals."""

    RECORDED = "recorded", "Recorded"
    ACCOUNT = "account", "Account management"
    SOFTWARE = "software", "OS, firmware and apps"
    SETTINGS = "settings", "Configurations and settings"
    HARDWARE = "hardware", "Hardware and peripherals"
    DISPLAY = "display", "Display"
    SECURITY = "security", "Security"
    CONNECTIVITY = "connectivity", "Connectivity"
    OUTAGE = "outage", "Outage"


class DeviceType(models.TextChoices):
    """What severity depends on besides the signal."""

    WINDOWS = "windows", "Windows"
    VIDEO_BAR = "video_bar", "Video bar"
    TOUCH_CONSOLE = "touch_console", "Touch console"
    PANEL = "panel", "Panel"


@dataclass(frozen=True)
class Watch:
    """How a signal is read on one type of device: minutes of polling and of watching."""

    severity: Severity
    poll: int
    watch: int

    @property
    def latency(self) -> int:
        """The most minutes until a fault shows."""
        return self.poll + self.watch


@dataclass(frozen=True)
class Signal:
    """One signal: its words, its group, and how each type of device is watched for it."""

    code: str
    title: str
    category: SignalCategory
    fault: str
    note: str
    on: dict[DeviceType, Watch]
    ours: bool = False

    def severity_on(self, device: DeviceType) -> Severity | None:
        """How much the signal matters on that type; None where the type does not have it."""
        watched = self.on.get(device)
        return watched.severity if watched else None


C, I, W, R, N = Severity  # noqa: E741 - columns of the table below
RECORDED, ACCOUNT, SOFTWARE, SETTINGS, HARDWARE, DISPLAY, SECURITY, CONNECTIVITY, OUTAGE = (
    SignalCategory
)

# code, title, category, severity, poll, watch, what is wrong when it trips, note
WINDOWS: Final[tuple[tuple[str, str, SignalCategory, Severity, int, int, str, str], ...]] = (
    ("recorded_issue", "Recorded issue", RECORDED, C, 0, 0,
     "A person recorded a problem.", "Closed by hand only."),
    ("sign_in_exchange", "Sign-in to Exchange", ACCOUNT, C, 5, 30,
     "The room account cannot sign in to Exchange.",
     "Calendar sync takes its place on devices with the newer interface."),
    ("sign_in_teams", "Sign-in to Teams", ACCOUNT, C, 5, 30,
     "The room account cannot sign in to Teams.", "AADSTS codes say why."),
    ("calendar_sync", "Calendar sync", ACCOUNT, C, 5, 30,
     "The calendar cannot be read.", "Only on devices with the newer interface."),
    ("app_version", "Meeting app version", SOFTWARE, W, 120, 0,
     "The meeting app is two releases behind, or more.", "Update rings mend it."),
    ("os_version", "Windows version", SOFTWARE, W, 120, 0,
     "This build of Windows is not supported.", ""),
    ("time_drift", "Time drift", SOFTWARE, W, 120, 0,
     "The device's clock differs from the service's.", "The allowed gap is not published."),
    ("windows_update_disabled", "Windows Update off", SOFTWARE, W, 120, 0,
     "The Windows Update service is switched off.", ""),
    ("windows_activation", "Windows activation", SOFTWARE, R, 120, 0,
     "Windows is not activated.", ""),
    ("wsus_enabled", "WSUS in use", SOFTWARE, I, 120, 0,
     "No recent updates, and a WSUS server is set.", ""),
    ("windows_update_reset", "Windows Update needs a reset", SOFTWARE, I, 120, 0,
     "No recent updates, and the update components report errors.",
     "Reset at most once a month."),
    ("app_heartbeat", "Meeting app running", SETTINGS, C, 10, 60,
     "The meeting app is not running.", "Restarted automatically where that helps."),
    ("nightly_reboot", "Nightly restart off", SETTINGS, W, 120, 0,
     "Up for two days or more, and the nightly restart is off.", ""),
    ("camera_room", "Room camera", HARDWARE, I, 5, 5,
     "No room camera is found.", "A content camera does not count."),
    ("camera_default", "Chosen camera", HARDWARE, W, 5, 5,
     "The chosen camera is gone; another one works.",
     "A unit swapped for the same model counts as another camera."),
    ("camera_content", "Content camera", HARDWARE, I, 5, 5,
     "The content camera is not found.", ""),
    ("hdmi_ingest", "HDMI ingest", HARDWARE, I, 5, 10,
     "The HDMI ingest module is not found.", "Known by a fixed list of USB ids."),
    ("disk_space", "Disk space", HARDWARE, I, 120, 15,
     "Little disk space is left.", "Cleaned up between 21:00 and 02:00 local only."),
    ("disk_health", "Disk health", HARDWARE, I, 120, 0,
     "The system drive reports wear or errors.", ""),
    ("usb_suspend", "USB selective suspend", HARDWARE, W, 120, 0,
     "The power plan lets USB devices sleep.", "Mended automatically."),
    ("usb_power_drain", "USB power drain", HARDWARE, W, 120, 0,
     "Windows lets USB devices drain power.", ""),
    ("bluetooth", "Bluetooth off", HARDWARE, W, 120, 0,
     "Bluetooth is off, so nobody can join or cast from nearby.", ""),
    ("microphone", "Microphone", HARDWARE, I, 5, 5,
     "No usable microphone is found.", ""),
    ("microphone_configured", "Chosen microphone", HARDWARE, W, 5, 5,
     "The chosen microphone is gone; another one is used.", ""),
    ("speaker", "Speaker", HARDWARE, I, 5, 5,
     "No usable speaker is found.", ""),
    ("speaker_configured", "Chosen speaker", HARDWARE, W, 5, 5,
     "The chosen speaker is gone; another one is used.", ""),
    ("speaker_misconfigured", "Speaker is the display", HARDWARE, W, 5, 5,
     "The front of room display is used as the speaker.",
     "Keeps the speaker signal quiet, which would flap when the display sleeps."),
    ("speaker_default", "Default speaker", HARDWARE, W, 5, 5,
     "The chosen default speaker is gone.", ""),
    ("rally_mic_pod", "Rally mic pod", HARDWARE, W, 5, 5,
     "A Logitech mic pod is missing.", "Needs Logitech Sync on the device."),
    ("rally_speaker", "Rally speaker", HARDWARE, W, 5, 5,
     "A Logitech Rally speaker is missing.", "Needs Logitech Sync on the device."),
    ("cpu_limited", "CPU held back", HARDWARE, W, 120, 0,
     "The power plan limits the CPU on mains power.", ""),
    ("sleep_timer", "Sleep timer", HARDWARE, W, 120, 0,
     "The device is set to go to sleep.", ""),
    ("display_front", "Front of room display", DISPLAY, I, 5, 5,
     "Fewer front of room displays than configured.",
     "A display that sleeps for ten minutes stays healthy."),
    ("display_console", "Console display", DISPLAY, I, 5, 5,
     "The console display is not found.", ""),
    ("default_credentials", "Factory password", SECURITY, W, 120, 0,
     "The local Admin account still has the factory password.",
     "Never changes the health of the room."),
    ("network", "Network", CONNECTIVITY, W, 5, 0,
     "The meeting app reports limited internet.", ""),
    ("monitoring", "Monitoring", CONNECTIVITY, I, 60, 1,
     "Nothing has arrived from the device.",
     "The room shows Unmonitored: no updates, remedies or remote tasks reach it."),
    ("monitoring_partial", "Monitoring incomplete", CONNECTIVITY, W, 120, 150,
     "The agent connects but cannot send all signals.", "Often a proxy."),
    ("offline", "Offline", CONNECTIVITY, I, 180, 1,
     "The device is switched off or off the network.", ""),
    ("wifi_only", "On Wi-Fi", CONNECTIVITY, R, 120, 0,
     "There is no Ethernet path at all.", ""),
    ("wifi_weak", "Weak Wi-Fi", CONNECTIVITY, W, 120, 0,
     "Only Wi-Fi, and the signal is weak.", "The limit is not published."),
    ("windows_update_blocked", "Windows Update unreachable", CONNECTIVITY, W, 120, 10,
     "The update servers cannot be reached.", ""),
    ("outage", "Service outage", OUTAGE, N, 0, 0,
     "The service itself has an outage.", ""),
)  # fmt: skip

BAR = (DeviceType.VIDEO_BAR, DeviceType.TOUCH_CONSOLE)
# code, title and words of those that Windows does not have, severity, poll, watch, device types
ANDROID: Final[tuple[tuple[str, Severity, int, int, tuple[DeviceType, ...]], ...]] = (
    ("recorded_issue", C, 0, 0, (*BAR, DeviceType.PANEL)),
    ("sign_in_teams", C, 180, 0, BAR),
    ("app_heartbeat", C, 180, 20, BAR),
    ("display_second", W, 180, 20, BAR),
    ("bluetooth", W, 180, 20, BAR),
    ("pairing", W, 180, 60, BAR),
    ("network", I, 180, 20, BAR),
    ("offline", C, 180, 60, BAR),
)
ANDROID_ONLY: Final[tuple[tuple[str, str, SignalCategory, str], ...]] = (
    ("display_second", "Second display", DISPLAY, "The second display is not found."),
    ("pairing", "Console pairing", HARDWARE, "The touch console and the video bar are not paired."),
)

# Ours: behaviour that no published signal catches. Warnings, because they are guesses from
# counts: they point at a cause, and must not make a room unhealthy that works in every published
# way. Counts are over 24 hours, so a poll of two hours loses nothing. A floor's outage is no
# report's; it is judged whenever silence is.
OURS: Final[tuple[tuple[str, str, SignalCategory, int, tuple[DeviceType, ...], str, str], ...]] = (
    ("restarts_excessive", "Restarts too often", SOFTWARE, 120, (DeviceType.WINDOWS, *BAR),
     "The device restarted more often than nights and updates explain.", ""),
    ("app_crashes", "Meeting app crashes", SOFTWARE, 120, (DeviceType.WINDOWS, *BAR),
     "The meeting app crashed again and again.", ""),
    ("blue_screens", "Blue screens", SOFTWARE, 120, (DeviceType.WINDOWS,),
     "Windows stopped with a blue screen more than once.", "Often a driver, memory or the disk."),
    ("usb_flapping", "USB link comes and goes", HARDWARE, 120, (DeviceType.WINDOWS,),
     "A USB device disconnected and came back again and again.", "Often a cable or a hub."),
    ("floor_outage", "Floor fell silent", CONNECTIVITY, 0, tuple(DeviceType),
     "Many devices of this floor fell silent together.", "Power or network, rather than devices."),
)  # fmt: skip


def _catalogue() -> dict[str, Signal]:
    """The tables as one, by code."""
    android: dict[str, dict[DeviceType, Watch]] = {}
    for code, severity, poll, watch, types in ANDROID:
        android[code] = dict.fromkeys(types, Watch(severity, poll, watch))
    signals = {
        code: Signal(
            code,
            title,
            category,
            fault,
            note,
            {DeviceType.WINDOWS: Watch(severity, poll, watch), **android.get(code, {})},
        )
        for code, title, category, severity, poll, watch, fault, note in WINDOWS
    }
    for code, title, category, fault in ANDROID_ONLY:
        signals[code] = Signal(code, title, category, fault, "", android[code])
    for code, title, category, poll, types, fault, note in OURS:
        on = dict.fromkeys(types, Watch(Severity.WARNING, poll, 0))
        signals[code] = Signal(code, title, category, fault, note, on, ours=True)
    return signals


SIGNALS: Final[dict[str, Signal]] = _catalogue()
