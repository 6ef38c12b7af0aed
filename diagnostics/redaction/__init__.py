"""The guard at the door: what must never be stored is cut, persons are masked, and a text that
cannot be judged is refused. Pure: it knows no models and no database."""

from __future__ import annotations

from diagnostics.redaction.fields import CutFields, cut_fields
from diagnostics.redaction.findings import (
    INCIDENTAL,
    NEVER,
    CannotJudge,
    Cut,
    Finding,
    Kind,
    Mask,
)
from diagnostics.redaction.guard import cut, judge_line

__all__ = [
    "INCIDENTAL",
    "NEVER",
    "CannotJudge",
    "Cut",
    "CutFields",
    "Finding",
    "Kind",
    "Mask",
    "cut",
    "cut_fields",
    "judge_line",
]
