"""The tables of the diagnostics app, by the scope that opens them."""

from diagnostics.models.cases import (
    Case,
    CaseCertificate,
    CaseKind,
    CaseReach,
    CaseStep,
    CaseVote,
)
from diagnostics.models.collections import Collection, CollectionPart, Upload, UploadPart
from diagnostics.models.content import (
    ActivityEntry,
    CollectionFile,
    LogEntry,
    LogHour,
    LogMask,
    LogTotal,
    LogWord,
    SystemQuery,
)
from diagnostics.models.keeping import Destruction, DestructionCause, HoldReach, LegalHold
from diagnostics.models.keys import ActivityKey, ContentKey, KeyLevel
from diagnostics.models.looks import Download, Reveal

__all__ = [
    "ActivityEntry",
    "ActivityKey",
    "Case",
    "CaseCertificate",
    "CaseKind",
    "CaseReach",
    "CaseStep",
    "CaseVote",
    "Collection",
    "CollectionFile",
    "CollectionPart",
    "ContentKey",
    "Destruction",
    "DestructionCause",
    "Download",
    "HoldReach",
    "KeyLevel",
    "LegalHold",
    "LogEntry",
    "LogHour",
    "LogMask",
    "LogTotal",
    "LogWord",
    "Reveal",
    "SystemQuery",
    "Upload",
    "UploadPart",
]
