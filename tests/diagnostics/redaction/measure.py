"""Measures the guard on the corpus: recall and precision for each kind, and how much harmless text
went with what was cut."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from diagnostics.redaction import CannotJudge, Kind, cut, judge_line
from diagnostics.redaction.findings import MARK
from tests.diagnostics.redaction.corpus import OWN, Label, Sample

_WORDS = re.compile(r"[^\W_]{2,}")


@dataclass
class Figures:
    """Counts by kind, and what went wrong, as (family, kind, text)."""

    samples: int = 0
    planted: Counter[Kind] = field(default_factory=Counter)
    gone: Counter[Kind] = field(default_factory=Counter)
    found: Counter[Kind] = field(default_factory=Counter)
    right: Counter[Kind] = field(default_factory=Counter)
    harmless_chars: int = 0
    lost_chars: int = 0
    by_language: Counter[tuple[str, Kind, bool]] = field(default_factory=Counter)
    missed: list[tuple[str, Kind, str, str]] = field(default_factory=list)
    wrong: list[tuple[str, Kind, str, str]] = field(default_factory=list)

    def recall(self, kind: Kind) -> float:
        return self.gone[kind] / self.planted[kind] if self.planted[kind] else 1.0

    def precision(self, kind: Kind) -> float:
        return self.right[kind] / self.found[kind] if self.found[kind] else 1.0


def is_gone(label: Label, sample: Sample, text: str) -> bool:
    """Whether nothing is left of what was planted: not the writing, and no word of it that the
    rest of the sample does not have by itself."""
    text = MARK.sub(" ", text)
    written = sample.text[label.start : label.end]
    if written in text or label.planted in text:
        return False
    rest = sample.text[: label.start] + sample.text[label.end :]
    left = _pieces(text) - _pieces(rest)
    return not left & _pieces(label.planted)


def _pieces(text: str) -> set[str]:
    """Words of four letters and more; of scripts without spaces, every three in a row."""
    pieces: set[str] = set()
    for one in _WORDS.findall(text):
        if one.isascii() or ord(max(one)) < 0x3000:
            pieces.add(one) if len(one) >= 4 else None
        else:
            pieces.update(one[at : at + 3] for at in range(max(1, len(one) - 2)))
    return pieces


def measure(samples: Iterable[Sample]) -> Figures:
    """Run the guard over samples; one that cannot be judged counts as kept out."""
    figures = Figures()
    for sample in samples:
        figures.samples += 1
        try:
            done = cut(sample.text, own=(OWN,))
            findings = judge_line(sample.text, own=(OWN,))
        except CannotJudge:
            figures.missed.append((sample.family, Kind.BODY, "cannot judge", sample.text))
            continue
        for label in sample.labels:
            figures.planted[label.kind] += 1
            gone = is_gone(label, sample, done.text)
            figures.by_language[sample.language, label.kind, gone] += 1
            if gone:
                figures.gone[label.kind] += 1
            else:
                figures.missed.append((sample.family, label.kind, sample.text, done.text))
        for one in findings:
            figures.found[one.kind] += 1
            if any(_meets(one.kind, one.start, one.end, label) for label in sample.labels):
                figures.right[one.kind] += 1
            else:
                figures.wrong.append((sample.family, one.kind, sample.text, done.text))
        labelled = [range(label.start, label.end) for label in sample.labels]
        cuts = [range(one.start, one.end) for one in findings]
        planted = set().union(*labelled)
        figures.harmless_chars += len(sample.text) - len(planted)
        figures.lost_chars += len(set().union(*cuts) - planted)
    return figures


def _meets(kind: Kind, start: int, end: int, label: Label) -> bool:
    return kind is label.kind and start < label.end and label.start < end
