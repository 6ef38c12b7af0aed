"""What a report says is installed of what an update would change."""

from __future__ import annotations

from diagnostics.remediation.catalogue.parameters import DriverVersion, FirmwareVersion, ToVersion
from diagnostics.remediation.catalogue.releases import Component
from rooms.reports.schema import PeripheralSeen, Report


def of_model(report: Report, model: str) -> list[PeripheralSeen]:
    """The peripherals of that model, connected or not."""
    wanted = model.casefold()
    return [seen for seen in report.peripherals if seen.name.casefold() == wanted]


def installed(report: Report, target: ToVersion) -> frozenset[str]:
    """The versions that stand on the device of what `target` names; none when it has no such.

    Several when two peripherals of a model run different firmware.
    """
    if isinstance(target, FirmwareVersion):
        return frozenset(seen.firmware for seen in of_model(report, target.model))
    if isinstance(target, DriverVersion):
        wanted = target.driver.casefold()
        seen = (one for one in report.versions if one.component.casefold() == wanted)
        return frozenset(one.installed for one in seen)
    if target.component is Component.APP:
        return frozenset({report.app.version})
    if target.component is Component.OS:
        return frozenset({report.system.os_build})
    return frozenset({report.agent.version})
