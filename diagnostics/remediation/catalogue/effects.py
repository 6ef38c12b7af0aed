"""What each action would show in a report, if it worked: one function an effect."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from diagnostics.remediation.catalogue.installed import installed
from diagnostics.remediation.catalogue.parameters import (
    Parameters,
    ResetUsb,
    ToVersion,
    UsbTarget,
)
from diagnostics.remediation.catalogue.verification import CLOCK_ERROR, Evidence, Shown
from rooms.reports.schema import PeripheralSeen, Report
from rooms.signals import environment, hardware, up_to_date
from rooms.signals.reading import Facts, Reading, Value
from rooms.signals.thresholds import Thresholds

GIB: Final = 2**30
# A clean-up that frees less than this has found nothing to clean.
LEAST_FREED: Final = GIB // 10

Judge = Callable[[Facts, Thresholds], Reading | None]


def started_at(report: Report) -> datetime:
    """When the device started, to the minute, by what it tells of its uptime."""
    return report.observed_at - timedelta(minutes=report.system.uptime_minutes)


def restarted(evidence: Evidence, report: Report, told: Parameters) -> Shown:
    """The device has started since the command was sent."""
    started = started_at(report)
    if started < evidence.sent_at - CLOCK_ERROR:
        return Shown(False, f"The device has not restarted since {started:%d %b %H:%M} UTC.")
    if report.app.running is not True:
        return _app_down(report)
    return Shown(True, f"Restarted at {started:%H:%M} UTC; the meeting app runs.")


def app_runs(evidence: Evidence, report: Report, told: Parameters) -> Shown:
    """The meeting app runs. When it was started is not told, so this is all that shows."""
    if report.app.running is True:
        return Shown(True, "The meeting app runs.")
    return _app_down(report)


def _app_down(report: Report) -> Shown:
    if report.app.running is None:
        return Shown(None, "The device does not tell whether the meeting app runs.")
    return Shown(False, "The meeting app is not running.")


def usb_back(evidence: Evidence, report: Report, told: Parameters) -> Shown:
    """Whatever hung on the port or hub is connected and usable."""
    assert isinstance(told, ResetUsb)  # noqa: S101 - the catalogue pairs them
    there = _on(report.peripherals, told)
    if not there:
        return Shown(None, f"The report names nothing at {told.at}.")
    names = {seen.name for seen in there}
    # what was unplugged is listed still; what is not listed any more is gone just the same
    if evidence.before is not None:
        lost = {seen.name for seen in _on(evidence.before.peripherals, told)} - names
        if lost:
            return Shown(False, f"Not listed any more: {', '.join(sorted(lost))}.")
    return _all_work(there)


def _on(peripherals: Iterable[PeripheralSeen], told: ResetUsb) -> list[PeripheralSeen]:
    if told.target == UsbTarget.PORT:
        return [seen for seen in peripherals if seen.port == told.at]
    return [seen for seen in peripherals if told.at in (seen.parent, seen.instance)]


def _all_work(there: Iterable[PeripheralSeen]) -> Shown:
    missing = sorted({seen.name for seen in there if not (seen.connected and seen.usable)})
    if missing:
        return Shown(False, f"Still missing: {', '.join(missing)}.")
    return Shown(True, f"Connected: {', '.join(sorted({seen.name for seen in there}))}.")


def usb_found(evidence: Evidence, report: Report, told: Parameters) -> Shown:
    """What the room is set up to use works, and nothing that worked before was lost."""
    if not report.peripherals:
        return Shown(None, "The report lists no USB devices.")
    facts = Facts(report)
    chosen = report.configured
    for hardware_id in (chosen.camera, chosen.content_camera, chosen.microphone, chosen.speaker):
        if hardware_id is not None and not facts.works(hardware_id):
            return Shown(False, f"Still missing: {_name(report, hardware_id)}.")
    if evidence.before is not None:
        worked = {one.hardware_id for one in evidence.before.peripherals if one.connected}
        lost = worked - {one.hardware_id for one in report.peripherals if one.connected}
        if lost:
            names = sorted(_name(evidence.before, one) for one in lost)
            return Shown(False, f"Lost on the way: {', '.join(names)}.")
    return Shown(True, "Everything that the room uses is connected.")


def _name(report: Report, hardware_id: str) -> str:
    named = (one.name for one in report.peripherals if one.hardware_id == hardware_id)
    return next(named, hardware_id)


def version_runs(evidence: Evidence, report: Report, told: Parameters) -> Shown:
    """The named version is what is installed; compared as text."""
    assert isinstance(told, ToVersion)  # noqa: S101 - the catalogue pairs them
    there = installed(report, told)
    if not there:
        return Shown(None, "The report does not name what was updated.")
    if there == {told.version}:
        return Shown(True, f"{told.version} is installed.")
    others = ", ".join(sorted(there - {told.version}))
    return Shown(False, f"Still installed: {others}.")


def firmware_runs(evidence: Evidence, report: Report, told: Parameters) -> Shown:
    """The firmware is installed, and what carries it works: bad firmware loses its link."""
    assert isinstance(told, ToVersion)  # noqa: S101 - the catalogue pairs them
    shown = version_runs(evidence, report, told)
    if not shown.value:
        return shown
    model = told.model_on("")
    there = [one for one in report.peripherals if one.name.casefold() == model.casefold()]
    works = _all_work(there)
    return shown if works.value else works


def disk_freed(evidence: Evidence, report: Report, told: Parameters) -> Shown:
    """There is space enough, or at the least more than before."""
    reading = hardware.disk_space(Facts(report), evidence.limits)
    now = report.system.disk_free_bytes
    if now is None or reading.value is Value.UNKNOWN:
        return Shown(None, "The device does not tell its disk space.")
    was = evidence.before.system.disk_free_bytes if evidence.before is not None else None
    freed = "" if was is None else f"; {max(0, now - was) / GIB:.1f} GiB were freed"
    if reading.value is Value.UNHEALTHY:
        return Shown(False, f"{now / GIB:.1f} GiB free{freed}: still too little.")
    if was is not None and now - was < LEAST_FREED:
        return Shown(False, f"{now / GIB:.1f} GiB free, as before: nothing was cleaned up.")
    return Shown(True, f"{now / GIB:.1f} GiB free{freed}.")


def _healthy(judge: Judge, well: str) -> Callable[[Evidence, Report, Parameters], Shown]:
    """The effect that a signal reads as healthy."""

    def effect(evidence: Evidence, report: Report, told: Parameters) -> Shown:
        reading = judge(Facts(report), evidence.limits)
        if reading is None or reading.value is Value.UNKNOWN:
            return Shown(None, "The device does not tell.")
        if reading.value is Value.UNHEALTHY:
            return Shown(False, reading.sentence)
        return Shown(True, well)

    return effect


usb_awake: Final = _healthy(hardware.usb_suspend, "USB is kept awake.")
clock_right: Final = _healthy(environment.time_drift, "The clock agrees with the service's.")
updates_work: Final = _healthy(
    up_to_date.windows_update_reset, "Windows Update shows no errors any more."
)


def logs_came(evidence: Evidence, report: Report, told: Parameters) -> Shown:
    """No report shows it: the collection says so itself."""
    return Shown(None, "The collection itself tells.")
