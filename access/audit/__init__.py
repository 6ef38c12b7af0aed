"""The record: who did or saw what, kept as a log that an outsider can verify.

`recording` stages events, `sequencer` gives them positions in the tree of `merkle`, `signing`
signs its checkpoints, `export` hands it out. Each file names the standard it follows.
"""

from access.audit.recording import (
    REPEAT_SECONDS,
    SystemEvent,
    record,
    record_control,
    record_many_system,
    record_system,
    record_view,
    session_mark,
    view_id,
)

__all__ = [
    "REPEAT_SECONDS",
    "SystemEvent",
    "record",
    "record_control",
    "record_many_system",
    "record_system",
    "record_view",
    "session_mark",
    "view_id",
]
