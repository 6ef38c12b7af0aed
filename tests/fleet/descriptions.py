"""The grammar of event descriptions: "Camera status : Unhealthy. HDMI Ingest status : Healthy."

Names differ in their spacing, "Unhealthy." may be followed by free text, and a sign-in may
answer with a code. What is spoken of and not known is named, and kept out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST_DETAIL: Final = 200


class MalformedRecord(ValueError):
    """A line is no event record of a room; the text names what is wrong, never what it said."""


class Component(StrEnum):
    """What a description may speak of, by the name it uses."""

    NETWORK = "Network"
    EXCHANGE = "Exchange"
    SKYPE_SIGN_IN = "Signin"
    TEAMS_SIGN_IN = "Teams Signin"
    MICROPHONE = "Conference Microphone"
    SPEAKER = "Conference Speaker"
    DEFAULT_SPEAKER = "Default Speaker"
    CAMERA = "Camera"
    FRONT_DISPLAY = "Front of Room Display"
    MOTION_SENSOR = "Motion Sensor"
    HDMI_INGEST = "HDMI Ingest"
    CONTENT_CAMERA = "Content Camera"


SIGN_INS: Final = frozenset({Component.SKYPE_SIGN_IN, Component.TEAMS_SIGN_IN})
# status word: whether it is well; None where the word says neither
HEALTH_WORDS: Final[dict[str, bool | None]] = {"Healthy": True, "Unhealthy": False}
EXCHANGE: Final[dict[str, bool | None]] = {
    "Connected": True,
    "Connecting": None,
    "Disconnected": False,
    "AutodiscoveryError": False,
    "GeneralError": False,
    "ServerVersionNotSupported": False,
}

NAMES: Final = "|".join(sorted((re.escape(name) for name in Component), key=len, reverse=True))
# A known name wherever it stands; an unknown one only at the beginning of a sentence, because
# the free text after "Unhealthy." may hold the word "status" too.
HEADING: Final = re.compile(
    rf"(?:(?<![A-Za-z])(?P<known>{NAMES})"
    r"|(?:^|(?<=\.)|(?<=\. ))(?P<other>[A-Za-z][A-Za-z ]{0,40}))"
    r" status {0,2}: {0,2}"
)
WORD: Final = re.compile(r"(?P<word>[A-Za-z]+)(?:\s*:\s*(?P<code>AADSTS[0-9]{4,7}))?\s*\.?\s*")
SIGN_IN_CODE: Final = re.compile(r"AADSTS[0-9]{4,7}")
DISPLAYS: Final = re.compile(
    r"Configured display count is (\d{1,2})\.\s*Real display count is (\d{1,2})"
)


@dataclass(frozen=True)
class Reading:
    """What a record says of one component. `well` is None when it says neither yes nor no.

    `detail` is free text of the device and may name people: nothing keeps it.
    """

    component: Component
    word: str
    well: bool | None
    code: str = ""
    detail: str = ""

    @property
    def applies(self) -> bool:
        """Whether the room has the component at all."""
        return self.word != "NotApplicable"


@dataclass(frozen=True)
class DisplayCount:
    """How many front of room displays there should be, and how many there are."""

    configured: int
    real: int


@dataclass(frozen=True)
class Description:
    """A description taken apart. `unknown` names what it speaks of and we do not know."""

    readings: tuple[Reading, ...]
    displays: DisplayCount | None
    unknown: tuple[str, ...]


def parse_description(text: str) -> Description:
    """Take a description apart. Text of another kind has no readings and is not malformed."""
    headings = list(HEADING.finditer(text))
    readings: dict[Component, Reading] = {}
    unknown: list[str] = []
    displays: DisplayCount | None = None
    for place, heading in enumerate(headings):
        end = headings[place + 1].start() if place + 1 < len(headings) else len(text)
        rest = text[heading.end() : end].strip()
        if heading["known"] is None:
            unknown.append(heading["other"].strip())
            continue
        reading = _reading(Component(heading["known"]), rest)
        earlier = readings.setdefault(reading.component, reading)
        if earlier.word != reading.word:
            raise MalformedRecord(f"Description speaks twice of {reading.component}, differently.")
        if reading.component == Component.FRONT_DISPLAY:
            displays = _displays(rest) or displays
    return Description(tuple(readings.values()), displays, tuple(dict.fromkeys(unknown)))


def _reading(component: Component, text: str) -> Reading:
    """What stands behind a component's name: its status word, and perhaps more."""
    begins = WORD.match(text)
    word = begins["word"] if begins else ""
    detail = text[begins.end() :].strip()[:LONGEST_DETAIL] if begins else ""
    if component == Component.EXCHANGE:
        if begins and word == "code" and begins["code"]:
            return Reading(component, word, False, begins["code"], detail)
        words = EXCHANGE
    elif component in SIGN_INS:
        words = HEALTH_WORDS | {"NotApplicable": None}
    else:
        words = HEALTH_WORDS
    if word not in words:
        raise MalformedRecord(f"Description gives {component} a status that does not exist.")
    code = SIGN_IN_CODE.search(detail)
    return Reading(component, word, words[word], code[0] if code else "", detail)


def _displays(text: str) -> DisplayCount | None:
    counts = DISPLAYS.search(text)
    return DisplayCount(int(counts[1]), int(counts[2])) if counts else None
