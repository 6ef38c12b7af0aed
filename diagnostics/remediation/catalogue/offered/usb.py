"""Resets of USB, each milder than a restart, and the setting that keeps USB awake."""

from __future__ import annotations

from typing import Final

from access.scopes import Scope
from diagnostics.remediation.catalogue import effects, parameters
from diagnostics.remediation.catalogue.action import (
    Action,
    ActionCode,
    BlastRadius,
    OperationKind,
    at_most,
    minutes,
    time_outs,
)
from diagnostics.remediation.catalogue.preconditions import Precondition as Need
from diagnostics.remediation.windows.rules import ANY, NIGHT
from rooms.kinds import Platform

Code, Kind = ActionCode, OperationKind
WINDOWS: Final = frozenset({Platform.WINDOWS})
BOTH: Final = frozenset(Platform)

# What is lost when a link is lost: a reset may bring it back, and so may a restart.
LOST: Final = (
    "camera_room", "camera_default", "camera_content", "hdmi_ingest",
    "microphone", "microphone_configured", "speaker", "speaker_configured", "speaker_default",
    "rally_mic_pod", "rally_speaker", "usb_flapping",
)  # fmt: skip

USB: Final = (
    Action(
        code=Code.RESET_USB,
        kind=Kind.USB,
        scope=Scope.REMEDIATE_USB,
        side_effects="What hangs on the port or hub is gone for some seconds.",
        parameters=parameters.ResetUsb,
        preconditions=(Need.USB_PLACE_SEEN,),
        blast_radius=BlastRadius.PERIPHERAL,
        interrupts=True,
        needs=minutes(5),
        window=NIGHT,
        repeat=at_most(4, 1),
        time_outs=time_outs(answer=10, settle=2, verify=30),
        effect=effects.usb_back,
        mends=LOST,
        platforms=WINDOWS,
        command="reset_usb",
        settled_reports=2,
    ),
    Action(
        code=Code.REENUMERATE_USB,
        kind=Kind.USB,
        scope=Scope.REMEDIATE_USB,
        side_effects="Camera, microphone and speaker are all gone for up to a minute.",
        parameters=parameters.Nothing,
        preconditions=(Need.USB_LISTED,),
        blast_radius=BlastRadius.DEVICE,
        interrupts=True,
        needs=minutes(5),
        window=NIGHT,
        repeat=at_most(2, 1),
        time_outs=time_outs(answer=10, settle=2, verify=30),
        effect=effects.usb_found,
        mends=LOST,
        platforms=WINDOWS,
        command="reenumerate_usb",
        settled_reports=2,
    ),
    Action(
        code=Code.USB_SUSPEND_OFF,
        kind=Kind.USB,
        scope=Scope.REMEDIATE_USB,
        side_effects="The power plan keeps USB awake from now on; nobody notices.",
        parameters=parameters.Nothing,
        preconditions=(Need.SUSPEND_ON,),
        blast_radius=BlastRadius.NOBODY,
        interrupts=False,
        needs=minutes(1),
        window=ANY,
        repeat=at_most(2, 1),
        time_outs=time_outs(answer=10, settle=0, verify=150),
        effect=effects.usb_awake,
        mends=("usb_suspend", "usb_power_drain", "usb_flapping"),
        platforms=WINDOWS,
        command="usb_suspend_off",
        roll_back="The setting can be put back at the device.",
    ),
)
