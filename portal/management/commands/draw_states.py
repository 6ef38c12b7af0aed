"""Write docs/states.md: a diagram of each life cycle, and whose turn it is in each state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import TextChoices

from access import states as access
from diagnostics import case_states as cases
from diagnostics import states as diagnostics
from diagnostics.remediation import states as remediation
from rooms import states as rooms

PAGE = Path(settings.BASE_DIR) / "docs" / "states.md"

HEAD = """# States

Drawn by `manage.py draw_states` from `access/states.py`, `rooms/states.py`,
`diagnostics/states.py`, `diagnostics/case_states.py` and `diagnostics/remediation/states.py`;
`make check` compares. The database's own guards of requests, grants, collections and cases are made
from the same tables, so a move that is not drawn here is refused there too. No page moves a
remediation yet.
"""


@dataclass(frozen=True)
class Drawing:
    """One life cycle. `moves` maps a state to its next states, with their movers where known."""

    title: str
    about: str
    states: type[TextChoices]
    first: TextChoices
    moves: Mapping[Any, Any]


DRAWINGS = (
    Drawing(
        "Request",
        "Somebody asks for access; approvers decide.",
        access.RequestState,
        access.RequestState.SUBMITTED,
        access.REQUEST_MOVES,
    ),
    Drawing(
        "Grant",
        "An approved request. Whether it opens anything also depends on the database's clock.",
        access.GrantState,
        access.GrantState.READY,
        access.GRANT_MOVES,
    ),
    Drawing(
        "Signal",
        "One signal of one device.",
        rooms.SignalStatus,
        rooms.SignalStatus.UNKNOWN,
        rooms.SIGNAL_MOVES,
    ),
    Drawing(
        "Device",
        "Whether a device is looked after.",
        rooms.DeviceState,
        rooms.DeviceState.ONBOARDING,
        rooms.DEVICE_MOVES,
    ),
    Drawing(
        "Incident",
        "One trouble of one room. What is closed never comes back; the same trouble is a new one.",
        rooms.IncidentState,
        rooms.IncidentState.ACTIVE,
        rooms.INCIDENT_MOVES,
    ),
    Drawing(
        "Collection",
        "Diagnostic data ordered from one device.",
        diagnostics.CollectionState,
        diagnostics.CollectionState.ORDERED,
        diagnostics.COLLECTION_MOVES,
    ),
    Drawing(
        "Deletion case",
        "Destroying what was collected, or all of a tenant that leaves.",
        cases.CaseState,
        cases.CaseState.OPENED,
        cases.CASE_MOVES,
    ),
    Drawing(
        "Remediation",
        "One action on one device: asked for, sent, taken and seen to help are different facts.",
        remediation.ItemState,
        remediation.ItemState.PROPOSED,
        remediation.ITEM_MOVES,
    ),
    Drawing(
        "Wave",
        "One action on many devices, ring by ring.",
        remediation.WaveState,
        remediation.WaveState.DRAFT,
        remediation.WAVE_MOVES,
    ),
)


def page() -> str:
    """The whole page; the same tables always give the same bytes."""
    return "\n".join([HEAD, *(section(drawing) for drawing in DRAWINGS)])


def section(drawing: Drawing) -> str:
    """One life cycle: its diagram and its table."""
    parts = [f"## {drawing.title}\n", f"{drawing.about}\n", "```mermaid", *diagram(drawing), "```"]
    return "\n".join([*parts, "", *table(drawing), ""])


def diagram(drawing: Drawing) -> Iterator[str]:
    """Mermaid's lines; a state that nothing leaves is an end."""
    yield "stateDiagram-v2"
    for state in drawing.states:
        yield f"    {state.value}: {state.label}"
    yield f"    [*] --> {drawing.first.value}"
    for state in drawing.states:
        for to, movers in next_states(drawing, state):
            yield f"    {state.value} --> {to.value}" + (f": {movers}" if movers else "")
        if not drawing.moves[state]:
            yield f"    {state.value} --> [*]"


def next_states(drawing: Drawing, state: TextChoices) -> Iterator[tuple[TextChoices, str]]:
    """The states that may follow, in their published order, and who moves there."""
    moves = drawing.moves[state]
    for to in drawing.states:
        if to in moves:
            yield to, owners(moves[to]) if isinstance(moves, Mapping) else ""


def owners(movers: frozenset[TextChoices]) -> str:
    """The kinds of movers, in their published order."""
    kinds = type(next(iter(movers)))
    return " or ".join(str(owner.label) for owner in kinds if owner in movers)


def table(drawing: Drawing) -> Iterator[str]:
    """One line a state."""
    with_owners = any(isinstance(moves, Mapping) for moves in drawing.moves.values())
    owner = " Whose turn |" if with_owners else ""
    yield f"| State | Shown as |{owner} Next |"
    yield "|---|---|---|---|" if with_owners else "|---|---|---|"
    for state in drawing.states:
        following = list(next_states(drawing, state))
        turn = dict.fromkeys(mover for _, movers in following for mover in movers.split(" or "))
        cells = [f"`{state.value}`", str(state.label)]
        cells += [", ".join(filter(None, turn)) or "nobody"] if with_owners else []
        cells.append(", ".join(f"`{to.value}`" for to, _ in following) or "it stays")
        yield f"| {' | '.join(cells)} |"


class Command(BaseCommand):
    """Write the drawings, or with --check say whether the committed ones are true."""

    help = "Write docs/states.md from the tables of states."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare only, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        text = page()
        if options["check"]:
            if not PAGE.exists() or PAGE.read_text() != text:
                raise CommandError("docs/states.md is not current: run manage.py draw_states")
            self.stdout.write("docs/states.md is current")
            return
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(text)
        self.stdout.write(f"wrote {len(DRAWINGS)} drawings to docs/states.md")
