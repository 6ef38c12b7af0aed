"""One wave: its plan before the start, who agreed, how far it is, and what this reader may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import Http404
from django.urls import reverse

from access import clock
from access.pages.answers import version_of
from access.residency import region_of
from access.verdict import Verdict
from access.words import duration_text
from diagnostics.models import RemediationVote, Wave
from diagnostics.pages.stops import as_stops, bar_of, in_force
from diagnostics.pages.wave_rings import (
    Picture,
    RingLine,
    excluded_counts,
    picture_of,
    ring_lines,
)
from diagnostics.pages.waves import TONES, WORDS, Reader
from diagnostics.remediation.catalogue import ACTIONS, ActionCode
from diagnostics.remediation.states import Act, WaveState
from diagnostics.remediation.wave_draft import rings_of
from diagnostics.rules import waves as rules

# While one of these, the page asks for news.
MOVING: Final = frozenset(
    {
        WaveState.DRAFT,
        WaveState.PLANNED,
        WaveState.APPROVED,
        WaveState.RUNNING,
        WaveState.PAUSED,
        WaveState.ROLLING_BACK,
    }
)
# What each act does, said before it is done; and how its button is called.
EFFECTS: Final[dict[Act, tuple[str, str]]] = {
    Act.START: (
        "Start the wave",
        "Its first devices get the action in their windows, ring by ring. It stops by itself when"
        " too many fail.",
    ),
    Act.PAUSE: (
        "Pause the wave",
        "Nothing more is sent until somebody resumes it. What was sent goes on.",
    ),
    Act.RESUME: (
        "Resume the wave",
        "It goes on where it was. Devices whose window is over are left out.",
    ),
    Act.STOP: (
        "Stop the wave",
        "What was not sent is cancelled. A stopped wave does not go on; it can be rolled back.",
    ),
    Act.CANCEL: ("Cancel the wave", "Nothing of it runs any more. A new wave is planned anew."),
    Act.ROLL_BACK: (
        "Roll the wave back",
        "Every device that got the update goes back to what it ran before, in its next window."
        " Devices without a way back are left as they are.",
    ),
}
# A selection in words. Names of sites and what was searched for stay with whoever may read them.
CHOSEN: Final = {
    "ring": "ring",
    "status": "status",
    "signal": "worst signal",
    "room": "room",
    "platform": "platform",
    "model": "model",
    "peripheral": "with",
    "firmware": "on firmware",
    "version": "running",
}
CHOSEN_UNNAMED: Final = {"site": "chosen sites", "q": "found by a search"}
SLUGS: Final = {act: act.value.replace("_", "-") for act in EFFECTS}


@dataclass
class WavePage:
    """One wave with what belongs to it, and what this reader may do."""

    reader: Reader
    wave: Wave
    rings: list[RingLine]
    votes: list[RemediationVote]
    excluded: list[tuple[str, int]]
    stops: list[dict[str, Any]]
    may_vote: Verdict
    acts: list[dict[str, Any]]
    now: datetime

    @property
    def tone(self) -> str:
        """The look of its state."""
        return TONES[WaveState(self.wave.state)]

    @property
    def words(self) -> str:
        """Its state in words."""
        return WORDS[WaveState(self.wave.state)]

    @property
    def moving(self) -> bool:
        """Whether there may be news."""
        return WaveState(self.wave.state) in MOVING

    @property
    def sees_items(self) -> bool:
        """Whether every item is open to the reader."""
        return self.reader.sees_items(self.wave)

    @property
    def agreed(self) -> int:
        """How many agreed to the plan; after a no, nobody."""
        return rules.agreed(self.wave, self.votes) or 0

    @property
    def version(self) -> str:
        """A name for what the page shows."""
        return version_of(
            (self.wave.state, self.wave.why, self.wave.digest, len(self.votes)),
            [(one.ring.begun_at, one.ring.passed_at, one.ring.gate) for one in self.rings],
            [(sorted(one.counts.items()), one.undone) for one in self.rings],
            [row["one"].reference for row in self.stops],
        )

    @property
    def picture(self) -> Picture:
        """The rings as a picture."""
        return picture_of(self.rings)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What was ordered, in words."""
        action = ACTIONS[ActionCode(self.wave.action)]
        told = ", ".join(f"{key}: {value}" for key, value in self.wave.parameters.items())
        chosen = "; ".join(
            f"{CHOSEN[key]} {', '.join(values)}" if key in CHOSEN else CHOSEN_UNNAMED[key]
            for key, values in self.wave.selection.items()
        )
        facts = [
            ("Action", action.title),
            ("With", told),
            ("Chosen", chosen or "every device of the tenant"),
            ("What people notice", action.side_effects),
            ("Pace", f"at most {self.wave.per_hour:,} an hour"),
            ("Pilot", f"{self.wave.pilot} of each ring" if self.wave.pilot else "none"),
            ("Undone by", action.roll_back or "it cannot be rolled back"),
        ]
        facts.append(("Covered by", self.wave.get_covered_by_display()))
        if self.wave.critical:
            facts.append(("Critical", "it does not wait for a Wednesday"))
        return facts

    @property
    def ring_facts(self) -> list[dict[str, str]]:
        """The rings as they were ordered, for a draft that has no plan yet."""
        return [
            {
                "name": ring.name,
                "before": str(ring.deferment_days),
                "roll_out": str(ring.rollout_days or "as many as it takes"),
                "test": str(ring.test_days),
            }
            for ring in rings_of(self.wave.rings)
        ]

    @property
    def grace(self) -> str:
        """How long after the plan the votes hold."""
        return duration_text(rules.AFTER_THE_PLAN)


def find_wave(reader: Reader, reference: str) -> Wave:
    """The wave, if it is open to the reader; 404 otherwise."""
    found = Wave.objects.filter(tenant_id=reader.tenant.pk, reference=reference).first()
    if found is None:
        raise Http404("No such wave.")
    return found


def read_wave(reader: Reader, wave: Wave) -> WavePage:
    """Everything of its page, in eight statements, however large it is."""
    votes = RemediationVote.objects.filter(tenant_id=wave.tenant_id, subject_id=wave.pk)
    seen = list(votes.order_by("voted_at", "id"))
    stops = in_force()
    person = reader.person.person_id
    return WavePage(
        reader=reader,
        wave=wave,
        rings=ring_lines(wave),
        votes=seen,
        excluded=excluded_counts(wave),
        stops=bar_of(stops, wave.tenant_reference, wave.action),
        may_vote=rules.may_vote(wave, seen, person, reader.decides),
        acts=[
            act_line(wave, act, rules.may_start(wave, person, reader.decides, as_stops(stops)))
            for act in rules.acts_open(wave, person, reader.decides)
        ],
        now=clock.now(region_of(reader.tenant)),
    )


def act_line(wave: Wave, act: Act, may_go_on: Verdict) -> dict[str, Any]:
    """One button: where it leads, and what holds it."""
    held = act in (Act.START, Act.RESUME) and not may_go_on
    return {
        "act": act,
        "label": EFFECTS[act][0],
        "url": reverse(
            "diagnostics:wave_act", args=[wave.tenant_reference, wave.reference, SLUGS[act]]
        ),
        "held": may_go_on if held else None,
        "danger": act in (Act.STOP, Act.CANCEL, Act.ROLL_BACK),
    }
