"""The scenarios by name: one small file each."""

from __future__ import annotations

from typing import Final

from rooms.simulator.scenarios import (
    attacker,
    bad_firmware,
    clock_drift,
    excessive_reboots,
    expired_password,
    loose_hdmi,
    loose_usb,
    low_disk,
    power_loss,
)
from rooms.simulator.scenarios.scenario import Scenario

SCENARIOS: Final[dict[str, Scenario]] = {
    module.SCENARIO.name: module.SCENARIO
    for module in (
        bad_firmware,
        power_loss,
        loose_hdmi,
        loose_usb,
        expired_password,
        excessive_reboots,
        clock_drift,
        low_disk,
        attacker,
    )
}
