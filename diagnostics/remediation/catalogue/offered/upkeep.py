"""Upkeep that people in the room do not notice: disk, clock and logs."""

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
from diagnostics.remediation.windows.rules import ANY, CLEANUP
from rooms.kinds import Platform

Code, Kind = ActionCode, OperationKind
WINDOWS: Final = frozenset({Platform.WINDOWS})
BOTH: Final = frozenset(Platform)

UPKEEP: Final = (
    Action(
        code=Code.CLEAN_DISK,
        kind=Kind.DISK,
        scope=Scope.REMEDIATE_UPDATE,  # it makes room for updates
        side_effects="Temporary files and old updates are deleted for good.",
        parameters=parameters.Nothing,
        preconditions=(Need.DISK_TOLD,),
        blast_radius=BlastRadius.NOBODY,
        interrupts=False,
        needs=minutes(60),
        window=CLEANUP,
        repeat=at_most(1, 1),
        time_outs=time_outs(answer=120, settle=0, verify=270),
        effect=effects.disk_freed,
        mends=("disk_space",),
        platforms=WINDOWS,
        command="clean_disk",
    ),
    Action(
        code=Code.RESYNC_TIME,
        kind=Kind.CLOCK,
        scope=Scope.REMEDIATE_RESTART,  # it restarts the time service
        side_effects="The clock jumps; nobody notices.",
        parameters=parameters.Nothing,
        preconditions=(),
        blast_radius=BlastRadius.NOBODY,
        interrupts=False,
        needs=minutes(1),
        window=ANY,
        repeat=at_most(4, 1),
        time_outs=time_outs(answer=10, settle=0, verify=150),
        effect=effects.clock_right,
        mends=("time_drift", "sign_in_teams", "sign_in_exchange"),
        platforms=WINDOWS,
        command="resync_time",
    ),
    Action(
        code=Code.COLLECT_LOG,
        kind=Kind.LOGS,
        scope=Scope.DIAGNOSTICS_COLLECT,  # it is a collection, and opens nothing of what it brings
        side_effects="Logs leave the room; they are checked, cut and kept under their own key.",
        parameters=parameters.CollectLog,
        preconditions=(),
        blast_radius=BlastRadius.NOBODY,
        interrupts=False,
        needs=minutes(10),
        window=ANY,
        repeat=at_most(6, 1),
        time_outs=time_outs(answer=60, settle=0, verify=120),
        effect=effects.logs_came,
        mends=(),
        platforms=WINDOWS,
        command="collect",
        graph="runDiagnostics",
    ),
)
