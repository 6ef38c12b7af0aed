"""What befalls the rooms: most are well, some are ill, a few silent, new or set aside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Final

from tests.fleet.descriptions import Component
from tests.fleet.writer import Fault


class Fate(StrEnum):
    """What a room is about to show."""

    WELL = "well"
    WARNED = "warned"
    ILL = "ill"
    SILENT = "silent"
    NEW = "new"
    SET_ASIDE = "set aside"


# Out of a thousand rooms.
FATES: Final[dict[Fate, int]] = {
    Fate.WELL: 800,
    Fate.WARNED: 75,
    Fate.ILL: 75,
    Fate.SILENT: 20,
    Fate.NEW: 17,
    Fate.SET_ASIDE: 13,
}
# Which components fail, by weight; a room fails only in what it has.
ILLS: Final[dict[Component, int]] = {
    Component.FRONT_DISPLAY: 30,
    Component.CAMERA: 13,
    Component.MICROPHONE: 12,
    Component.SPEAKER: 10,
    Component.HDMI_INGEST: 9,
    Component.CONTENT_CAMERA: 5,
    Component.EXCHANGE: 11,
    Component.TEAMS_SIGN_IN: 10,
}
WARNINGS: Final = (Component.NETWORK, Component.DEFAULT_SPEAKER)
EXCHANGE_WORDS: Final = ("Disconnected", "AutodiscoveryError", "GeneralError", "code : AADSTS50126")
REFUSALS: Final = ("AADSTS50126", "AADSTS50055", "AADSTS53003", "AADSTS50076")
HISTORY: Final = timedelta(days=90)


@dataclass(frozen=True)
class Course:
    """The faults of one room, when it was first heard of and when last."""

    fate: Fate
    faults: tuple[Fault, ...]
    first: datetime
    last: datetime
    suppressed_from: datetime | None = None
    suppressed_until: datetime | None = None


def course_of(
    fate: Fate, parts: tuple[Component, ...], displays: int, chance: Random, at: datetime
) -> Course:
    """Roll what happened to a room up to the moment."""
    last = at - timedelta(seconds=chance.randint(5, 280))
    first = at - HISTORY - timedelta(days=chance.randint(1, 300))
    if fate == Fate.NEW:
        first = at - timedelta(hours=chance.randint(2, 70))
    if fate == Fate.SILENT:
        last = at - timedelta(minutes=round(80 * 10 ** chance.uniform(0, 2.2)))
    possible = tuple(part for part in ILLS if part in parts or part in HEARTBEAT)
    faults = list(_past(possible, displays, chance, max(first, at - HISTORY), last))
    if fate in (Fate.ILL, Fate.SET_ASIDE):
        count = 2 if chance.random() < 0.12 else 1
        for part in _pick(possible, chance, count):
            minutes = round(12 * 10 ** chance.uniform(0, 2.8))
            # The last hour of past faults stays free, so that the present one is its own.
            begun = max(first, last - timedelta(minutes=minutes))
            faults.append(fault_of(part, displays, chance, begun, None))
    if fate == Fate.WARNED and chance.random() < 0.35:
        begun = last - timedelta(minutes=chance.randint(6, 4000))
        faults.append(fault_of(chance.choice(WARNINGS), displays, chance, begun, None))
    if fate == Fate.WELL and chance.random() < 0.02:
        begun = last - timedelta(minutes=2)  # too fresh to count: the signal is being watched
        faults.append(fault_of(Component.CAMERA, displays, chance, begun, None))
    set_aside = fate == Fate.SET_ASIDE
    return Course(
        fate=fate,
        faults=tuple(faults),
        first=first,
        last=last,
        suppressed_from=at - timedelta(hours=chance.randint(2, 60)) if set_aside else None,
        suppressed_until=at + timedelta(hours=chance.randint(12, 240)) if set_aside else None,
    )


HEARTBEAT: Final = (Component.EXCHANGE, Component.TEAMS_SIGN_IN)


def _past(
    possible: tuple[Component, ...],
    displays: int,
    chance: Random,
    first: datetime,
    last: datetime,
) -> list[Fault]:
    """Faults that came and went, more of them in a few rooms than in most."""
    faults = []
    for _ in range(min(9, int(chance.expovariate(0.45)))):
        part = _pick(possible, chance, 1)[0]
        begun = first + (last - first) * chance.random()
        lasting = timedelta(minutes=round(25 * 10 ** chance.uniform(0, 1.6)))
        ended = begun + lasting
        if ended < last - timedelta(hours=1):
            faults.append(fault_of(part, displays, chance, begun, ended))
    return faults


def _pick(possible: tuple[Component, ...], chance: Random, count: int) -> list[Component]:
    """Some components, each at most once, by weight."""
    picked = chance.choices(possible, [ILLS[part] for part in possible], k=count)
    return list(dict.fromkeys(picked))


def fault_of(
    part: Component, displays: int, chance: Random, begun: datetime, ended: datetime | None
) -> Fault:
    """A fault with the words that the app would write."""
    if part == Component.EXCHANGE:
        return Fault(part, chance.choice(EXCHANGE_WORDS), begun, ended)
    if part == Component.TEAMS_SIGN_IN:
        code = chance.choice(REFUSALS)
        return Fault(part, f"Unhealthy.Sign-in refused, {code}", begun, ended)
    if part == Component.FRONT_DISPLAY:
        left = 0 if displays == 1 else chance.choice((0, 1, 1, 1))
        return Fault(part, "Unhealthy", begun, ended, displays_left=left)
    return Fault(part, "Unhealthy", begun, ended)
