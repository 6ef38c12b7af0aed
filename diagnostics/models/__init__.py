"""The tables of the diagnostics app, by the scope that opens them."""

from diagnostics.models.automation import AutomationPolicy, RemediationSettings, RuleState
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
from diagnostics.models.queue import (
    CoveredBy,
    Remediation,
    RemediationFinding,
    RemediationStep,
)
from diagnostics.models.stops import EmergencyStop, RemediationNotice, RemediationVote, VoteOn
from diagnostics.models.waves import Wave, WaveCover, WaveExclusion, WaveRing

__all__ = [
    "ActivityEntry",
    "ActivityKey",
    "AutomationPolicy",
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
    "CoveredBy",
    "Destruction",
    "DestructionCause",
    "Download",
    "EmergencyStop",
    "HoldReach",
    "KeyLevel",
    "LegalHold",
    "LogEntry",
    "LogHour",
    "LogMask",
    "LogTotal",
    "LogWord",
    "Remediation",
    "RemediationFinding",
    "RemediationNotice",
    "RemediationSettings",
    "RemediationStep",
    "RemediationVote",
    "Reveal",
    "RuleState",
    "SystemQuery",
    "Upload",
    "UploadPart",
    "VoteOn",
    "Wave",
    "WaveCover",
    "WaveExclusion",
    "WaveRing",
]
