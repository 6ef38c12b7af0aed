"""Devices and reports to judge: a well room, and what differs from it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from diagnostics.remediation.catalogue import ACTIONS, ActionCode
from diagnostics.remediation.catalogue.parameters import Parameters, read_parameters
from diagnostics.remediation.catalogue.verification import Evidence, Finding, verify
from diagnostics.remediation.device import DeviceNow
from rooms.kinds import DeviceKind, Platform
from rooms.reports.schema import Report
from rooms.signals import DeviceType
from rooms.signals.reading import Key
from rooms.states import DeviceState
from tests.rooms.signals.reports import AT, report

# What each action needs to be told in the well room.
TOLD: dict[ActionCode, dict[str, Any]] = {
    ActionCode.RESTART_CLEAR_CACHE: {"teams_cache": True},
    ActionCode.RESET_USB: {"target": "port", "at": "USB 1"},
    ActionCode.UPDATE_APP: {"version": "4.12.138.0"},
    ActionCode.UPDATE_OS: {"version": "10.0.19042.1889"},
    ActionCode.UPDATE_DRIVER: {"driver": "Intel Graphics", "version": "30.0.101"},
    ActionCode.UPDATE_FIRMWARE: {"model": "Logitech Rally Bar", "version": "10.3.82"},
    ActionCode.UPDATE_AGENT: {"version": "1.2.44.0"},
    ActionCode.COLLECT_LOG: {"parts": [{"kind": "app_log"}], "hours": 24},
}


def told(code: ActionCode, **other: Any) -> Parameters:
    """The parameters of an action, checked by its own schema."""
    return read_parameters(ACTIONS[code].parameters, TOLD.get(code, {}) | other)


def seen(**changes: Any) -> Report:
    """What the well room reports at AT, with changes."""
    return report(changes)


def device(**other: Any) -> DeviceNow:
    """A monitored Windows device in a free room, in which all is well."""
    now = DeviceNow(
        reference="DV-AAAA-1111",
        tenant="TN-CONTOSO",
        region="eu",
        room="RM-AAAA-1111",
        platform=Platform.WINDOWS,
        kind=DeviceKind.COMPUTE,
        state=DeviceState.MONITORED,
        zone="Europe/Berlin",
        heard=True,
        in_use=False,
        report=report(),
    )
    return replace(now, **other)


def told_later(minutes: float, **changes: Any) -> Report:
    """A report of so many minutes after AT, at which commands are sent."""
    at = AT + timedelta(minutes=minutes)
    number = {"report_id": uuid.UUID(int=1000 + int(minutes))}
    return report(number | {"observed_at": at, "device_clock": at} | changes)


def judged(
    code: ActionCode,
    *after: Report,
    parameters: Parameters | None = None,
    before: Report | None = None,
    sought: frozenset[Key] = frozenset(),
    sent_at: datetime = AT,
    collection: str = "",
) -> Finding:
    """What the reports show of an action that was sent at AT."""
    action = ACTIONS[code]
    evidence = Evidence(
        device=DeviceType.WINDOWS,
        sent_at=sent_at,
        settle=action.time_outs.settle,
        before=before,
        after=after,
        sought=sought,
        collection=collection,
    )
    return verify(action.effect, parameters or told(code), evidence, action.settled_reports)
