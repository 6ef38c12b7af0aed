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


# The second that was told last, and how it is written.
_told: tuple[int, str] = (0, "")


def answer(members: dict[str, Any], status: int = 200) -> HttpResponse:
    """A JSON object."""
    return answer_as_is(_encode(members).encode(), status)


def answer_as_is(content: bytes, status: int) -> HttpResponse:
    """JSON that is written already."""
    return _stamped(HttpResponse(content, content_type=JSON, status=status), content)


def problem(refused: Refused) -> HttpResponse:
    """The problem document of a refusal, with the headers that belong to it."""
    content = _encode(refused.document()).encode()
    return _stamped(
        HttpResponse(
            content,
            content_type=MEDIA_TYPE,
            status=refused.problem.status,
            headers=refused.headers(),
        ),
        content,
    )


def _stamped(response: HttpResponse, content: bytes) -> HttpResponse:
    """With service time, by which devices put their clock right; and never from a cache."""
    global _told
    second, told = int(door.told_time()), _told
    if told[0] != second:
        told = _told = (second, formatdate(second, usegmt=True))
    headers = response.headers
    headers["Date"] = told[1]
    headers["Cache-Control"] = "no-store"
    headers["Content-Length"] = str(len(content))
    return response
