"""A bad firmware goes out over the rings: cameras and sound of one maker lose their USB links.

Staging gets it first, then General, Executive last; the mend is an older firmware again.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

from rooms.kinds import PeripheralKind
from rooms.simulator.condition import Condition
from rooms.simulator.course import Phase
from rooms.simulator.machines import Machine
from rooms.simulator.parts import Part
from rooms.simulator.scenarios.scenario import Scenario, ordinary

# minutes after the beginning at which each ring gets it
RINGS: Final = {"Staging": 0.0, "General": 60.0, "Executive": 120.0}
BAD: Final = "99.0.1"
MOST: Final = 12
HIT: Final = frozenset({PeripheralKind.CAMERA, PeripheralKind.SPEAKERPHONE})
# A device on the bad firmware loses its links and finds them again; lost for most of the time.
TURN: Final = 75.0
LOST: Final = 55.0
FIRST_LINKS: Final = 12


def choose(machines: Sequence[Machine], chance: Random) -> Sequence[Machine]:
    """Rooms with a kit of one maker: the maker by chance, a dozen rooms, each ring among them."""
    by_maker: dict[str, list[Machine]] = {}
    for machine in ordinary(machines):
        hit = [part for part in machine.parts if part.kind in HIT]
        makers = {part.vendor_id for part in hit}
        if len(hit) == len(HIT) and len(makers) == 1:
            by_maker.setdefault(makers.pop(), []).append(machine)
    if not by_maker:
        return []
    maker = chance.choice(sorted(by_maker, key=lambda one: (-len(by_maker[one]), one))[:3])
    found = by_maker[maker]
    chance.shuffle(found)
    early_or_late = [machine for machine in found if machine.room.ring != "General"][: MOST // 3]
    others = [machine for machine in found if machine not in early_or_late]
    return (early_or_late + others)[:MOST]


def change(machine: Machine, condition: Condition, phase: Phase) -> Condition:
    """From its ring's turn on: the new firmware, and links that come and go."""
    late = RINGS.get(machine.room.ring, RINGS["General"])
    since = phase.minutes - late
    if since < 0 or not phase.lasts:
        return condition

    def hit(part: Part) -> bool:
        return part.kind in HIT

    links = min(FIRST_LINKS + int(since // 5), 200)
    bad = condition.change(hit, firmware=BAD, link_changes=links)
    return bad.change(hit, connected=False) if since % TURN < LOST else bad


SCENARIO = Scenario(
    name="bad_firmware",
    tells="a bad firmware costs cameras and sound their USB links, ring by ring",
    begins=6,
    lasts=330,
    every=1200,
    choose=choose,
    change=change,
    signals=frozenset({"camera_room", "microphone", "speaker", "speaker_default", "usb_flapping"}),
)
