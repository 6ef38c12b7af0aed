"""When a session started, was last used, and therefore ends: by the database's clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase

STARTED_KEY: Final = "started_at"
SEEN_KEY: Final = "seen_at"
# The last use is written at most so often; a session may end that much early, never late.
SEEN_EVERY: Final = timedelta(seconds=60)
IDLE: Final = "idle"
LIMIT: Final = "limit"


def start(session: SessionBase, moment: datetime) -> None:
    """Both clocks of a session begin."""
    session[STARTED_KEY] = session[SEEN_KEY] = moment.isoformat()


def is_started(session: SessionBase) -> bool:
    """Whether the clocks of this session run."""
    return STARTED_KEY in session and SEEN_KEY in session


def idle_end(session: SessionBase) -> datetime:
    """When the session ends if it is not used."""
    return _time(session, SEEN_KEY) + timedelta(seconds=settings.SESSION_IDLE_SECONDS)


def absolute_end(session: SessionBase) -> datetime:
    """When the session ends in any case."""
    return _time(session, STARTED_KEY) + timedelta(seconds=settings.SESSION_ABSOLUTE_SECONDS)


def why_over(session: SessionBase, moment: datetime) -> str:
    """Why the session is over at this moment; empty while it is not."""
    if moment >= absolute_end(session):
        return LIMIT
    return IDLE if moment >= idle_end(session) else ""


def note_use(session: SessionBase, moment: datetime) -> None:
    """Remember that the session is in use."""
    if moment - _time(session, SEEN_KEY) >= SEEN_EVERY:
        session[SEEN_KEY] = moment.isoformat()


def _time(session: SessionBase, key: str) -> datetime:
    return datetime.fromisoformat(session[key])
