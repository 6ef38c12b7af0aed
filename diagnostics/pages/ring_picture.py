"""The picture of a wave's rings: one band a ring, the first innermost, filled as its devices end.

Numbers in, paths out; the page beside it says the same as a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians, sin
from typing import Final

WIDTH: Final = 440
HEIGHT: Final = 300
CENTRE: Final = (290, 150)
INNER: Final = 26
OUTER: Final = 140
GAP: Final = 4
THICKEST: Final = 26
# Three quarters of the way round; the open quarter holds the names.
SWEEP: Final = 270.0
LEAST: Final = 3.0  # degrees: a part that exists is never invisible


@dataclass(frozen=True)
class Arc:
    """One part of a band."""

    tone: str
    path: str


@dataclass(frozen=True)
class Band:
    """One ring: its parts, and where its words stand."""

    words: str
    y: str
    arcs: tuple[Arc, ...]


def bands_of(rings: Sequence[tuple[str, Sequence[tuple[str, int]]]]) -> list[Band]:
    """The bands of rings: each with its words and its parts as tone and number, in order."""
    if not rings:
        return []
    pitch = min(THICKEST + GAP, (OUTER - INNER) / len(rings))
    first = OUTER - pitch * len(rings)
    bands = []
    for number, (words, parts) in enumerate(rings):
        inside = first + number * pitch
        outside = inside + pitch - GAP
        middle = CENTRE[1] - (inside + outside) / 2
        bands.append(Band(words, _short(middle + 3.5), tuple(_arcs(parts, inside, outside))))
    return bands


def _arcs(parts: Sequence[tuple[str, int]], inside: float, outside: float) -> list[Arc]:
    counted = [(tone, number) for tone, number in parts if number > 0]
    if not counted:
        return [Arc("none", _sector(0, SWEEP, inside, outside))]
    total = sum(number for _, number in counted)
    angles = [max(LEAST, SWEEP * number / total) for _, number in counted]
    # What the smallest parts were given is taken from the largest.
    angles[angles.index(max(angles))] += SWEEP - sum(angles)
    arcs, at = [], 0.0
    for (tone, _), angle in zip(counted, angles, strict=True):
        arcs.append(Arc(tone, _sector(at, at + angle, inside, outside)))
        at += angle
    return arcs


def _sector(begin: float, end: float, inside: float, outside: float) -> str:
    """A part of a band between two angles, in degrees clockwise from the top."""
    far = 1 if end - begin > 180 else 0
    ends = [_point(angle, radius) for angle, radius in (
        (begin, outside), (end, outside), (end, inside), (begin, inside),
    )]  # fmt: skip
    wide, narrow = _short(outside), _short(inside)
    return (
        f"M{ends[0]}A{wide} {wide} 0 {far} 1 {ends[1]}"
        f"L{ends[2]}A{narrow} {narrow} 0 {far} 0 {ends[3]}Z"
    )


def _point(angle: float, radius: float) -> str:
    turned = radians(angle)
    x, y = CENTRE[0] + radius * sin(turned), CENTRE[1] - radius * cos(turned)
    return f"{_short(x)} {_short(y)}"


def _short(number: float) -> str:
    return f"{number:.1f}".rstrip("0").rstrip(".")
