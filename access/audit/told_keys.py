"""Which signing keys a log has on its record: a change of them is an event of the log itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.db import connections

from access.audit.durable import MemoryFault, write_whole

_RECORD: Final = "select lock.record_keys(%s::jsonb)"


@dataclass(frozen=True)
class ToldKeys:
    """The signer's memory of what it has put on record of one log's keys."""

    path: Path

    def tell(self, alias: str, keys: Sequence[str]) -> None:
        """Put the keys (vkeys, newest first) on record if they are others than last time.

        The first keys of a log are no change. Written down after the event: who dies in between
        tells it once more. Raises MemoryFault.
        """
        last = self._last()
        if list(keys) == last:
            return
        if last is not None:
            told = {
                "keys": list(keys),
                "begun": [key for key in keys if key not in last],
                "ended": [key for key in last if key not in keys],
            }
            with connections[alias].cursor() as cursor:
                cursor.execute(_RECORD, [json.dumps(told)])
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(self.path, json.dumps(list(keys), indent=1) + "\n")

    def _last(self) -> list[str] | None:
        try:
            return [str(key) for key in json.loads(self.path.read_text())]
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise MemoryFault(f"{self.path} cannot be read.") from error
