"""What can go wrong on the way to Microsoft Graph, by what the queue does about it."""

from __future__ import annotations

from datetime import timedelta


class GraphError(Exception):
    """Something went wrong. The words name no token and no body; `request_id` is Microsoft's."""

    def __init__(self, words: str, *, code: str = "", request_id: str = "") -> None:
        super().__init__(words)
        self.code = code
        self.request_id = request_id


class Away(GraphError):
    """Nothing arrived there: trying again is safe."""


class Throttled(GraphError):
    """Too many calls; nothing was done. Try again after `after`."""

    def __init__(self, after: timedelta, **more: str) -> None:
        super().__init__(f"Microsoft Graph asks to wait {after.total_seconds():.0f} s.", **more)
        self.after = after


class Conflict(GraphError):
    """The same operation is open on the device already, and it is not ours."""


class Refused(GraphError):
    """Microsoft said no: permissions, a bad request, or the sign-in of our application."""


class NotThere(GraphError):
    """The device or operation does not exist there."""


class Unsure(GraphError):
    """It may have been done. Look for the operation before anything is sent again."""


class Odd(GraphError):
    """An answer that does not fit the documentation; nothing is concluded from it."""
