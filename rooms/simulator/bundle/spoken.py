"""What is said in a room's meetings: made up, and never to leave the device.

A device that works writes [redacted] in its place. One with the flaw `leaky` does not, so that a
test can show that the portal keeps it out all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rooms.simulator.bundle.order import DeviceState, Flaw
from rooms.simulator.machines import Machine

REDACTED: Final = "[redacted]"
SUBJECTS: Final = (
    "Takeover of {} before Easter",
    "Umbau des Vertriebs {}",
    "Licenciements à {}",
    "{} の予算",
    "Salary round {}",
)
NAMES: Final = ("Marta Quintero", "Jörg Schäfer", "Aiko Tanabe", "Noémie Lefèvre", "Piet de Wit")


@dataclass(frozen=True)
class Meeting:
    """One meeting's words, redacted or not."""

    subject: str
    body: str
    chat: str
    organizer: str
    title: str
    phone: str


def canary(machine: Machine, what: str) -> str:
    """A word that stands nowhere else: by it a test finds what was kept."""
    return f"canary{what}{machine.chance(f'canary/{what}').getrandbits(48):012x}"


def canaries(machine: Machine) -> dict[str, str]:
    """All such words of a machine, by what they stand in."""
    return {what: canary(machine, what) for what in ("subject", "body", "chat", "card")}


def meeting(state: DeviceState, number: int) -> Meeting:
    """The number-th meeting as the device tells of it."""
    if Flaw.LEAKY not in state.flaws:
        return Meeting(REDACTED, REDACTED, REDACTED, REDACTED, REDACTED, REDACTED)
    chance = state.machine.chance(f"meeting/{number}")
    words = canaries(state.machine)
    return Meeting(
        subject=chance.choice(SUBJECTS).format(words["subject"]),
        body=f"Please read {words['body']} before we meet.",
        chat=f"did you see {words['chat']}?",
        organizer=chance.choice(NAMES),
        title=f"Head of {words['card']}",
        phone=f"+49 30 901820{chance.randint(10, 99)}",
    )
