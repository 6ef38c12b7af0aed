"""The geometry of every picture we draw: numbers in, lengths and paths out. Pure, no markup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log10
from typing import Final
from unicodedata import east_asian_width

SPARK_WIDTH: Final = 96
SPARK_HEIGHT: Final = 24
AREA_WIDTH: Final = 640
AREA_HEIGHT: Final = 160
AREA_LEFT: Final = 48
AREA_BOTTOM: Final = 20
SEGMENT_SCALE: Final = 1000


def short(number: float) -> str:
    """A coordinate with at most one decimal: small pages, same picture."""
    return f"{number:.1f}".rstrip("0").rstrip(".")


def line_path(points: Sequence[tuple[float, float]]) -> str:
    """An open path through the points."""
    return "M" + "L".join(f"{short(x)} {short(y)}" for x, y in points) if points else ""


def spark_points(values: Sequence[float]) -> list[tuple[float, float]]:
    """Points of a sparkline; all zeros lie on the ground, one value is a level line."""
    if not values:
        return []
    if len(values) == 1:
        values = [values[0], values[0]]
    top = max(*values, 0) or 1
    step = SPARK_WIDTH / (len(values) - 1)
    room = SPARK_HEIGHT - 4
    return [
        (index * step, SPARK_HEIGHT - 2 - room * max(0, value) / top)
        for index, value in enumerate(values)
    ]


def spark_path(points: Sequence[tuple[float, float]]) -> str:
    """Line and area as one path in steps, the shortest writing, since fifty of them share a page.

    It goes down to the ground just outside the picture on both sides, so that only the line over
    the values is seen, and the area is what lies under it.
    """
    if not points:
        return ""
    below, right = short(SPARK_HEIGHT + 1), float(SPARK_WIDTH + 1)
    at = (-1.0, float(short(points[0][1])))
    steps = []
    # from the written place, not the exact one: rounding must not add up
    for x, y in [*points[1:-1], (right, points[-1][1])]:
        there = (float(short(x)), float(short(y)))
        steps.append(_pair(short(there[0] - at[0]), short(there[1] - at[1])))
        at = there
    path = "".join(f" {step}" if step[0] != "-" else step for step in steps)
    return f"M-1 {below}V{short(points[0][1])}l{path.lstrip()}V{below}"


def _pair(x: str, y: str) -> str:
    return x + (y if y[0] == "-" else f" {y}")


def nice_top(value: float) -> int:
    """The next round number at or above the value, so that four ticks are whole or simple."""
    if value <= 4:
        return 4
    scale = 10 ** int(log10(value))
    for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10):
        top = int(step * scale)
        if top >= value and top % 4 == 0:
            return top
    return int(ceil(value / (4 * scale)) * 4 * scale)


@dataclass(frozen=True)
class Band:
    """One series of a stacked area: where it lies and how it is named."""

    label: str
    tone: str
    path: str


def stacked_bands(series: Iterable[tuple[str, str, Sequence[float]]]) -> tuple[list[Band], int]:
    """Stack the series, first one at the ground; also gives the number at the top of the axis."""
    rows = [(label, tone, [max(0, value) for value in values]) for label, tone, values in series]
    length = min((len(values) for _, _, values in rows), default=0)
    if length < 2:
        return [], 4
    totals = [sum(values[index] for _, _, values in rows) for index in range(length)]
    top = nice_top(max(totals))
    step = (AREA_WIDTH - AREA_LEFT) / (length - 1)
    room = AREA_HEIGHT - AREA_BOTTOM

    def height(value: float) -> float:
        return room - room * value / top

    bands, below = [], [0.0] * length
    for label, tone, values in rows:
        above = [ground + values[index] for index, ground in enumerate(below)]
        upper = [(AREA_LEFT + index * step, height(value)) for index, value in enumerate(above)]
        lower = [(AREA_LEFT + index * step, height(value)) for index, value in enumerate(below)]
        path = line_path(upper) + line_path(lower[::-1]).replace("M", "L", 1) + "Z"
        bands.append(Band(label, tone, path))
        below = above
    return bands, top


def segment_widths(counts: Sequence[int]) -> list[tuple[int, int]]:
    """Start and width of each part of a whole of 1000; a part that exists is never invisible."""
    total = sum(counts)
    if not total:
        return [(0, 0) for _ in counts]
    raw = [max(8, round(SEGMENT_SCALE * count / total)) if count else 0 for count in counts]
    # What the smallest parts were given is taken from the largest, so that the sum stays 1000.
    raw[raw.index(max(raw))] += SEGMENT_SCALE - sum(raw)
    starts, at = [], 0
    for width in raw:
        starts.append((at, width))
        at += width
    return starts


# -- The picture of connections ------------------------------------------------------------------

COLUMN: Final = 310
ROW: Final = 80
NODE_WIDTH: Final = 230
NODE_HEIGHT: Final = 50
MARGIN: Final = 20
STATES: Final = ("ok", "unknown", "fault")
LANES: Final = {"ok": 0, "unknown": 6, "fault": 14}


TEXT_LEFT: Final = 32
TEXT_ROOM: Final = NODE_WIDTH - TEXT_LEFT - 8
ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"


def letter_width(letter: str) -> float:
    """How wide a letter is, in parts of the font's size. Rather too wide: what a reader's own
    font does is not known here, and text must stay in its box in all of them.
    """
    if east_asian_width(letter) in "WF":
        return 1.05
    if letter in "MWmw@%—…":
        return 1.02
    if letter in "iljtfrI.,:;'|!()[]-/ ":
        return 0.42
    return 0.78 if letter.isupper() else 0.66


def fitted(text: str, size: float, room: float = TEXT_ROOM) -> str:
    """The text, or as much of its beginning as fits beside an ellipsis."""
    if sum(map(letter_width, text)) * size <= room:
        return text
    left = room / size - letter_width(ELLIPSIS)
    for place, letter in enumerate(text):
        left -= letter_width(letter)
        if left < 0:
            return text[:place].rstrip(" ,") + ELLIPSIS
    return text


@dataclass
class Node:
    """One thing on the picture, with its place once it has been laid out."""

    id: str
    label: str
    detail: str
    parent: str
    state: str
    words: str
    url: str
    depth: int = 0
    x: float = 0
    y: float = 0
    children: tuple[Node, ...] = ()

    @property
    def name_drawn(self) -> str:
        """What of its name has room in the box; the list and the title say all of it."""
        return fitted(self.label, 12)

    @property
    def words_drawn(self) -> str:
        """The second line: what is wrong, or else what it is."""
        return fitted(self.words or self.detail, 11)

    @property
    def middle(self) -> float:
        """Where a wire meets it."""
        return self.y + NODE_HEIGHT / 2


@dataclass(frozen=True)
class Wire:
    """An orthogonal line from a parent to its child."""

    path: str
    state: str


def tree_of(nodes: Sequence[Node]) -> list[Node]:
    """Hang children under their parents; a node whose parent is missing, or itself, is a root."""
    by_id = {node.id: node for node in nodes}
    under: Mapping[str, list[Node]] = {node.id: [] for node in nodes}
    roots: list[Node] = []
    for node in nodes:
        if node.parent in by_id and not leads_back(node, by_id):
            under[node.parent].append(node)
        else:
            roots.append(node)
    for node in nodes:
        node.children = tuple(under[node.id])
    return roots


def leads_back(node: Node, by_id: Mapping[str, Node]) -> bool:
    """Whether going up from this node comes back to it: bad input must not hang the page."""
    seen, above = {node.id}, node.parent
    while above in by_id:
        if above in seen:
            return True
        seen.add(above)
        above = by_id[above].parent
    return False


def lay_out(roots: Sequence[Node]) -> tuple[float, float]:
    """Give every node its place, parents in the middle of their children; returns the size."""
    next_row = 0
    deepest = 0

    def place(node: Node, depth: int) -> None:
        nonlocal next_row, deepest
        node.depth, node.x = depth, MARGIN + depth * COLUMN
        deepest = max(deepest, depth)
        for child in node.children:
            place(child, depth + 1)
        if node.children:
            node.y = (node.children[0].y + node.children[-1].y) / 2
        else:
            node.y = MARGIN + next_row * ROW
            next_row += 1

    for root in roots:
        place(root, 0)
    width = 2 * MARGIN + deepest * COLUMN + NODE_WIDTH
    return width, 2 * MARGIN + max(next_row - 1, 0) * ROW + NODE_HEIGHT


def wires(roots: Sequence[Node]) -> list[Wire]:
    """Every wire; broken ones come last, and each state has its own lane, so all can be seen."""
    drawn: list[Wire] = []
    for node in roots:
        for child in node.children:
            lane = LANES[child.state]
            leave, bend = node.middle + lane, node.x + NODE_WIDTH + 60 - 2 * lane
            path = (
                f"M{short(node.x + NODE_WIDTH)} {short(leave)}H{short(bend)}"
                f"V{short(child.middle)}H{short(child.x)}"
            )
            drawn.append(Wire(path, child.state))
        drawn.extend(wires(node.children))
    return sorted(drawn, key=lambda wire: STATES.index(wire.state))
