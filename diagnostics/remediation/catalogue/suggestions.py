"""What may mend a signal: for the incident's page, mildest first, with parameters where one report
tells them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from diagnostics.remediation.catalogue.action import Action, ActionCode, BlastRadius
from diagnostics.remediation.catalogue.installed import installed
from diagnostics.remediation.catalogue.offered import ACTIONS
from diagnostics.remediation.catalogue.parameters import (
    AgentVersion,
    AppVersion,
    ClearCache,
    FirmwareVersion,
    Nothing,
    OsVersion,
    Parameters,
    ResetUsb,
    ToVersion,
    UsbTarget,
)
from diagnostics.remediation.catalogue.releases import KnownReleases
from rooms.kinds import PeripheralKind, Platform
from rooms.reports.schema import PeripheralSeen, Report

_RADII: Final = list(BlastRadius)
_ORDER: Final = {code: place for place, code in enumerate(ActionCode)}

_SOUND_IN: Final = frozenset({PeripheralKind.MICROPHONE, PeripheralKind.SPEAKERPHONE})
_SOUND_OUT: Final = frozenset({PeripheralKind.SPEAKER, PeripheralKind.SPEAKERPHONE})
# What a signal about something lost speaks of.
KINDS: Final[dict[str, frozenset[PeripheralKind]]] = {
    "camera_room": frozenset({PeripheralKind.CAMERA}),
    "camera_default": frozenset({PeripheralKind.CAMERA}),
    "camera_content": frozenset({PeripheralKind.CONTENT_CAMERA}),
    "hdmi_ingest": frozenset({PeripheralKind.HDMI_INGEST}),
    "microphone": _SOUND_IN,
    "microphone_configured": _SOUND_IN,
    "rally_mic_pod": _SOUND_IN,
    "speaker": _SOUND_OUT,
    "speaker_configured": _SOUND_OUT,
    "speaker_default": _SOUND_OUT,
    "rally_speaker": _SOUND_OUT,
}
FLAPPING: Final = "usb_flapping"


@dataclass(frozen=True)
class Suggestion:
    """An action with the parameters that fit what the report shows, and what they stand on."""

    action: ActionCode
    parameters: Parameters
    why: str


def _mildness(action: Action) -> tuple[int, int]:
    return _RADII.index(action.blast_radius), _ORDER[action.code]


def _index() -> dict[str, tuple[ActionCode, ...]]:
    codes = sorted({code for action in ACTIONS.values() for code in action.mends})
    by_mildness = sorted(ACTIONS.values(), key=_mildness)
    return {code: tuple(one.code for one in by_mildness if code in one.mends) for code in codes}


MENDED_BY: Final[dict[str, tuple[ActionCode, ...]]] = _index()


def mends(signal: str, platform: str) -> tuple[ActionCode, ...]:
    """The actions that may mend a signal on that platform, mildest first; often none."""
    return tuple(code for code in MENDED_BY.get(signal, ()) if platform in ACTIONS[code].platforms)


def suggest(
    signal: str, report: Report, platform: Platform, releases: KnownReleases
) -> tuple[Suggestion, ...]:
    """What may mend the signal of that device, mildest first, ready to be ordered.

    An action whose parameters nobody can tell from the report is left out.
    """
    found = []
    for code in mends(signal, platform):
        filled = FILL.get(code, _plainly)(signal, report, platform, releases)
        if filled is not None:
            found.append(Suggestion(code, *filled))
    return tuple(found)


Filled = tuple[Parameters, str] | None
Fill = Callable[[str, Report, Platform, KnownReleases], Filled]


def _plainly(signal: str, report: Report, platform: Platform, releases: KnownReleases) -> Filled:
    return Nothing(), "It may mend this signal."


def _cache(signal: str, report: Report, platform: Platform, releases: KnownReleases) -> Filled:
    return ClearCache(teams_cache=False), "It may mend this signal when a restart did not."


def _usb(signal: str, report: Report, platform: Platform, releases: KnownReleases) -> Filled:
    """The port of what is lost; the hub, when several things on one hub are."""
    lost = _lost(signal, report)
    if not lost:
        return None
    names = ", ".join(sorted({one.name for one in lost}))
    why = f"{names}: {'the link comes and goes' if signal == FLAPPING else 'not connected'}."
    hubs = {one.parent for one in lost if one.parent}
    if len(lost) > 1 and len(hubs) == 1:
        return ResetUsb(target=UsbTarget.HUB, at=hubs.pop()), why
    port = lost[0].port
    return (ResetUsb(target=UsbTarget.PORT, at=port), why) if port else None


def _lost(signal: str, report: Report) -> list[PeripheralSeen]:
    """The peripherals that a signal speaks of, the worst first."""
    if signal == FLAPPING:
        told = [one for one in report.peripherals if one.link_changes_24h]
        return sorted(told, key=lambda one: -(one.link_changes_24h or 0))[:1]
    kinds = KINDS.get(signal, frozenset())
    return [
        one
        for one in report.peripherals
        if one.kind in kinds and not (one.connected and one.usable)
    ]


def _app(signal: str, report: Report, platform: Platform, releases: KnownReleases) -> Filled:
    return _newest(AppVersion, report, platform, releases)


def _os(signal: str, report: Report, platform: Platform, releases: KnownReleases) -> Filled:
    return _newest(OsVersion, report, platform, releases)


def _agent(signal: str, report: Report, platform: Platform, releases: KnownReleases) -> Filled:
    return _newest(AgentVersion, report, platform, releases)


def _newest(
    schema: type[AppVersion | OsVersion | AgentVersion],
    report: Report,
    platform: Platform,
    releases: KnownReleases,
) -> Filled:
    known = releases.versions(schema.component, platform)
    return _unless_there(schema(version=known[0]), report) if known else None


def _firmware(signal: str, report: Report, platform: Platform, releases: KnownReleases) -> Filled:
    for one in _lost(signal, report):
        known = releases.versions(FirmwareVersion.component, one.name)
        if known and one.firmware != known[0]:
            return _unless_there(FirmwareVersion(model=one.name, version=known[0]), report)
    return None


def _unless_there(told: ToVersion, report: Report) -> Filled:
    there = installed(report, told)
    if not there or there == {told.version}:
        return None
    return (
        told,
        f"{', '.join(sorted(there - {told.version}))} is installed; newest is {told.version}.",
    )


def _nobody_knows(
    signal: str, report: Report, platform: Platform, releases: KnownReleases
) -> Filled:
    return None


FILL: Final[dict[ActionCode, Fill]] = {
    ActionCode.RESTART_CLEAR_CACHE: _cache,
    ActionCode.RESET_USB: _usb,
    ActionCode.UPDATE_APP: _app,
    ActionCode.UPDATE_OS: _os,
    ActionCode.UPDATE_AGENT: _agent,
    ActionCode.UPDATE_FIRMWARE: _firmware,
    ActionCode.UPDATE_DRIVER: _nobody_knows,
}
