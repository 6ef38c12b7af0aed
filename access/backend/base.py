"""A PostgreSQL connection that knows the database's clock and its own backend process.

The signed context expires by the database's time and is bound to one backend. Both are read
once, when the connection is made; from then on a monotonic clock carries the time forward, so
that a wrong wall clock on the application server decides nothing.
"""

from __future__ import annotations

import time

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """The connection of one alias, under the role of this process."""

    _clock_at_connect: float = 0.0
    _monotonic_at_connect: float = 0.0
    backend_pid: int = 0

    def init_connection_state(self) -> None:
        """Read the server's clock and process id, right after connecting."""
        super().init_connection_state()
        row = self.connection.execute(
            "select extract(epoch from clock_timestamp())::float8, pg_backend_pid()"
        ).fetchone()
        if not self.get_autocommit():
            self.connection.commit()
        self._monotonic_at_connect = time.monotonic()
        self._clock_at_connect, self.backend_pid = row

    def database_epoch(self) -> float:
        """The database's time in seconds since 1970, without asking it again."""
        return self._clock_at_connect + (time.monotonic() - self._monotonic_at_connect)
