"""The tables of the diagnostics app, by the scope that opens them."""

from diagnostics.models.collections import Collection, CollectionPart, Upload, UploadPart
from diagnostics.models.content import (
    ActivityEntry,
    CollectionFile,
    Download,
    LogEntry,
    LogHour,
    LogMask,
    LogWord,
    Reveal,
    SystemQuery,
)
from diagnostics.models.keys import ActivityKey, ContentKey, KeyLevel

__all__ = [
    "ActivityEntry",
    "ActivityKey",
    "Collection",
    "CollectionFile",
    "CollectionPart",
    "ContentKey",
    "Download",
    "KeyLevel",
    "LogEntry",
    "LogHour",
    "LogMask",
    "LogWord",
    "Reveal",
    "SystemQuery",
    "Upload",
    "UploadPart",
]
