"""Devices that wait for a command: a few at a time, looking now and then, holding no transaction.

Each that waits holds a thread of this process, so they are counted: reports must never wait for
them. Who finds no place is answered at once, and told when to try again.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from django.conf import settings

from rooms.device_api.problems import Refused

if TYPE_CHECKING:
    from django.http import HttpRequest

MOST_SECONDS: Final = 25
# Between two looks: at first quickly, for whoever has just ordered something looks on.
FIRST_LOOK: Final = 0.25
SLOWER: Final = 1.5
SLOWEST_LOOK: Final = 2.0
# When to try again, spread so that those turned away do not come back as one.
AGAIN_SECONDS: Final = (5, 15)

_places = threading.Lock()
_waiting: Final[set[str]] = set()


def seconds_asked(request: HttpRequest) -> int:
    """The parameter `wait`: 0 when it is left out. Refused: field_invalid."""
    asked = request.GET.getlist("wait")
    if not asked:
        return 0
    text = asked[0]
    if len(asked) > 1 or not text.isascii() or not text.isdecimal() or len(text) > 2:
        raise _unfit()
    if int(text) > MOST_SECONDS:
        raise _unfit()
    return int(text)


def _unfit() -> Refused:
    return Refused(
        "field_invalid", f"`wait`: send whole seconds, 0 to {MOST_SECONDS}, once.", "wait"
    )


@contextmanager
def place(key_name: str) -> Iterator[bool]:
    """Whether this key may wait now: there is a place, and it does not wait already."""
    with _places:
        got = len(_waiting) < settings.DEVICE_WAITING_MOST and key_name not in _waiting
        if got:
            _waiting.add(key_name)
    try:
        yield got
    finally:
        if got:
            with _places:
                _waiting.discard(key_name)


def again_after() -> int:
    """Seconds after which one that found no place may try again."""
    return random.randint(*AGAIN_SECONDS)  # noqa: S311 - spreads load, hides nothing


def listen(
    look: Callable[[], str],
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> str:
    """What `look` finds within so many seconds; empty when it never finds anything."""
    until, pause = clock() + seconds, FIRST_LOOK
    while (left := until - clock()) > 0:
        sleep(min(pause, left))
        if found := look():
            return found
        pause = min(pause * SLOWER, SLOWEST_LOOK)
    return ""
