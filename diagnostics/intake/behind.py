"""One thing done behind the other's back: a batch is written while the next one is made."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any


class Behind:
    """Does what it is given on a second thread, in order. Use it `with`.

    At most two things wait, so that memory stays bounded. While anything is under way nobody else
    may use the connection; when the block ends, for whatever reason, nothing is.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="behind")
        self._given: list[Future[Any]] = []

    def __enter__(self) -> Behind:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    def do(self, act: Callable[..., Any], *given: Any) -> None:
        """Do it behind; raises what went wrong with what was given before."""
        while len(self._given) >= 2:
            self._given.pop(0).result()
        self._given.append(self._thread.submit(act, *given))

    def wait(self) -> None:
        """Until all is done; raises what went wrong."""
        while self._given:
            self._given.pop(0).result()
