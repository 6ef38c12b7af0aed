"""Named preconditions: what must be true of a device for an action to make sense there.

They read the newest report. What no report tells is not true: the remedy says how to find out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.db import models

from access.verdict import Allowed, Denied, Verdict
from diagnostics.remediation.catalogue.installed import installed, of_model
from diagnostics.remediation.catalogue.parameters import (
    FirmwareVersion,
    Parameters,
    ResetUsb,
    ToVersion,
    UsbTarget,
)
from diagnostics.remediation.catalogue.releases import KnownReleases
from diagnostics.remediation.device import DeviceNow
from rooms.reports.schema import Report
from rooms.signals.reading import Facts, Value
from rooms.signals.thresholds import DEFAULTS
from rooms.signals.up_to_date import windows_update_reset

GIB: Final = 2**30

Rule = Callable[[DeviceNow, Report, Parameters, KnownReleases], Verdict]


class Precondition(models.TextChoices):
    """What a precondition asks for, as the item's page lists it."""

    USB_PLACE_SEEN = "usb_place_seen", "The port or hub is in the newest report"
    USB_LISTED = "usb_listed", "The report lists USB devices"
    SUSPEND_ON = "suspend_on", "USB is allowed to sleep"
    VERSION_KNOWN = "version_known", "The version exists for this model"
    SOMETHING_TO_UPDATE = "something_to_update", "Another version is installed"
    MODEL_CONNECTED = "model_connected", "The peripheral is connected"
    UPDATES_COME = "updates_come", "Windows Update runs and is reached"
    SPACE_FOR_UPDATE = "space_for_update", "There is disk space for an update"
    UPDATE_BROKEN = "update_broken", "Windows Update reports errors"
    DISK_TOLD = "disk_told", "The device tells its disk space"


NO_REPORT: Final = Denied(
    "Nothing is known of the device yet.", "Wait for its first report.", "no_report"
)
NOT_FOR_THIS: Final = Denied("The action has no such parameters.", "Order it anew.", "parameters")


def _usb_place_seen(
    device: DeviceNow, report: Report, told: Parameters, releases: KnownReleases
) -> Verdict:
    if not isinstance(told, ResetUsb):
        return NOT_FOR_THIS
    if told.target == UsbTarget.PORT:
        known = {seen.port for seen in report.peripherals}
    else:
        known = {seen.parent for seen in report.peripherals if seen.parent}
    if told.at in known:
        return Allowed()
    return Denied(
        f"The newest report names no {told.target.value} {told.at}.",
        "Choose one from the device's page.",
        "usb_place_unknown",
    )


def _usb_listed(
    device: DeviceNow, report: Report, told: Parameters, releases: KnownReleases
) -> Verdict:
    if report.peripherals:
        return Allowed()
    return Denied("The report lists no USB devices.", "Collect logs first.", "usb_not_listed")


def _suspend_on(
    device: DeviceNow, report: Report, told: Parameters, releases: KnownReleases
) -> Verdict:
    if report.power.usb_selective_suspend is not False:
        return Allowed()
    return Denied("USB is kept awake already.", "", "nothing_to_do")


def _version_known(
    device: DeviceNow, report: Report, told: Parameters, releases: KnownReleases
) -> Verdict:
    return version_exists(device.platform, told, releases)


def version_exists(platform: str, told: Parameters, releases: KnownReleases) -> Verdict:
    """Whether the named version is a known release of that very model; no update names none."""
    if not isinstance(told, ToVersion):
        return NOT_FOR_THIS
    model = told.model_on(platform)
    if releases.has(told.component, model, told.version):
        return Allowed()
    known = ", ".join(releases.versions(told.component, model)[:3])
    return Denied(
        f"There is no version {told.version} for {model}.",
        f"Known: {known}." if known else "No version is known for this model.",
        "version_unknown",
    )


def _something_to_update(
    device: DeviceNow, report: Report, told: Parameters, releases: KnownReleases
) -> Verdict:
    if not isinstance(told, ToVersion):
        return NOT_FOR_THIS
    there = installed(report, told)
    if not there:
        return Denied(
            f"The device has no {told.model_on(device.platform)}.", "", "nothing_to_update"
        )
    if there == {told.version}:
        return Denied(f"{told.version} is installed already.", "", "nothing_to_do")
    return Allowed()


def _model_connected(
    device: DeviceNow, report: Report, told: Parameters, releases: KnownReleases
) -> Verdict:
    if not isinstance(told, FirmwareVersion):
        return NOT_FOR_THIS
    if any(seen.connected for seen in of_model(report, told.model)):
        return Allowed()
    return Denied(
        f"No {told.model} is connected.", "Reset its USB port first.", "model_not_connected"
    )


def _updates_come(
    device: DeviceNow, report: Report, told: Parameters, releases: KnownReleases
) -> Verdict:
    update = report.windows_update
    if update is not None and update.service_on and update.reachable:
        return Allowed()
    return Denied(
        "Windows Update is off, cannot be reached, or does not tell.",
        "Mend that signal first.",
        "updates_blocked",
    )


def _space_for_update(
    device: DeviceNow, report: Report, told: Parameters, releases: KnownReleases
) -> Verdict:
    free = report.system.disk_free_bytes
    if free is not None and free >= DEFAULTS.least_free_gib * GIB:
        return Allowed()
    return Denied(
        f"Less than {DEFAULTS.least_free_gib:g} GiB of the disk are free, or nobody knows.",
        "Clean up the disk first.",
        "no_space",
    )


def _update_broken(
    device: DeviceNow, report: Report, told: Parameters, releases: KnownReleases
) -> Verdict:
    if windows_update_reset(Facts(report), DEFAULTS).value is Value.UNHEALTHY:
        return Allowed()
    return Denied(
        "Windows Update shows nothing that a reset would mend.",
        "It is for devices with the signal “Windows Update needs a reset”.",
        "nothing_to_do",
    )


def _disk_told(
    device: DeviceNow, report: Report, told: Parameters, releases: KnownReleases
) -> Verdict:
    if report.system.disk_free_bytes is not None:
        return Allowed()
    return Denied("The device does not tell its disk space.", "Collect logs first.", "untold")


RULES: Final[dict[Precondition, Rule]] = {
    Precondition.USB_PLACE_SEEN: _usb_place_seen,
    Precondition.USB_LISTED: _usb_listed,
    Precondition.SUSPEND_ON: _suspend_on,
    Precondition.VERSION_KNOWN: _version_known,
    Precondition.SOMETHING_TO_UPDATE: _something_to_update,
    Precondition.MODEL_CONNECTED: _model_connected,
    Precondition.UPDATES_COME: _updates_come,
    Precondition.SPACE_FOR_UPDATE: _space_for_update,
    Precondition.UPDATE_BROKEN: _update_broken,
    Precondition.DISK_TOLD: _disk_told,
}


def holds(
    precondition: Precondition, device: DeviceNow, told: Parameters, releases: KnownReleases
) -> Verdict:
    """Whether one precondition is true of the device now."""
    if device.report is None:
        return NO_REPORT
    return RULES[precondition](device, device.report, told, releases)
