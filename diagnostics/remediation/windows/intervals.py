"""Stretches of time: half open, in UTC, and the little arithmetic that windows need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple


class Interval(NamedTuple):
    """From `begin`, included, to `end`, not included; both aware."""

    begin: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it lasts."""
        return self.end - self.begin

    def __contains__(self, moment: object) -> bool:
        return isinstance(moment, datetime) and self.begin <= moment < self.end

    @classmethod
    def of(cls, begin: datetime, end: datetime) -> Interval:
        """In UTC. Raises ValueError for naive times or an end that is not after the beginning."""
        if begin.tzinfo is None or end.tzinfo is None:
            raise ValueError("An interval has aware times.")
        if end <= begin:
            raise ValueError("An interval ends after it begins.")
        return cls(begin.astimezone(UTC), end.astimezone(UTC))


def joined(intervals: Iterable[Interval]) -> list[Interval]:
    """In order, with those that touch or overlap made one."""
    whole: list[Interval] = []
    for one in sorted(one for one in intervals if one.begin < one.end):
        if whole and one.begin <= whole[-1].end:
            if one.end > whole[-1].end:
                whole[-1] = Interval(whole[-1].begin, one.end)
        else:
            whole.append(one)
    return whole


def common(ours: Sequence[Interval], theirs: Sequence[Interval]) -> list[Interval]:
    """What lies in both; both in order and without overlaps."""
    found, i, j = [], 0, 0
    while i < len(ours) and j < len(theirs):
        begin = max(ours[i].begin, theirs[j].begin)
        end = min(ours[i].end, theirs[j].end)
        if begin < end:
            found.append(Interval(begin, end))
        if ours[i].end < theirs[j].end:
            i += 1
        else:
            j += 1
    return found


def without(whole: Sequence[Interval], holes: Iterable[Interval]) -> list[Interval]:
    """What is left of them; `whole` in order and without overlaps."""
    left, gaps = [], joined(holes)
    for one in whole:
        begin = one.begin
        for gap in gaps:
            if gap.end <= begin or gap.begin >= one.end:
                continue
            if gap.begin > begin:
                left.append(Interval(begin, gap.begin))
            begin = max(begin, gap.end)
        if begin < one.end:
            left.append(Interval(begin, one.end))
    return left
