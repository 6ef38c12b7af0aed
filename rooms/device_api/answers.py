"""What goes back to a device: JSON that nothing keeps, and problems in the one shape."""

from __future__ import annotations

import json
from email.utils import formatdate
from typing import Any, Final

from django.http import HttpResponse

from rooms.device_api import door
from rooms.device_api.problems import MEDIA_TYPE, Refused

JSON: Final = "application/json"
_encode: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def answer(members: dict[str, Any], status: int = 200) -> HttpResponse:
    """A JSON object."""
    return _stamped(HttpResponse(_encode(members), content_type=JSON, status=status))


def problem(refused: Refused) -> HttpResponse:
    """The problem document of a refusal, with the headers that belong to it."""
    return _stamped(
        HttpResponse(
            _encode(refused.document()),
            content_type=MEDIA_TYPE,
            status=refused.problem.status,
            headers=refused.headers(),
        )
    )


def _stamped(response: HttpResponse) -> HttpResponse:
    """With service time, by which devices put their clock right; and never from a cache."""
    response.headers["Date"] = formatdate(door.told_time(), usegmt=True)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Length"] = str(len(response.content))
    return response
