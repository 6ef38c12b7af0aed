"""Updates to a named version, and the mend for a Windows Update that does not update."""

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
from diagnostics.remediation.windows.rules import NIGHT, UPDATES
from rooms.kinds import Platform

Code, Kind = ActionCode, OperationKind
WINDOWS: Final = frozenset({Platform.WINDOWS})
BOTH: Final = frozenset(Platform)

_BEFORE_UPDATE: Final = (Need.VERSION_KNOWN, Need.SOMETHING_TO_UPDATE)

UPDATES_OFFERED: Final = (
    Action(
        code=Code.UPDATE_APP,
        kind=Kind.UPDATE,
        scope=Scope.REMEDIATE_UPDATE,
        side_effects="The room is out of use for about ten minutes.",
        parameters=parameters.AppVersion,
        preconditions=_BEFORE_UPDATE,
        blast_radius=BlastRadius.ROOM,
        interrupts=True,
        needs=minutes(30),
        window=UPDATES,
        repeat=at_most(2, 7),
        time_outs=time_outs(answer=60, settle=5, verify=150),
        effect=effects.version_runs,
        mends=("app_version", "app_crashes"),
        platforms=BOTH,
        command="update_app",
        graph="updateSoftware",
        roll_back="The version that was there before is installed again.",
    ),
    Action(
        code=Code.UPDATE_OS,
        kind=Kind.UPDATE,
        scope=Scope.REMEDIATE_UPDATE,
        side_effects="The room restarts more than once and is out of use for up to two hours.",
        parameters=parameters.OsVersion,
        preconditions=(*_BEFORE_UPDATE, Need.UPDATES_COME, Need.SPACE_FOR_UPDATE),
        blast_radius=BlastRadius.ROOM,
        interrupts=True,
        needs=minutes(120),
        window=UPDATES,
        repeat=at_most(2, 7),
        time_outs=time_outs(answer=180, settle=10, verify=300),
        effect=effects.version_runs,
        mends=("os_version", "blue_screens"),
        platforms=WINDOWS,
        command="update_os",
        graph="updateSoftware",
        roll_back="The build before is put back while Windows keeps it, for ten days.",
    ),
    Action(
        code=Code.UPDATE_DRIVER,
        kind=Kind.UPDATE,
        scope=Scope.REMEDIATE_UPDATE,
        side_effects="The device behind the driver is gone for a minute, and the room may restart.",
        parameters=parameters.DriverVersion,
        preconditions=_BEFORE_UPDATE,
        blast_radius=BlastRadius.ROOM,
        interrupts=True,
        needs=minutes(30),
        window=UPDATES,
        repeat=at_most(2, 7),
        time_outs=time_outs(answer=60, settle=5, verify=150),
        effect=effects.version_runs,
        mends=("blue_screens", "usb_flapping"),
        platforms=WINDOWS,
        command="update_driver",
        roll_back="The version that was there before is installed again.",
    ),
    Action(
        code=Code.UPDATE_FIRMWARE,
        kind=Kind.UPDATE,
        scope=Scope.REMEDIATE_UPDATE,
        side_effects="The peripheral is out of use for up to half an hour; it must keep its power.",
        parameters=parameters.FirmwareVersion,
        preconditions=(*_BEFORE_UPDATE, Need.MODEL_CONNECTED),
        blast_radius=BlastRadius.PERIPHERAL,
        interrupts=True,
        needs=minutes(45),
        window=UPDATES,
        repeat=at_most(2, 7),
        time_outs=time_outs(answer=60, settle=5, verify=150),
        effect=effects.firmware_runs,
        mends=("usb_flapping", "camera_room", "microphone", "speaker"),
        platforms=BOTH,
        command="update_firmware",
        graph="updateSoftware",
        roll_back="The firmware that was there before is installed again.",
        settled_reports=2,
    ),
    Action(
        code=Code.UPDATE_AGENT,
        kind=Kind.UPDATE,
        scope=Scope.REMEDIATE_UPDATE,
        side_effects="Nothing is heard of the device for some minutes; people notice nothing.",
        parameters=parameters.AgentVersion,
        preconditions=_BEFORE_UPDATE,
        blast_radius=BlastRadius.NOBODY,
        interrupts=False,
        needs=minutes(15),
        window=NIGHT,
        repeat=at_most(2, 7),
        time_outs=time_outs(answer=30, settle=5, verify=60),
        effect=effects.version_runs,
        mends=("monitoring_partial",),
        platforms=BOTH,
        command="update_agent",
        graph="updateSoftware",
        roll_back="The version that was there before is installed again.",
    ),
    Action(
        code=Code.RESET_WINDOWS_UPDATE,
        kind=Kind.UPDATE,
        scope=Scope.REMEDIATE_UPDATE,
        side_effects="Downloaded updates are thrown away and fetched anew.",
        parameters=parameters.Nothing,
        preconditions=(Need.UPDATE_BROKEN,),
        blast_radius=BlastRadius.NOBODY,
        interrupts=False,
        needs=minutes(30),
        window=UPDATES,
        # published: at most once a month. In 31 days no month has it twice.
        repeat=at_most(1, 31),
        # errors are counted over a day, so they show until a day is over
        time_outs=time_outs(answer=60, settle=5, verify=30 * 60),
        effect=effects.updates_work,
        mends=("windows_update_reset", "wsus_enabled", "windows_update_disabled"),
        platforms=WINDOWS,
        command="reset_windows_update",
    ),
)
