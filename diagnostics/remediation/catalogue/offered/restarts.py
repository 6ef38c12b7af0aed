"""Restarts: of the app, of the device, and of a device whose cache is thrown away."""

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
from diagnostics.remediation.catalogue.offered.usb import LOST
from diagnostics.remediation.windows.rules import NIGHT
from rooms.kinds import Platform

Code, Kind = ActionCode, OperationKind
WINDOWS: Final = frozenset({Platform.WINDOWS})
BOTH: Final = frozenset(Platform)

# What a restart mends: the app, and whatever it or Windows has lost hold of.
_APP: Final = ("app_heartbeat", "app_crashes", "network")

RESTARTS: Final = (
    Action(
        code=Code.RESTART_APP,
        kind=Kind.RESTART,
        scope=Scope.REMEDIATE_RESTART,
        side_effects="The console is blank for about a minute, and a meeting would be left.",
        parameters=parameters.Nothing,
        preconditions=(),
        blast_radius=BlastRadius.DEVICE,
        interrupts=True,
        needs=minutes(5),
        window=NIGHT,
        repeat=at_most(4, 1),
        time_outs=time_outs(answer=10, settle=2, verify=30),
        effect=effects.app_runs,
        mends=_APP,
        platforms=BOTH,
        command="restart_app",
    ),
    Action(
        code=Code.RESTART_DEVICE,
        kind=Kind.RESTART,
        scope=Scope.REMEDIATE_RESTART,
        side_effects="The whole room is out of use for about five minutes.",
        parameters=parameters.Nothing,
        preconditions=(),
        blast_radius=BlastRadius.ROOM,
        interrupts=True,
        needs=minutes(15),
        window=NIGHT,
        # the signal for too many restarts trips at more than four in a day
        repeat=at_most(3, 1),
        time_outs=time_outs(answer=20, settle=5, verify=45),
        effect=effects.restarted,
        mends=(*_APP, *LOST, "bluetooth", "display_console", "pairing", "nightly_reboot"),
        platforms=BOTH,
        command="restart_device",
        graph="restart",
    ),
    Action(
        code=Code.RESTART_CLEAR_CACHE,
        kind=Kind.RESTART,
        scope=Scope.REMEDIATE_RESTART,
        side_effects="The room is out of use for about ten minutes, and signs in anew.",
        parameters=parameters.ClearCache,
        preconditions=(),
        blast_radius=BlastRadius.ROOM,
        interrupts=True,
        needs=minutes(20),
        window=NIGHT,
        repeat=at_most(1, 1),
        time_outs=time_outs(answer=20, settle=10, verify=60),
        effect=effects.restarted,
        mends=(*_APP, "sign_in_teams", "sign_in_exchange", "calendar_sync"),
        platforms=WINDOWS,
        command="restart_clear_cache",
    ),
)
